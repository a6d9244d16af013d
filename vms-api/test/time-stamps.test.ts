import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { ContentInfo, SignedData } from 'pkijs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { checkDossier } from '../src/dossier/check-dossier.js';
import { checkStamps } from '../src/dossier/check-stamps.js';
import { unpackZip } from '../src/dossier/dossier-zip.js';
import { appendLedger } from '../src/ledger/ledger.js';
import { anAlert } from '../src/testing/builders.js';
import { TimeStampAuthority } from '../src/time-stamp/authority.js';
import { LedgerStamper } from '../src/time-stamp/ledger-stamper.js';
import { certificatesOf, TimeStampError, verifyToken } from '../src/time-stamp/token.js';
import { type Harness, quiet, startHarness } from './harness.js';
import { hasOpenssl, type Manner, startTestAuthority, type TestAuthority } from './test-authority.js';

describe.skipIf(!hasOpenssl)('time stamps', () => {
  let harness: Harness;
  let [tsa, other] = [] as unknown as TestAuthority[];
  const data = Buffer.from('what was there');
  /** An authority that answers does so within it, however busy the machine is. */
  const PATIENT_MS = 60_000;

  beforeAll(async () => {
    [harness, tsa, other] = (await Promise.all([startHarness(), startTestAuthority('one'), startTestAuthority('two')])) as [
      Harness,
      TestAuthority,
      TestAuthority,
    ];
    await harness.api.close();
    harness.api = await harness.startApi({ timeStamps: { url: tsa.url, caFile: tsa.caFile, timeoutMs: PATIENT_MS } });
    // The service stamps the key's entry when it starts: afterwards nobody but the tests asks the authority for ten minutes.
    await waitFor(async () => (await harness.sql`SELECT 1 FROM ledger_stamps`).length === 1, { timeoutMs: PATIENT_MS });
  }, 120_000);
  beforeEach(() => {
    tsa.manner = null;
  });
  afterAll(async () => {
    await harness?.stop();
    await Promise.all([tsa, other].map((authority) => authority?.close()));
  });

  const authorityOf = (url: string, caFile = tsa.caFile, timeoutMs = PATIENT_MS) => new TimeStampAuthority({ url, caFile, timeoutMs });

  it('are asked for, checked and as openssl takes them', async () => {
    const { token, stamp } = await authorityOf(tsa.url).stamp(data);
    expect(stamp).toMatchObject({ authority: 'TSA one', trusted: true });
    expect(Math.abs(stamp.atMs - Date.now())).toBeLessThan(60_000);
    expect(await verifyToken(token, data, null)).toMatchObject({ authority: 'TSA one', trusted: false });
    const folder = temporaryDirectory('token');
    for (const [name, bytes] of Object.entries({ token, data })) writeFileSync(join(folder.path, name), bytes);
    const args = ['ts', '-verify', '-token_in', '-in', 'token', '-data', 'data', '-CAfile', tsa.caFile];
    expect(execFileSync('openssl', args, { cwd: folder.path, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toContain('OK');
    folder.remove();
  });

  const answer =
    (bytes: Buffer, status = 200): Manner =>
    (_query, response) =>
      void response.writeHead(status).end(bytes);
  /** The answer to another query: with another nonce, and over other bytes if wanted. */
  const oldAnswer = async (text: Buffer): Promise<Buffer> => {
    let kept = Buffer.alloc(0);
    tsa.manner = (query, response) => {
      kept = Buffer.from(tsa.reply(query));
      response.writeHead(200).end(kept);
    };
    await authorityOf(tsa.url).stamp(text);
    return kept;
  };

  it.each<[string, () => Promise<Manner>, string, RegExp]>([
    ['the nonce of another request', async () => answer(await oldAnswer(data)), 'API_TSA_INVALID', /has not the nonce of the request/],
    [
      'the imprint of other bytes',
      async () => answer(await oldAnswer(Buffer.from('x'))),
      'API_TSA_INVALID',
      /is a time stamp of something else/,
    ],
    [
      'a refusal',
      async () => (query, response) => void response.end(tsa.reply(query.subarray(0, -2))),
      'API_TSA_REFUSED',
      /refuses \(status 2\)/,
    ],
    ['garbage', async () => answer(Buffer.from('<html>')), 'API_TSA_INVALID', /is not readable/],
    ['nothing', async () => answer(Buffer.alloc(0)), 'API_TSA_INVALID', /is not readable/],
    ['too much', async () => answer(Buffer.alloc(70_000)), 'API_TSA_INVALID', /is too large/],
    ['an error', async () => answer(Buffer.from('no'), 500), 'API_TSA_AWAY', /status 500/],
    ['silence', async () => () => undefined, 'API_TSA_AWAY', /does not answer/],
    ['a broken connection', async () => (_query, response) => void response.destroy(), 'API_TSA_AWAY', /does not answer/],
    [
      'a stamp of another CA',
      async () => (query, response) => void response.end(other.reply(query)),
      'API_TSA_INVALID',
      /does not lead to the CA/,
    ],
  ])('are refused with %s', async (name, manner, code, message) => {
    const hostile = await manner();
    tsa.manner = hostile;
    const timeoutMs = name === 'silence' ? 100 : PATIENT_MS;
    await expect(authorityOf(tsa.url, tsa.caFile, timeoutMs).stamp(data)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('are refused from a certificate that is not for time stamps, or that the token does not name; without CAs nothing starts', async () => {
    const { token } = await authorityOf(tsa.url).stamp(data);
    const content = new SignedData({ schema: ContentInfo.fromBER(new Uint8Array(token)).content }).encapContentInfo.eContent?.getValue();
    const trusted = certificatesOf(tsa.caPem);
    const forged = (signer: 'tsa' | 'ca') => verifyToken(tsa.forge(new Uint8Array(content ?? []), signer), data, trusted);
    await expect(forged('ca')).rejects.toThrow("its signer's certificate is not one for time stamps");
    await expect(forged('tsa')).rejects.toThrow('does not name the certificate that it is signed with');
    const empty = join(harness.dataDirectory, 'empty.pem');
    writeFileSync(empty, 'no certificate');
    for (const file of [empty, '/none.pem']) expect(() => authorityOf(tsa.url, file)).toThrow(/SAFECITY_TSA_CA_FILE must name a PEM file/);
  });

  it('say the same or are refused when a byte was changed', async () => {
    const { token, stamp } = await authorityOf(tsa.url).stamp(data);
    const trusted = certificatesOf(tsa.caPem);
    const results = { refused: 0, same: 0 };
    for (let at = 0; at < token.length; at += 7) {
      const changed = Buffer.from(token);
      changed[at] = (changed[at] as number) ^ 1;
      const verdict = await verifyToken(changed, data, trusted).catch((error: unknown) => error);
      if (verdict instanceof TimeStampError) results.refused++;
      // What is neither signed nor needed, as the CA's own certificate: what the stamp says is what it said.
      else expect([verdict, at]).toEqual([stamp, at]);
      if (!(verdict instanceof TimeStampError)) results.same++;
    }
    expect(results.refused).toBeGreaterThan(results.same);
  });

  it('cover the ledger, also what was entered while the authority was away, and only when it has grown', async () => {
    let nowMs = Date.now();
    const stamper = new LedgerStamper({ sql: harness.sql, authority: authorityOf(tsa.url), logger: quiet, nowMs: () => nowMs });
    const enter = () =>
      harness.sql.begin((transaction) => appendLedger(transaction, { atMs: 1, kind: 'evidence.lost', subject: 'alert:x', content: {} }));
    await enter();
    tsa.manner = answer(Buffer.from('no'), 503);
    expect(await stamper.stampIfDue()).toBe(false);
    await enter();
    tsa.manner = null;
    expect(await stamper.stampIfDue()).toBe(true);
    const seqs = async () => (await harness.sql<{ seq: number }[]>`SELECT seq FROM ledger_stamps ORDER BY seq`).map(({ seq }) => seq);
    const [head] = await harness.sql<{ seq: number }[]>`SELECT max(seq) AS seq FROM ledger`;
    expect((await seqs()).at(-1)).toBe(head?.seq);
    nowMs += 11 * 60_000;
    expect(await stamper.stampIfDue(), 'nothing new').toBe(false);
    await enter();
    expect(await stamper.stampIfDue()).toBe(true);
    await enter();
    expect(await stamper.stampIfDue(), 'within ten minutes').toBe(false);
    await expect(harness.sql`DELETE FROM ledger_stamps`).rejects.toThrow(/append-only/);
  });

  describe('of a dossier', () => {
    let alertId: string;
    const take = async (): Promise<{ files: Map<string, Uint8Array>; header: string | null }> => {
      const auditor = await harness.client('auditor');
      const response = await auditor.request('POST', `/alerts/${alertId}/dossier`, { reason: 'request of the court' });
      expect(response.status).toBe(200);
      return { files: await unpackZip(Buffer.from(await response.arrayBuffer())), header: response.headers.get('x-time-stamp') };
    };
    beforeAll(async () => {
      const message = anAlert({ cameraId: 'cam-a' });
      alertId = message.alertId;
      await takeAlert(harness.sql, message, Date.now());
    });

    it('are in it, with those of the ledger, and are checked offline', async () => {
      await take();
      const stamper = new LedgerStamper({ sql: harness.sql, authority: authorityOf(tsa.url), logger: quiet, nowMs: Date.now });
      expect(await stamper.stampIfDue()).toBe(true);
      const { files, header } = await take();
      expect(header).toBe('stamped');
      expect(checkDossier(files)).toMatchObject({ ok: true, timeStamped: true });
      const { problems, lines } = await checkStamps(files, tsa.caPem);
      expect(problems).toEqual([]);
      expect(lines.map((line) => line.split(':')[0])).toEqual([
        'time stamp of the manifest',
        expect.stringMatching(/^time stamp of the ledger up to entry \d+$/),
      ]);
      expect(Buffer.from(files.get('index.html') ?? []).toString()).toContain('Nếu có tệp <code>manifest.tst</code>');
      expect((await checkStamps(files)).lines[0]).toMatch(/who that is was not checked/);

      const changed = (path: string, bytes: Uint8Array) => checkStamps(new Map(files).set(path, bytes), tsa.caPem);
      const token = Buffer.from(files.get('manifest.tst') ?? []);
      const flipped = Buffer.from(token);
      flipped[flipped.length - 20] = (flipped[flipped.length - 20] as number) ^ 1;
      expect((await changed('manifest.tst', flipped)).problems).toEqual([
        { file: 'manifest.tst', problem: 'was changed: its signature does not match' },
      ]);
      expect((await changed('manifest.tst', Buffer.from('x'))).problems).toEqual([{ file: 'manifest.tst', problem: 'is not readable' }]);
      const { token: elsewhere } = await authorityOf(tsa.url).stamp(data);
      expect((await changed('manifest.tst', elsewhere)).problems).toEqual([
        { file: 'manifest.tst', problem: 'is a time stamp of something else' },
      ]);
      expect((await checkStamps(files, other.caPem)).problems.map(({ file, problem }) => [file, problem.replace(/^.*?: /, '')])).toEqual([
        ['manifest.tst', "its signer's certificate does not lead to the CA that is trusted, or was not valid at that time"],
        ['ledger-stamps.json', "its signer's certificate does not lead to the CA that is trusted, or was not valid at that time"],
      ]);
      const heads = JSON.parse(Buffer.from(files.get('ledger-stamps.json') ?? []).toString());
      const moved = await changed('ledger-stamps.json', Buffer.from(JSON.stringify([{ ...heads[0], seq: heads[0].seq + 1 }])));
      expect(moved.problems).toEqual([
        { file: 'ledger-stamps.json', problem: expect.stringMatching(/is a time stamp of something else$/) },
      ]);
    });

    it('are those of the ledger that cover an entry of the case first, however many follow', async () => {
      const stamped = async () => JSON.parse(Buffer.from((await take()).files.get('ledger-stamps.json') ?? []).toString()).length;
      const before = await stamped();
      for (const subject of ['alert:x', 'alert:y', 'alert:z']) {
        await harness.sql.begin((transaction) => appendLedger(transaction, { atMs: 1, kind: 'evidence.lost', subject, content: {} }));
        await new LedgerStamper({ sql: harness.sql, authority: authorityOf(tsa.url), logger: quiet, nowMs: Date.now }).stampIfDue();
      }
      expect(await stamped()).toBe(before + 1);
    });

    it('are missing while the authority is away, the export is not, and says so', async () => {
      tsa.manner = (_query, response) => void response.destroy();
      const { files, header } = await take();
      expect(header).toBe('missing');
      expect(checkDossier(files)).toMatchObject({ ok: true, timeStamped: false });
      const { problems, lines } = await checkStamps(files, tsa.caPem);
      expect([problems, lines[0]]).toEqual([[], 'the manifest is not time-stamped: when it was made is the word of the office alone']);
      const [entry] = await harness.sql`SELECT detail FROM audit WHERE action = 'evidence.exported' ORDER BY seq DESC LIMIT 1`;
      expect(entry?.['detail'].timeStamp).toEqual({ stamped: false, reason: 'the time-stamping authority does not answer' });
    });
  });
});
