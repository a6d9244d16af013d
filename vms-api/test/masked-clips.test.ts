import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import type { ClipMask } from '../src/derivatives/clip-masks.js';
import { boxAt } from '../src/derivatives/subject-path.js';
import { EvidenceDirectory } from '../src/evidence/evidence-directory.js';
import { clipFileName, hashesOf } from '../src/evidence/evidence-files.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type FakeInference, startFakeInference } from './fake-inference.js';
import { type Harness, quiet, startHarness } from './harness.js';
import { paintedClip, picturesOf, pixelsOf } from './painted-clip.js';

const SIZE = { widthPx: 160, heightPx: 96 };

let harness: Harness;
let bus: Bus;
let node: FakeInference | undefined;
let clip: Buffer;

/** An alert with a clip, as the collector stores it. */
async function anAlertWith(bytes: Buffer, kind: 'incident' | 'violation' = 'incident'): Promise<{ alertId: string; path: string }> {
  const finding = aFinding({ type: kind === 'incident' ? 'collision' : 'red-light', class: 'car', subject: { kind: 'track', id: 't1' } });
  const message = anAlert({ kind, type: finding.type, findings: [finding] });
  await takeAlert(harness.sql, message, Date.now());
  const { alertId } = message;
  const { sha256 } = hashesOf(bytes);
  const file = clipFileName('clip-first', sha256);
  await new EvidenceDirectory(harness.dataDirectory).write(alertId, file, bytes);
  await harness.sql`INSERT INTO alert_clips (alert_id, name, file, from_ms, to_ms, duration_ms, codec, width_px, height_px, size_bytes, gaps, sha256, stored_at_ms)
    VALUES (${alertId}, 'clip-first', ${file}, 1000, 1600, 600, 'avc1.64001f', ${SIZE.widthPx}, ${SIZE.heightPx}, ${bytes.length}, '[]', ${sha256}, 1)`;
  return { alertId, path: `/alerts/${alertId}/clips/${file}` };
}

async function askedUntil(username: string, path: string, state: ClipMask['state']): Promise<ClipMask> {
  const client = await harness.client(username);
  const reached = async () => {
    const mask = await client.json<ClipMask>('POST', `${path}/masked`);
    return mask.state === state ? mask : null;
  };
  return waitFor(reached, { what: `the masked copy to be ${state}`, timeoutMs: 60_000 });
}

async function serve(): Promise<FakeInference> {
  node ??= await startFakeInference(bus, ['nanodet-g', 'ultraface', 'plate-find']);
  return node;
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  clip = paintedClip(['face', [40, 20, 60, 40], 60], { ...SIZE, seconds: 0.6 });
}, 60_000);
afterAll(async () => {
  await node?.close();
  await bus?.close();
  await harness?.stop();
});

// The networks, ffmpeg and the database work for it: on a busy machine that takes its time.
describe('the masked copy of a clip', { timeout: 150_000 }, () => {
  it('fails with its code while nothing finds people and vehicles, and is made when it is asked for later', async () => {
    const { path, alertId } = await anAlertWith(clip);
    const operator = await harness.client('operator-a');
    expect(await askedUntil('operator-a', path, 'failed')).toMatchObject({ code: 'API_MASK_UNAVAILABLE', sha256: null });
    expect((await operator.json<{ code: string }>('GET', path, undefined, 503)).code).toBe('API_MASK_UNAVAILABLE');
    await serve();
    await waitFor(
      async () => {
        // As if it had been asked for some time ago.
        await harness.sql`UPDATE clip_masks SET until_ms = 0 WHERE alert_id = ${alertId}`;
        return (await operator.json<ClipMask>('POST', `${path}/masked`)).state === 'ready';
      },
      { what: 'the masked copy', timeoutMs: 60_000 },
    );
  });

  it('hides the face in every picture, is made once, listed, entered in the ledger, and played in ranges', async () => {
    const { runs } = await serve();
    const { path, alertId } = await anAlertWith(clip);
    const operator = await harness.client('operator-a');
    expect((await operator.json<{ code: string }>('GET', path, undefined, 409)).code).toBe('API_CLIP_MASK_PENDING');
    const { sha256 } = await askedUntil('operator-a', path, 'ready');
    const runsOnce = { ...runs };
    const response = await operator.request('GET', path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(hashesOf(bytes).sha256).toBe(sha256);
    const [before, after] = [picturesOf(clip, SIZE), picturesOf(bytes, SIZE)];
    expect([before.length, after.length]).toEqual([6, 6]);
    expect(Math.min(...before.map((picture) => pixelsOf(picture, 'face')))).toBeGreaterThan(250);
    expect(Math.max(...after.map((picture) => pixelsOf(picture, 'face')))).toBeLessThan(40);
    const { clips, derivatives } = await operator.json<AlertDetail>('GET', `/alerts/${alertId}`);
    expect(derivatives).toMatchObject([{ kind: 'masked', ofSha256: clips[0]?.sha256, sha256, ...SIZE }]);
    const derived = derivatives[0]?.url.replace('/api/v1', '') as string;
    const part = await operator.request('GET', derived, undefined, { range: 'bytes=4-7' });
    expect([part.status, await part.text()]).toEqual([206, 'ftyp']);
    expect(
      (
        await harness.sql`SELECT 1 FROM ledger WHERE subject = ${`alert:${alertId}`} AND kind = 'evidence.derived' AND payload LIKE ${`%${sha256}%`}`
      ).length,
    ).toBe(1);
    expect(await harness.sql`SELECT 1 FROM audit WHERE action = 'evidence.viewed' AND subject = ${`alert:${alertId}`}`).toHaveLength(1);
    expect(await harness.sql`SELECT 1 FROM clip_masks WHERE alert_id = ${alertId}`).toHaveLength(0);
    await askedUntil('lead-a', path, 'ready');
    expect(runs).toEqual(runsOnce);
  });

  it('is refused with its code when the clip cannot be decoded, and nothing of the clip is given', async () => {
    await serve();
    const { path } = await anAlertWith(Buffer.concat([clip.subarray(0, clip.indexOf('mdat') + 4), Buffer.alloc(3000, 7)]));
    expect(await askedUntil('operator-a', path, 'failed')).toMatchObject({ code: 'API_CLIP_UNREADABLE', sha256: null });
    const operator = await harness.client('operator-a');
    const refused = await operator.json<{ code: string }>('GET', path, undefined, 409);
    expect(refused).toMatchObject({ code: 'API_CLIP_UNREADABLE' });
    expect(await askedUntil('operator-a', path, 'failed')).toMatchObject({ code: 'API_CLIP_UNREADABLE' });
  });

  it('is made ahead for a case that a reviewer holds, and taken up where another process was killed', async () => {
    await serve();
    const [held, dropped] = [await anAlertWith(clip, 'violation'), await anAlertWith(clip)];
    await harness.sql`UPDATE violation_cases SET claimed_by = (SELECT id FROM users LIMIT 1), claimed_at_ms = 1, claimed_until_ms = 1e15 WHERE alert_id = ${held.alertId}`;
    await harness.sql`INSERT INTO clip_masks (alert_id, name, state, wanted, asked_at_ms, progress, until_ms)
      VALUES (${dropped.alertId}, 'clip-first', 'making', true, 1, 0.5, 1)`;
    const made = () =>
      harness.sql`SELECT 1 FROM evidence_derivatives WHERE alert_id IN (${held.alertId}, ${dropped.alertId}) AND kind = 'masked'`;
    // Whoever asks wakes the worker.
    await askedUntil('operator-a', dropped.path, 'ready');
    await waitFor(async () => (await made()).length === 2, { what: 'both copies', timeoutMs: 60_000 });
    await harness.sql`UPDATE violation_cases SET claimed_until_ms = 1 WHERE alert_id = ${held.alertId}`;
  });
});

describe('the original of a clip', () => {
  it.each([
    ['operator-a', 'incident', 200],
    ['operator-a', 'violation', 403],
    ['eoc', 'violation', 404],
    ['admin', 'incident', 403],
    ['reviewer-a', 'violation', 200],
    ['operator-b', 'incident', 404],
  ] as const)('%s, %s: %i with a reason, never without', async (username, kind, status) => {
    const { path, alertId } = await anAlertWith(clip, kind);
    const client = await harness.client(username);
    const response = await client.request('GET', `${path}?reason=${encodeURIComponent('người bị thương')}`);
    expect(response.status).toBe(status);
    if (status === 200) expect(response.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.from(await response.arrayBuffer()).equals(clip)).toBe(status === 200);
    const views = await harness.sql<{ payload: string }[]>`
      SELECT payload FROM audit WHERE action = 'evidence.original-viewed' AND payload LIKE ${`%${alertId}%`}`;
    expect(views.map(({ payload }) => JSON.parse(payload).detail)).toEqual(status === 200 ? [{ reason: 'người bị thương' }] : []);
    for (const query of ['', '?reason=', '?reason=a']) {
      const answer = await client.request('GET', `${path}${query}`);
      expect(Buffer.from(await answer.arrayBuffer()).includes(clip.subarray(-200))).toBe(false);
    }
  });
});

describe('where the subject of a clip is', () => {
  const points = [0, 1000, 3000].map((atMs) => ({
    atMs,
    box: [atMs / 10_000, 0, atMs / 10_000 + 0.1, 1] as [number, number, number, number],
  }));
  it.each([
    [0, 0],
    [500, 0.05],
    [1000, 0.1],
    [1100, 0.1],
    [2000, null],
    [2900, 0.3],
    [3200, null],
    [-200, null],
  ])('at %i ms: %s', (atMs, left) => {
    const box = boxAt(points, atMs);
    if (left === null) expect(box).toBeNull();
    else expect(box?.[0]).toBeCloseTo(left);
  });
});
