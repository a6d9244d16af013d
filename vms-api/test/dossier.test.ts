import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { checkDossier, type DossierVerdict, PROOF_FILES, readFolder } from '../src/dossier/check-dossier.js';
import { dossierPage } from '../src/dossier/dossier-page.js';
import { packZip, unpackZip } from '../src/dossier/dossier-zip.js';
import { checkLedger } from '../src/ledger/ledger.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { aCroppedStill, aStill, type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let ingest: FakeIngest;
let files: Map<string, Uint8Array>;
let alertId: string;

/** Alerts of two cases with evidence; the dossier is of the first, the other's entries lie between its own. */
async function storeCase(reservationId: string): Promise<string> {
  const pictures = ['first', 'raised'].map((moment) => ({ moment, bytes: Buffer.from(`${reservationId} ${moment}`) }));
  for (const { moment, bytes } of pictures) ingest.pictures.set(`${moment}.jpg`, bytes);
  const crop = Buffer.from(`${reservationId} crop`);
  ingest.pictures.set('first-crop.jpg', crop);
  ingest.reservation = {
    reservationId,
    cameraId: 'cam-a',
    stills: pictures.map(({ moment, bytes }) => (moment === 'first' ? aCroppedStill(moment, bytes, crop) : aStill(moment, bytes))),
    pending: [],
    failed: [],
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
      return response.status === 200 && ((await response.json()) as AlertDetail).evidence.length === 2;
    },
    { what: 'evidence of the case' },
  );
  return message.alertId;
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
  alertId = await storeCase('case-1');
  await storeCase('case-2');
  const auditor = await harness.client('auditor');
  const response = await auditor.request('POST', `/alerts/${alertId}/dossier`, { reason: 'request of the court' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/zip');
  files = await unpackZip(Buffer.from(await response.arrayBuffer()));
}, 60_000);
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

const changed = (path: string, change: (bytes: Buffer) => Uint8Array) =>
  new Map(files).set(path, change(Buffer.from(files.get(path) ?? [])));
const filesNamed = (verdict: DossierVerdict) => [...new Set(verdict.problems.map(({ file }) => file))];
const json = (path: string) => JSON.parse(Buffer.from(files.get(path) ?? []).toString());

describe('a dossier', () => {
  it('is intact as exported, in memory, as zip and by the verifier it carries', async () => {
    expect(checkDossier(files)).toMatchObject({ ok: true, caseId: alertId, problems: [] });
    expect([...files.keys()].sort()).toEqual(
      [
        ...PROOF_FILES,
        'camera.json',
        'case.json',
        'index.html',
        'verify.mjs',
        ...json('manifest.json')
          .files.filter((file: { evidence?: boolean }) => file.evidence)
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
    expect(Buffer.from(evidence?.[1] ?? []).toString()).toBe('case-1 crop');
    expect(execFileSync(process.execPath, ['verify.mjs'], { cwd: folder.path, encoding: 'utf8' })).toContain('intact: 7 files');
    folder.remove();
  });

  it('says on its page which privacy masks the camera had, and nothing of masks when it had none', () => {
    const request = { alert: json('case.json'), evidence: [], exportedBy: 'an', reason: 'court', exportedAtMs: 0, fingerprint: '' };
    const privacyMasks = [{ id: 'balcony', name: 'ban công <A>', polygon: [] }];
    expect(dossierPage({ ...request, cameraVersion: { privacyMasks } })).toContain('ban công &lt;A&gt;: được tô đen trước khi lưu');
    for (const cameraVersion of [null, {}]) expect(dossierPage({ ...request, cameraVersion })).not.toContain('Vùng che riêng tư');
  });

  it('names every file of which one bit was changed, and every file that is missing', () => {
    for (const path of files.keys()) {
      const flipped = checkDossier(
        changed(path, (bytes) => {
          const middle = Math.floor(bytes.length / 2);
          bytes[middle] = (bytes[middle] ?? 0) ^ 1;
          return bytes;
        }),
      );
      expect(flipped.ok, path).toBe(false);
      expect(filesNamed(flipped), path).toEqual([path]);
      const without = new Map(files);
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
    await sql`UPDATE ledger SET payload = replace(payload, 'first', 'other') WHERE seq = 2`;
    expect((await checkLedger(sql)).firstBreak).toEqual({ seq: 2, problem: 'its content was changed' });
  });
});
