import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { checkDossier, type DossierVerdict, PROOF_FILES, readFolder } from '../src/dossier/check-dossier.js';
import { dossierPage } from '../src/dossier/dossier-page.js';
import { chainParts, fileParts } from '../src/dossier/dossier-parts.js';
import { packZip, unpackZip } from '../src/dossier/dossier-zip.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { type ByteSpan, hashesOf } from '../src/evidence/evidence-files.js';
import type { ChainRow } from '../src/ledger/chain.js';
import { checkLedger } from '../src/ledger/ledger.js';
import { readSigningKey } from '../src/ledger/signing-key.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type FakeInference, paintedPicture, startFakeInference } from './fake-inference.js';
import { aClip, aCroppedStill, aStill, type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Harness, quiet, startHarness } from './harness.js';
import { paintedClip } from './painted-clip.js';

let harness: Harness;
let bus: Bus;
let ingest: FakeIngest;
let node: FakeInference;
/** What a dossier holds: with the originals, and masked. */
let files: Map<string, Uint8Array>;
let masked: Map<string, Uint8Array>;
let alertId: string;
let crop: Buffer;
let clip: Buffer;

/** Alerts of two cases with evidence; the dossier is of the first, the other's entries lie between its own. */
async function storeCase(reservationId: string): Promise<string> {
  // Each case and moment has pixels of its own.
  const at = (moment: string) => (reservationId === 'case-1' ? 100 : 200) + (moment === 'first' ? 0 : 50);
  const moved = (moment: string) => paintedPicture([['face', [at(moment), 60, at(moment) + 40, 100]]]);
  const pictures = await Promise.all(['first', 'raised'].map(async (moment) => ({ moment, bytes: await moved(moment) })));
  for (const { moment, bytes } of pictures) ingest.pictures.set(`${moment}.jpg`, bytes);
  crop = await paintedPicture([['person', [at('crop'), 10, at('crop') + 20, 30]]], { widthPx: 384, heightPx: 216 });
  ingest.pictures.set('first-crop.jpg', crop);
  ingest.reservation = {
    reservationId,
    cameraId: 'cam-a',
    stills: pictures.map(({ moment, bytes }) => (moment === 'first' ? aCroppedStill(moment, bytes, crop) : aStill(moment, bytes))),
    pending: [],
    failed: [],
    clips: reservationId === 'case-1' ? [aClip('clip-first', clip)] : [],
  };
  const moments = [
    { name: 'first', atMs: 1000 },
    { name: 'raised', atMs: 2000 },
  ];
  const message = anAlert({ reservationId, findings: [aFinding({ moments })] });
  await bus.publishDurable(subjects.alerts('cam-a'), message, message.alertId);
  const operator = await harness.client('operator-a');
  await waitFor(
    async () => {
      const response = await operator.request('GET', `/alerts/${message.alertId}`);
      if (response.status !== 200) return false;
      const { evidence, clips } = (await response.json()) as AlertDetail;
      return evidence.length === 2 && clips.length === (reservationId === 'case-1' ? 1 : 0);
    },
    { what: 'evidence of the case' },
  );
  return message.alertId;
}

async function exported(options: { unmasked?: boolean }): Promise<Map<string, Uint8Array>> {
  const auditor = await harness.client('auditor');
  const response = await waitFor(
    async () => {
      const answer = await auditor.request('POST', `/alerts/${alertId}/dossier`, { reason: 'request of the court', ...options });
      // 409: the masked copy of the clip is being made.
      return [409, 503].includes(answer.status) ? null : answer;
    },
    { what: 'the node, and the masked copy of the clip', timeoutMs: 60_000 },
  );
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
  return unpackZip(Buffer.from(await response.arrayBuffer()));
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
  node = await startFakeInference(bus, ['nanodet-g', 'ultraface', 'plate-find']);
  clip = paintedClip(['face', [40, 20, 70, 50]], { widthPx: 160, heightPx: 96, seconds: 0.6 });
  ingest.pictures.set('clip-first.mp4', clip);
  await storeCase('case-2');
  alertId = await storeCase('case-1');
  await storeCase('case-3');
  masked = await exported({});
  files = await exported({ unmasked: true });
}, 120_000);
afterAll(async () => {
  await node?.close();
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

const filesNamed = (verdict: DossierVerdict) => [...new Set(verdict.problems.map(({ file }) => file))];
const json = (path: string, from = files) => JSON.parse(Buffer.from(from.get(path) ?? []).toString());
const pathsBelow = (folder: string, from: Map<string, Uint8Array>) => [...from.keys()].filter((path) => path.startsWith(`${folder}/`));

describe('a dossier', () => {
  it('is intact as exported, in memory, as zip and by the verifier it carries', async () => {
    expect(checkDossier(files)).toMatchObject({ ok: true, caseId: alertId, problems: [] });
    expect([...files.keys()].sort()).toEqual(
      [
        ...PROOF_FILES,
        'camera.json',
        'case.json',
        'index.html',
        'metadata.json',
        'verify.mjs',
        ...json('manifest.json')
          .files.filter((file: { evidence?: boolean; derivedFrom?: string }) => file.evidence ?? file.derivedFrom)
          .map((file: { path: string }) => file.path),
      ].sort(),
    );
    const folder = temporaryDirectory('dossier-');
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true });
      writeFileSync(join(folder.path, path), bytes);
    }
    expect(checkDossier(readFolder(folder.path)).ok).toBe(true);
    expect(json('case.json').evidence[0].crop).toMatchObject({ widthPx: 384, heightPx: 216 });
    const evidence = [...files].find(([path]) => path.startsWith('evidence/first-crop-'));
    expect(evidence?.[1]?.length).toBeGreaterThan(0);
    expect(execFileSync(process.execPath, ['verify.mjs'], { cwd: folder.path, encoding: 'utf8' })).toContain('intact: 13 files');
    folder.remove();
  });

  it('is masked unless the originals are asked for: what is left out is named with its hash, and both are intact', async () => {
    expect(checkDossier(masked)).toMatchObject({ ok: true, problems: [] });
    expect([pathsBelow('evidence', masked), pathsBelow('derived', masked)]).toEqual([[], pathsBelow('derived', files)]);
    expect(pathsBelow('derived', files)).toHaveLength(4);
    const film = pathsBelow('derived', masked).find((path) => path.endsWith('.mp4'));
    const { sha256: of } = json('case.json', masked).clips[0];
    const listed = json('manifest.json', masked).files.find(({ path }: { path: string }) => path === film);
    expect([listed, of === hashesOf(clip).sha256]).toMatchObject([{ kind: 'masked', derivedFrom: of }, true]);
    const { unmasked, withheld } = json('manifest.json', masked);
    expect([unmasked, withheld.map(({ file }: { file: string }) => `evidence/${file}`).sort()]).toEqual([
      false,
      pathsBelow('evidence', files).sort(),
    ]);
    expect(Buffer.from(masked.get('index.html') ?? []).toString()).toContain('Tệp gốc không kèm theo');
    const lead = await harness.client('admin');
    expect((await lead.request('POST', `/alerts/${alertId}/dossier`, { reason: 'curious', unmasked: true })).status).toBe(403);
  });

  it('says of a derivative that was changed or made up that it is one', () => {
    const [path = ''] = pathsBelow('derived', masked);
    const other = checkDossier(new Map(masked).set(path, new Uint8Array([1])));
    expect(other.problems).toEqual([
      { file: path, problem: expect.stringMatching(/was changed.*a derivative of the original [0-9a-f]{64}/) },
    ]);
    const manifest = json('manifest.json', masked);
    manifest.files.find((file: { path: string }) => file.path === path).sha256 = '0'.repeat(64);
    const forged = checkDossier(new Map(masked).set(path, new Uint8Array([1])).set('manifest.json', Buffer.from(JSON.stringify(manifest))));
    expect(forged.problems).toContainEqual({ file: path, problem: 'is not in the ledger as a derivative with this hash' });
  });

  it('says on its page which privacy masks the camera had, and nothing of masks when it had none', () => {
    const request = {
      alert: json('case.json'),
      evidence: [],
      derived: [],
      metadata: {},
      unmasked: false,
      exportedBy: 'an',
      reason: 'court',
      exportedAtMs: 0,
      fingerprint: '',
    };
    const privacyMasks = [{ id: 'balcony', name: 'ban công <A>', polygon: [] }];
    expect(dossierPage({ ...request, cameraVersion: { privacyMasks } })).toContain('ban công &lt;A&gt;: được tô đen trước khi lưu');
    for (const cameraVersion of [null, {}]) expect(dossierPage({ ...request, cameraVersion })).not.toContain('Vùng che riêng tư');
  });

  it('names every file of which one bit was changed, and every file that is missing', () => {
    for (const dossier of [files, masked])
      for (const [path, content] of dossier) {
        const bytes = Buffer.from(content);
        const middle = Math.floor(bytes.length / 2);
        bytes[middle] = (bytes[middle] ?? 0) ^ 1;
        const flipped = checkDossier(new Map(dossier).set(path, bytes));
        expect(flipped.ok, path).toBe(false);
        expect(filesNamed(flipped), path).toEqual([path]);
        const without = new Map(dossier);
        without.delete(path);
        expect(filesNamed(checkDossier(without)), path).toContain(path);
      }
  });

  it('names a file that was added', () => {
    expect(filesNamed(checkDossier(new Map(files).set('evidence/more.jpg', new Uint8Array([1]))))).toEqual(['evidence/more.jpg']);
  });

  it('finds a picture that was replaced together with its line in the manifest', () => {
    const path = [...files.keys()].find((name) => name.startsWith('evidence/')) as string;
    const manifest = json('manifest.json');
    manifest.files.find((file: { path: string }) => file.path === path).sha256 = '0'.repeat(64);
    const verdict = checkDossier(new Map(files).set('manifest.json', Buffer.from(JSON.stringify(manifest))));
    expect(filesNamed(verdict)).toContain('manifest.json');
  });

  it('finds a ledger of which an entry was changed, left out or made up', () => {
    const chain = json('chain.json');
    expect(chain.entries.some((entry: { payload?: string }) => entry.payload === undefined)).toBe(true);
    const variants = [
      { ...chain, entries: chain.entries.slice(0, -1) },
      { ...chain, entries: chain.entries.filter((_: unknown, index: number) => index !== 1) },
      {
        ...chain,
        entries: chain.entries.map((entry: { payload?: string }) =>
          entry.payload ? { ...entry, payload: entry.payload.replace('first', 'other') } : entry,
        ),
      },
      { ...chain, startHash: '1'.repeat(64) },
    ];
    for (const variant of variants) {
      expect(filesNamed(checkDossier(new Map(files).set('chain.json', Buffer.from(JSON.stringify(variant)))))).toEqual(['chain.json']);
    }
  });

  it('that was made anew with another key is found by the published fingerprint', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const forged = new Map(files).set('public-key.pem', Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })));
    expect(filesNamed(checkDossier(forged))).toContain('public-key.pem');
    forged.set('manifest.sig', Buffer.from(sign(null, Buffer.from(files.get('manifest.json') ?? []), privateKey).toString('base64')));
    expect(checkDossier(forged).ok).toBe(false);
    expect(filesNamed(checkDossier(files, 'f'.repeat(64)))).toEqual(['public-key.pem']);
    expect(checkDossier(files, json('manifest.json').keyFingerprint).ok).toBe(true);
  });

  it('that was made with the key and not by an export is named, and so is a picture of another case', async () => {
    const key = readSigningKey(join(harness.dataDirectory, 'evidence-signing-key.pem'));
    const signed = (from: Map<string, Uint8Array>, manifest: object) => {
      const bytes = Buffer.from(JSON.stringify(manifest));
      return new Map(from).set('manifest.json', bytes).set('manifest.sig', Buffer.from(key.sign(bytes).toString('base64')));
    };
    const forged = signed(files, { ...json('manifest.json'), reason: 'another one' });
    expect(checkDossier(forged).problems).toEqual([
      { file: 'chain.json', problem: 'does not know this dossier: its export was never entered in the ledger' },
    ]);
    // A picture of another case, with that case's entry of the ledger beside it.
    const [foreign] = await harness.sql<{ seq: number; payload: string }[]>`
      SELECT seq, payload FROM ledger WHERE kind = 'evidence.stored' AND subject <> ${`alert:${alertId}`} ORDER BY seq DESC LIMIT 1`;
    const { subject, content } = JSON.parse(foreign?.payload ?? '') as {
      subject: string;
      content: { files: { file: string; sha256: string }[] };
    };
    const { file, sha256 } = content.files[0] as { file: string; sha256: string };
    const bytes = await new EvidenceDirectory(harness.dataDirectory).read(subject.slice('alert:'.length), file);
    const manifest = json('manifest.json');
    const path = manifest.files.find((one: { evidence?: boolean }) => one.evidence).path;
    Object.assign(
      manifest.files.find((one: { path: string }) => one.path === path),
      { sha256 },
    );
    const swapped = signed(new Map(files).set(path, bytes as Buffer), manifest);
    const chain = json('chain.json');
    const entry = chain.entries.find((one: { seq: number }) => one.seq === foreign?.seq);
    expect(entry.payload).toBeUndefined();
    entry.payload = foreign?.payload;
    swapped.set('chain.json', Buffer.from(JSON.stringify(chain)));
    expect(checkDossier(swapped).problems).toContainEqual({ file: path, problem: 'is not in the ledger with this hash' });
  });

  it('tells nothing of where in the network the camera is', () => {
    expect(json('camera.json').zones).toHaveLength(1);
    for (const [path, bytes] of files) expect(Buffer.from(bytes).includes('rtsp://'), path).toBe(false);
  });

  it.each([
    ['operator-a', 403],
    ['eoc', 403],
  ])('is not for %s', async (username, status) => {
    const client = await harness.client(username);
    expect((await client.request('POST', `/alerts/${alertId}/dossier`, { reason: 'curious' })).status).toBe(status);
  });

  it('of another unit does not exist, and a reason is needed', async () => {
    const other = await harness.client('admin-b');
    expect((await other.request('POST', `/alerts/${alertId}/dossier`, { reason: 'curious' })).status).toBe(404);
    const auditor = await harness.client('auditor');
    expect((await auditor.request('POST', `/alerts/${alertId}/dossier`, {})).status).toBe(400);
  });
});

describe('what is packed', () => {
  const first = async (zip: AsyncIterable<unknown>) => {
    for await (const chunk of zip) return chunk as Buffer;
    return null;
  };

  it('is read when its turn comes, part by part: a large dossier is never held whole', async () => {
    const opened: string[] = [];
    const parts = (name: string) =>
      async function* () {
        for (let part = 0; part < 64; part++) {
          opened.push(name);
          yield Buffer.alloc(64 * 1024);
        }
      };
    const contents = new Map(['one', 'two'].map((name) => [`evidence/${name}.mp4`, parts(name)]));
    expect(await first(packZip(contents, 0))).toBeInstanceOf(Buffer);
    expect(opened.length).toBeLessThan(32);
    expect(opened).not.toContain('two');
    const chunks: Buffer[] = [];
    for await (const chunk of packZip(contents, 0)) chunks.push(chunk as Buffer);
    expect([...(await unpackZip(Buffer.concat(chunks))).values()].map(({ length }) => length)).toEqual([4_194_304, 4_194_304]);
  });

  it('breaks off where a file was changed after it was checked, in whatever part', async () => {
    const bytes = Buffer.from('0123456789');
    const evidence = {
      readSpan: async (_alert: string, _file: string, { first: from, last }: ByteSpan) =>
        from < 10 ? bytes.subarray(from, last + 1) : null,
    };
    const stored = { alertId, file: 'clip.mp4', sha256: hashesOf(bytes).sha256 };
    const packed = (sha256: string) =>
      packZip(new Map([['evidence/clip.mp4', () => fileParts(evidence as never, { ...stored, sha256 }, 5)]]), 0);
    const chunks: Buffer[] = [];
    for await (const chunk of packed(stored.sha256)) chunks.push(chunk as Buffer);
    expect((await unpackZip(Buffer.concat(chunks))).get('evidence/clip.mp4')).toEqual(bytes);
    const taken = async () => {
      for await (const _chunk of packed('0'.repeat(64)));
    };
    await expect(taken()).rejects.toMatchObject({ code: 'API_EVIDENCE_HASH' });
  });

  it('has the same chain however many entries are read at once', async () => {
    const [head] = await harness.sql<ChainRow[]>`SELECT * FROM ledger WHERE subject = ${`alert:${alertId}`} ORDER BY seq DESC LIMIT 1`;
    const key = readSigningKey(join(harness.dataDirectory, 'evidence-signing-key.pem'));
    const chain = async (atOnce: number) => {
      const parts: Buffer[] = [];
      for await (const part of chainParts(harness.sql, `alert:${alertId}`, head as ChainRow, key, atOnce)) parts.push(part);
      return JSON.parse(Buffer.concat(parts).toString());
    };
    expect(await chain(1)).toEqual(await chain(5000));
    expect(await chain(2)).toEqual(json('chain.json'));
  });
});

describe('an archive that is no dossier', () => {
  it.each([
    ['no zip', Buffer.from('not a zip')],
    ['nothing', Buffer.alloc(0)],
  ])('is refused: %s', async (_name, bytes) => {
    await expect(unpackZip(bytes)).rejects.toMatchObject({ code: 'API_DOSSIER_UNREADABLE' });
  });

  it('is refused when it is cut short', async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of packZip(files, 0)) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    await expect(unpackZip(whole.subarray(0, whole.length - 40))).rejects.toMatchObject({ code: 'API_DOSSIER_UNREADABLE' });
  });
});

describe('the ledger', () => {
  it('is whole, takes no change, and shows one that was made behind its back', async () => {
    const { sql } = harness;
    expect(await checkLedger(sql)).toMatchObject({ firstBreak: null });
    await expect(sql`UPDATE ledger SET payload = '{}' WHERE seq = 1`).rejects.toThrow('append-only');
    await expect(sql`DELETE FROM ledger`).rejects.toThrow('append-only');
    await sql`ALTER TABLE ledger DISABLE TRIGGER ledger_append_only`;
    await sql`UPDATE ledger SET payload = payload || ' ' WHERE seq = 2`;
    expect((await checkLedger(sql)).firstBreak).toEqual({ seq: 2, problem: 'its content was changed' });
  });
});

describe('the signing key', () => {
  const file = () => join(harness.dataDirectory, 'evidence-signing-key.pem');
  const startAfter = async (fingerprint?: string) => {
    const api = await harness.startApi(fingerprint === undefined ? {} : { signingKeyAfter: fingerprint });
    onTestFinished(() => api.close());
    return api;
  };

  it('is never made anew in silence: a new one begins when somebody says so, and older dossiers stay what they were', async () => {
    const old = readSigningKey(file()).fingerprint;
    renameSync(file(), `${file()}.lost`);
    const refused = { code: 'API_SIGNING_KEY_CHANGED', message: expect.stringContaining(`SAFECITY_SIGNING_KEY_AFTER=${old}`) };
    await expect(startAfter()).rejects.toMatchObject(refused);
    await expect(startAfter('0'.repeat(64))).rejects.toMatchObject({ message: expect.stringContaining(`${file()} is missing`) });
    expect(existsSync(file())).toBe(false);

    const { url } = await startAfter(old);
    const { fingerprint } = readSigningKey(file());
    const entered =
      await harness.sql`SELECT subject, payload::jsonb #>> '{content,follows}' AS follows FROM ledger WHERE kind = 'key.began' ORDER BY seq`;
    expect(entered).toEqual([
      { subject: `key:${old}`, follows: null },
      { subject: `key:${fingerprint}`, follows: old },
    ]);
    const audited = await harness.sql`SELECT actor, subject, detail FROM audit WHERE action = 'signing-key.began'`;
    expect(audited).toEqual([{ actor: 'system', subject: `key:${fingerprint}`, detail: { fingerprint, follows: old } }]);

    const answer = await (await harness.client('auditor'))
      .at(url)
      .request('POST', `/alerts/${alertId}/dossier`, { reason: 'a second request' });
    const later = await unpackZip(Buffer.from(await answer.arrayBuffer()));
    expect(checkDossier(later, fingerprint)).toMatchObject({ ok: true, keyFingerprint: fingerprint });
    expect(checkDossier(files, old)).toMatchObject({ ok: true, keyFingerprint: old });

    // The setting may stay; and the key that was lost does not come back by itself.
    await startAfter(old);
    renameSync(`${file()}.lost`, file());
    await expect(startAfter(old)).rejects.toMatchObject({ message: expect.stringContaining(`holds the key ${old}`) });
  });
});
