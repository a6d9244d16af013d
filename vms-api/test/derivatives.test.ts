import { randomUUID } from 'node:crypto';
import { parseCamera } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { plateBoxes } from '../src/derivatives/plate-crop.js';
import { unpackZip } from '../src/dossier/dossier-zip.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { hashesOf, stillFileName } from '../src/evidence/evidence-files.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { DayPartitions } from '../src/tracks/day-partitions.js';
import { pathBytes } from '../src/tracks/path-bytes.js';
import { type FakeInference, paintedPicture, startFakeInference } from './fake-inference.js';
import { aCamera, type Harness, quiet, startHarness } from './harness.js';

const AT = Math.floor(Date.now()) - 5000;
const BOX: [number, number, number, number] = [0.625, 0.25, 0.9375, 0.6875];

let harness: Harness;
let bus: Bus;
let node: FakeInference;
let alertId: string;
let detail: AlertDetail;

/** A camera with a stop line, a signal and a calibration, in the version that the alert speaks of. */
async function storeCamera(): Promise<void> {
  const config = parseCamera(
    aCamera({
      id: 'cam-a',
      unitId: 'ward-a',
      lines: [{ id: 'stop', name: 'Vạch dừng', a: [0.1, 0.8], b: [0.9, 0.8] }],
      signals: [{ id: 'north', name: 'Bắc', source: { kind: 'controller', controllerId: 'ctl', group: 'n' } }],
      rules: [{ id: 'rule-1', name: 'Vượt vạch', type: 'tripwire', lineId: 'stop' }],
    }),
  );
  await harness.sql`INSERT INTO camera_versions (camera_id, revision, config, deleted, changed_by, changed_at_ms)
    VALUES ('cam-a', 7, ${harness.sql.json(config as never)}, false, 'admin', 1)`;
}

async function storeTrack(): Promise<void> {
  await new DayPartitions(harness.sql, 30).make([AT]);
  const points = [0, 1, 2, 3].map((step): [number, number, number, number, number, number] => [
    step * 500,
    0.1 + step * 0.1,
    0.2,
    0.3 + step * 0.1,
    0.6,
    1,
  ]);
  await harness.sql`INSERT INTO track_paths (camera_id, track_id, first_ms, last_ms, config_revision, class, score, clear_share, aspect, points)
    VALUES ('cam-a', 't-1', ${AT - 1000}, ${AT + 500}, 7, 'car', 0.9, 1, 1.667, ${pathBytes(points as never)})`;
  await harness.sql`INSERT INTO signal_states (camera_id, signal_id, from_ms, state) VALUES ('cam-a', 'north', ${AT - 3200}, 'red')`;
}

async function storeAlert(): Promise<string> {
  const bytes = await paintedPicture([
    ['face', [40, 40, 80, 80]],
    ['car', [400, 96, 600, 264]],
    ['text', [460, 220, 540, 240]],
  ]);
  const finding = aFinding({
    ...{ type: 'red-light', class: 'car', subject: { kind: 'track', id: 't-1' }, trackIds: ['t-1'], configRevision: 7 },
    ...{ startMs: AT - 500, raisedAtMs: AT, moments: [{ name: 'over-line', atMs: AT, box: BOX }] },
    basis: { modelId: 'nanodet-g', modelSha256: 'a'.repeat(64), cameraClockOffsetMs: 12 },
    plate: { text: '51F12345', confidence: 0.97, format: 'car', colour: 'white', looks: 3, agreeing: 2, repaired: 0, atMs: AT },
  });
  const message = anAlert({
    alertId: randomUUID(),
    kind: 'violation',
    type: 'red-light',
    startMs: AT - 500,
    simulated: false,
    findings: [finding],
  });
  await takeAlert(harness.sql, message, AT);
  const { sha256, sha1 } = hashesOf(bytes);
  const file = stillFileName('over-line', sha256);
  await new EvidenceDirectory(harness.dataDirectory).write(message.alertId, file, bytes);
  await harness.sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, stored_at_ms)
    VALUES (${message.alertId}, 'over-line', ${file}, ${AT}, 640, 384, ${bytes.length}, ${sha256}, ${sha1}, 1)`;
  return message.alertId;
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  node = await startFakeInference(bus, ['nanodet-g', 'ultraface', 'plate-find']);
  await storeCamera();
  await storeTrack();
  alertId = await storeAlert();
  const auditor = await harness.client('auditor');
  detail = await waitFor(
    async () => {
      const alert = await auditor.json<AlertDetail>('GET', `/alerts/${alertId}`);
      return alert.derivatives.length === 3 ? alert : null;
    },
    { what: 'overview and plate' },
  );
}, 60_000);
afterAll(async () => {
  await node?.close();
  await bus?.close();
  await harness?.stop();
});

async function picture(kind: 'overview' | 'plate', username = 'auditor'): Promise<Response> {
  const url = detail.derivatives.find((derivative) => derivative.kind === kind)?.url.replace('/api/v1', '') as string;
  return (await harness.client(username)).request('GET', url);
}

describe('what is made of an alert about a track', () => {
  it('is an overview with rule, path and subject in the legend, over the masked copy, and the plate', async () => {
    const [row] = await harness.sql<{ facts: { archived: boolean; drawn: { kind: string; label: string }[] } }[]>`
      SELECT facts FROM evidence_derivatives WHERE alert_id = ${alertId} AND kind = 'overview'`;
    expect(row?.facts.archived).toBe(true);
    expect(detail.listedStill).toBe('over-line');
    expect(row?.facts.drawn.map(({ kind }) => kind)).toEqual(['line', 'track', 'subject']);
    expect(row?.facts.drawn[0]?.label).toBe('Vạch / Line: Vạch dừng');
    const bytes = Buffer.from(await (await picture('overview')).arrayBuffer());
    const { width, height } = await sharp(bytes).metadata();
    expect([width, (height ?? 0) > 384 + 60]).toEqual([640, true]);
    // Of the corner of the stranger's face nothing is left in its colour.
    const face = await sharp(bytes).extract({ left: 41, top: 41, width: 2, height: 2 }).raw().toBuffer();
    expect(face[1]).toBeGreaterThan(50);
    // Words stand in the legend: something in it is white.
    const legend = await sharp(bytes)
      .extract({ left: 40, top: 384, width: 300, height: (height ?? 0) - 384 })
      .greyscale()
      .raw()
      .toBuffer();
    expect(Math.max(...legend)).toBeGreaterThan(200);
  });

  it('shows the plate alone, to those who may see plates', async () => {
    const bytes = Buffer.from(await (await picture('plate')).arrayBuffer());
    const { width, height } = await sharp(bytes).metadata();
    expect([(width ?? 0) < 200, (height ?? 0) < 90]).toEqual([true, true]);
    expect(hashesOf(bytes).sha256).toBe(detail.derivatives.find(({ kind }) => kind === 'plate')?.sha256);
    expect((await picture('plate', 'reviewer-a')).status).toBe(403);
  });

  it('goes into the dossier, with what the evidence rests on', async () => {
    const auditor = await harness.client('auditor');
    const response = await auditor.request('POST', `/alerts/${alertId}/dossier`, { reason: 'court', unmasked: true });
    const files = await unpackZip(Buffer.from(await response.arrayBuffer()));
    expect([...files.keys()].filter((path) => path.startsWith('derived/'))).toHaveLength(3);
    const metadata = JSON.parse(Buffer.from(files.get('metadata.json') ?? []).toString());
    expect(metadata).toMatchObject({
      config: { revision: 7, changedBy: 'admin' },
      rules: [{ ruleId: 'rule-1', basis: { modelId: 'nanodet-g', modelSha256: 'a'.repeat(64) }, settings: { lineId: 'stop' } }],
      moments: [{ moment: 'over-line', signals: [{ signalId: 'north', state: 'red', sinceMs: AT - 3200 }] }],
      certificateState: 'absent',
      clock: { cameraClockOffsetMs: 12 },
      calibration: null,
      unknown: ['calibration: the camera has none'],
    });
    expect(metadata.geometry.lines[0].id).toBe('stop');
  });

  it.each([
    [
      'two rows of one plate',
      [
        [10, 10, 40, 20],
        [8, 22, 42, 34],
      ],
      [[8, 10, 42, 34]],
    ],
    [
      'a plate and an advertisement far above',
      [
        [10, 10, 60, 20],
        [10, 70, 50, 82],
      ],
      [
        [10, 10, 60, 20],
        [10, 70, 50, 82],
      ],
    ],
    ['a stripe', [[0, 10, 100, 14]], []],
  ])('takes %s for what it is', (_name, texts, expected) => {
    expect(plateBoxes(texts as never, 100)).toEqual(expected);
  });
});
