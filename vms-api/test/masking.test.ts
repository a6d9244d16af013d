import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { hashesOf, stillFileName } from '../src/evidence/evidence-files.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type FakeInference, paintedPicture, type SeenAs, startFakeInference } from './fake-inference.js';
import { aStill, startFakeIngest } from './fake-ingest.js';
import { type Harness, quiet, startHarness } from './harness.js';

type Rectangle = [number, number, number, number];

let harness: Harness;
let bus: Bus;
let node: FakeInference | undefined;
let picture: Buffer;
let served = '';

/** Of a stranger: a face, and a car with a plate. Of the subject: a car with a plate. */
const PAINTED: Record<string, [SeenAs, Rectangle]> = {
  face: ['face', [60, 60, 90, 96]],
  ownCar: ['car', [400, 100, 600, 260]],
  ownPlate: ['text', [460, 220, 540, 240]],
};
const OWN_BOX = [400 / 640, 100 / 384, 600 / 640, 260 / 384] as Rectangle;

async function serve(...models: Parameters<typeof startFakeInference>[1]): Promise<FakeInference> {
  if (node && served === models.join()) return node;
  await node?.close();
  served = models.join();
  node = await startFakeInference(bus, models);
  const operator = await harness.client('operator-a');
  await waitFor(
    async () => {
      const { alertId, file } = await anAlertWith(picture);
      if ((await operator.request('GET', `/alerts/${alertId}/evidence/${file}`)).status !== 200) return false;
      const [row] = await harness.sql<
        { facts: { models: unknown[] } }[]
      >`SELECT facts FROM evidence_derivatives WHERE alert_id = ${alertId}`;
      return row?.facts.models.length === models.length;
    },
    { what: 'the models of the node' },
  );
  return node;
}

interface StoredCase {
  alertId: string;
  file: string;
  cropFile: string;
}

/** An alert with one picture and its crop, as the collector stores them. */
async function anAlertWith(bytes: Buffer, kind: 'incident' | 'violation' = 'incident'): Promise<StoredCase> {
  const moments = [{ name: 'raised', atMs: 1000, box: OWN_BOX }];
  const finding = aFinding({
    type: kind === 'incident' ? 'collision' : 'red-light',
    class: 'car',
    subject: { kind: 'track', id: 't1' },
    moments,
  });
  const message = anAlert({ kind, type: finding.type, findings: [finding] });
  await takeAlert(harness.sql, message, Date.now());
  const { alertId } = message;
  const files = new EvidenceDirectory(harness.dataDirectory);
  const { sha256, sha1 } = hashesOf(bytes);
  const [left, top, width, height] = [320, 64, 320, 256];
  const cropBytes = await sharp(bytes).extract({ left, top, width, height }).jpeg().toBuffer();
  const cropHash = hashesOf(cropBytes).sha256;
  const file = stillFileName('raised', sha256);
  const cropFile = stillFileName('raised-crop', cropHash);
  const box = [left / 640, top / 384, (left + width) / 640, (top + height) / 384];
  const crop = { file: cropFile, box, widthPx: width, heightPx: height, sha256: cropHash, sizeBytes: cropBytes.length };
  await files.write(alertId, file, bytes);
  await files.write(alertId, cropFile, cropBytes);
  await harness.sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, crop, stored_at_ms)
    VALUES (${alertId}, 'raised', ${file}, 1000, 640, 384, ${bytes.length}, ${sha256}, ${sha1}, ${harness.sql.json(crop)}, 1)`;
  return { alertId, file, cropFile };
}

async function bytesOf(username: string, path: string): Promise<Buffer> {
  const response = await (await harness.client(username)).request('GET', path);
  expect([response.status, response.headers.get('content-type')], path).toEqual([200, 'image/jpeg']);
  return Buffer.from(await response.arrayBuffer());
}

/** Largest difference of any channel from the original in a rectangle, away from its edges. */
async function changeIn(bytes: Buffer, original: Buffer, [x1, y1, x2, y2]: Rectangle): Promise<number> {
  const region = { left: x1 + 4, top: y1 + 4, width: x2 - x1 - 8, height: y2 - y1 - 8 };
  const [a, b] = await Promise.all([bytes, original].map((one) => sharp(one).extract(region).raw().toBuffer()));
  return (a as Buffer).reduce((most, value, at) => Math.max(most, Math.abs(value - ((b as Buffer)[at] as number))), 0);
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  picture = await paintedPicture(Object.values(PAINTED));
}, 60_000);
afterAll(async () => {
  await node?.close();
  await bus?.close();
  await harness?.stop();
});

describe('a masked copy', () => {
  it('is refused while nothing finds people and vehicles, and the original stays out of sight', async () => {
    const { alertId, file } = await anAlertWith(picture);
    const operator = await harness.client('operator-a');
    const refused = await operator.json<{ code: string }>('GET', `/alerts/${alertId}/evidence/${file}`, undefined, 503);
    expect(refused.code).toBe('API_MASK_UNAVAILABLE');
  });

  it('covers the face and leaves the subject, is made once, and never touches the original', async () => {
    const { runs } = await serve('nanodet-g', 'ultraface', 'plate-find');
    const { alertId, file, cropFile } = await anAlertWith(picture);
    const path = `/alerts/${alertId}/evidence/${file}`;
    const both = await Promise.all([bytesOf('operator-a', path), bytesOf('lead-a', path)]);
    expect(both[0].equals(both[1])).toBe(true);
    const runsOnce = { ...runs };
    const masked = await bytesOf('operator-a', path);
    await bytesOf('operator-a', `/alerts/${alertId}/evidence/${cropFile}`);
    expect(runs).toEqual(runsOnce);
    expect(masked.equals(both[0])).toBe(true);
    expect(await changeIn(masked, picture, PAINTED['face']?.[1] as Rectangle)).toBeGreaterThan(60);
    expect(await changeIn(masked, picture, PAINTED['ownPlate']?.[1] as Rectangle)).toBeLessThan(60);
    expect(masked.includes('secret of the camera')).toBe(false);
    expect((await sharp(masked).metadata()).exif).toBeUndefined();
    const { evidence, derivatives } = await (await harness.client('operator-a')).json<AlertDetail>('GET', `/alerts/${alertId}`);
    const copy = derivatives.find(({ ofSha256 }) => ofSha256 === evidence[0]?.sha256);
    expect(copy).toMatchObject({ kind: 'masked', sha256: hashesOf(masked).sha256 });
    expect(copy?.sha256).not.toBe(evidence[0]?.sha256);
    expect(derivatives).toHaveLength(2);
    expect(readFileSync(join(harness.dataDirectory, 'evidence', alertId, file)).equals(picture)).toBe(true);
    const entries = await harness.sql<{ payload: string }[]>`
      SELECT payload FROM ledger WHERE subject = ${`alert:${alertId}`} AND kind = 'evidence.derived'`;
    const { derived } = (JSON.parse(entries[0]?.payload ?? '{}') as { content: { derived: Record<string, unknown>[] } }).content;
    expect(derived[0]).toMatchObject({ sha256: copy?.sha256, of: evidence[0]?.sha256 });
    expect(derived[0]?.['facts']).toMatchObject({
      models: ['nanodet-g', 'ultraface', 'plate-find'].map((modelId) => ({ modelId, sha256: `hash-of-${modelId}` })),
      hidden: [{ kind: 'face' }],
    });
    await expect(harness.sql`UPDATE evidence_derivatives SET sha256 = 'x' WHERE alert_id = ${alertId}`).rejects.toThrow('never changed');
  });

  it('is made ahead for what lists show of an alert, before anybody looks', async () => {
    await serve('nanodet-g', 'ultraface', 'plate-find');
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
    const moments = [{ name: 'raised', atMs: 1000, box: OWN_BOX }];
    const message = anAlert({ findings: [aFinding({ moments })], reservationId: 'ahead' });
    ingest.reservation = { reservationId: 'ahead', cameraId: 'cam-a', stills: [aStill('raised', picture)], pending: [], failed: [] };
    ingest.pictures.set('raised.jpg', picture);
    await takeAlert(harness.sql, message, Date.now());
    const made = () => harness.sql`SELECT 1 FROM evidence_derivatives WHERE alert_id = ${message.alertId} AND kind = 'masked'`;
    await waitFor(async () => (await made()).length === 1, { what: 'the masked copy' });
    expect(await harness.sql`SELECT 1 FROM audit WHERE payload LIKE ${`%evidence.viewed%${message.alertId}%`}`).toHaveLength(0);
    await ingest.close();
  });

  it.each([
    ['the plate of a stranger', { car: [60, 230, 240, 360] as Rectangle, text: [100, 320, 180, 340] as Rectangle }],
    ['where the plate of a stranger hangs', { car: [60, 230, 240, 360] as Rectangle }],
    ['the head of a person whose face is not seen', { person: [300, 20, 340, 180] as Rectangle }],
  ])('covers %s', async (_name, painted) => {
    await serve('nanodet-g', 'ultraface', 'plate-find');
    const scene = await paintedPicture(Object.entries(painted) as [SeenAs, Rectangle][]);
    const { alertId, file } = await anAlertWith(scene);
    const masked = await bytesOf('operator-a', `/alerts/${alertId}/evidence/${file}`);
    const [kind, [x1, y1, x2, y2]] = Object.entries(painted).at(-1) as [SeenAs, Rectangle];
    const at: Rectangle =
      kind === 'person' ? [x1 - 6, y1 - 2, x2 + 6, y1 + 38] : kind === 'car' ? [x1 - 4, y2 - 40, x2 + 4, y2 + 4] : [x1, y1, x2, y2];
    expect(await changeIn(masked, scene, at)).toBeGreaterThan(30);
  });

  it('takes writing that is as broad as its vehicle for no plate: its place is hidden, and no more', async () => {
    await serve('nanodet-g', 'ultraface', 'plate-find');
    const scene = await paintedPicture([
      ['car', [60, 230, 240, 360]],
      ['text', [70, 310, 230, 330]],
    ]);
    const { alertId, file } = await anAlertWith(scene);
    await bytesOf('operator-a', `/alerts/${alertId}/evidence/${file}`);
    const [row] = await harness.sql<{ facts: { hidden: { kind: string }[] } }[]>`
      SELECT facts FROM evidence_derivatives WHERE alert_id = ${alertId} AND source_file = ${file}`;
    expect(row?.facts.hidden.map(({ kind }) => kind)).toEqual(['plate-place']);
  });

  it('of a node without face model and plate finder hides heads, and where plates hang', async () => {
    await serve('nanodet-g');
    const scene = await paintedPicture([
      ['person', [300, 20, 340, 180]],
      ['car', [60, 230, 240, 360]],
    ]);
    const { alertId, file } = await anAlertWith(scene);
    await bytesOf('operator-a', `/alerts/${alertId}/evidence/${file}`);
    const [row] = await harness.sql<{ facts: { models: unknown[]; hidden: { kind: string }[] } }[]>`
      SELECT facts FROM evidence_derivatives WHERE alert_id = ${alertId} AND source_file = ${file}`;
    expect(row?.facts.hidden.map(({ kind }) => kind).sort()).toEqual(['head', 'plate-place']);
    expect(row?.facts.models).toHaveLength(1);
  });
});

describe('the original', () => {
  it.each([
    ['operator-a', 'incident', 200],
    ['operator-a', 'violation', 403],
    ['lead-a', 'incident', 200],
    ['lead-a', 'violation', 403],
    ['eoc', 'incident', 200],
    ['eoc', 'violation', 404],
    ['admin', 'incident', 403],
    ['admin', 'violation', 403],
    ['reviewer-a', 'violation', 200],
    ['reviewer-a', 'incident', 404],
    ['lead', 'violation', 200],
    ['auditor', 'violation', 200],
    ['operator-b', 'incident', 404],
  ] as const)('%s, %s: %i with a reason, and the reason is recorded', async (username, kind, status) => {
    await serve('nanodet-g', 'ultraface', 'plate-find');
    const { alertId, file } = await anAlertWith(picture, kind);
    const client = await harness.client(username);
    const path = `/alerts/${alertId}/evidence/${file}`;
    const response = await client.request('GET', `${path}?reason=${encodeURIComponent('người bị thương')}`);
    expect(response.status).toBe(status);
    const views = await harness.sql<{ payload: string }[]>`
      SELECT payload FROM audit WHERE payload LIKE '%evidence.original-viewed%' AND payload LIKE ${`%${alertId}%`}`;
    expect(views.map(({ payload }) => JSON.parse(payload).detail)).toEqual(status === 200 ? [{ reason: 'người bị thương' }] : []);
    if (status === 404) return;
    if (status === 200) {
      expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    expect((await bytesOf(username, path)).equals(picture)).toBe(false);
    expect((await client.request('GET', `${path}?reason=a`)).status).toBe(400);
    await bytesOf(username, path);
    const looks = harness.sql`SELECT 1 FROM audit WHERE action = 'evidence.viewed' AND actor = ${username} AND subject = ${`alert:${alertId}`}`;
    expect(await looks).toHaveLength(1);
  });
});
