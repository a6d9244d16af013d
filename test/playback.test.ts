import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDING_DEFAULTS } from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { type RunningWorker, startIngestWorker } from '@safecity/ingest';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, type Client, type Harness, quiet, startHarness } from '../vms-api/test/harness.js';

const GOP_MS = 500;
const path = '/cameras/cam-live/recording';

let harness: Harness;
let bus: Bus;
let simulator: CameraSimulator;
let worker: RunningWorker;
let lead: Client;
let recorded: { fromMs: number; toMs: number };

interface Seen {
  spans: { fromMs: number; toMs: number }[];
  locks: { reason: string; owner: string }[];
  motion: { values: (number | null)[] } | null;
}

const timeline = (steps = 60) => {
  const nowMs = Date.now();
  return lead.json<Seen>('GET', `${path}/timeline?fromMs=${nowMs - 60_000}&toMs=${nowMs + 60_000}&steps=${steps}`);
};

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'ingest', logger: quiet });
  const clip = await generateClip({ durationS: 30, fps: 10, gopS: GOP_MS / 1000, directory: harness.dataDirectory });
  simulator = await startCameraSimulator({ cameras: [{ path: 'live', clip }] });
  worker = await startIngestWorker({
    ...{ bus, key: harness.key, dataDir: harness.dataDirectory, workerId: 'ingest-1', transcodes: 0, logger: quiet },
    inference: {
      model: () => null,
      infer: () => Promise.reject(new Error('not asked for')),
    },
  });
  const admin = await harness.client('admin');
  const recording = { ...RECORDING_DEFAULTS, mode: 'continuous' };
  const camera = aCamera({ id: 'cam-live', unitId: 'ward-a', source: { url: simulator.url('live') }, rules: [], recording });
  await admin.json('POST', '/cameras', { camera }, 201);
  lead = await harness.client('lead-a');
  recorded = await waitFor(async () => {
    const answer = await lead.request('GET', `${path}/timeline?fromMs=${Date.now() - 60_000}&toMs=${Date.now() + 60_000}`);
    const span = answer.ok ? ((await answer.json()) as Seen).spans[0] : undefined;
    return span && span.toMs - span.fromMs >= 3000 ? span : null;
  });
});
afterAll(async () => {
  await worker?.close();
  await simulator?.close();
  await bus?.close();
  await harness?.stop();
});

/** Capture times of the pictures of a file whose media time is seconds since 1970, or since `originMs`. */
async function picturesOf(answer: Response, name: string, originMs = 0): Promise<number[]> {
  const file = join(harness.dataDirectory, `${name}.mp4`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  const arguments_ = ['-v', 'error', '-show_entries', 'frame=best_effort_timestamp_time', '-of', 'csv=p=0', file];
  const lines = execFileSync('ffprobe', arguments_, { encoding: 'utf8' }).trim().split('\n');
  const times = lines.filter((line) => /^\d/.test(line)).map((line) => originMs + Math.round(Number.parseFloat(line) * 1000));
  return times.sort((a, b) => a - b);
}

const play = (fromMs: number, rest = '') => lead.request('GET', `${path}/play?fromMs=${fromMs}${rest}`);

describe('a recording of a real camera', () => {
  it('plays from any time, beginning at the keyframe before it', async () => {
    for (const atMs of [recorded.fromMs + 1234, recorded.fromMs + GOP_MS, recorded.fromMs - 10_000]) {
      const pictures = await picturesOf(await play(atMs, '&forMs=600'), 'inside');
      const wantedMs = Math.max(atMs, recorded.fromMs);
      expect(pictures[0]).toBeLessThanOrEqual(wantedMs);
      expect(pictures[0]).toBeGreaterThan(wantedMs - GOP_MS - 100);
      expect((pictures.at(-1) ?? 0) - (pictures[0] ?? 0)).toBeGreaterThanOrEqual(GOP_MS - 100);
    }
  });

  it('plays up to the newest picture written, and says that nothing follows yet', async () => {
    const newestMs = (await timeline()).spans.at(-1)?.toMs ?? 0;
    const answer = await play(newestMs, '&forMs=60000');
    expect([answer.status, answer.headers.get('x-next-ms')]).toEqual([200, null]);
    const pictures = await picturesOf(answer, 'edge');
    expect(pictures.at(-1)).toBeGreaterThanOrEqual(newestMs);
    expect(await (await play(Date.now() + 60_000)).json()).toMatchObject({ code: 'API_NO_RECORDING' });
  });

  it('gives keyframes alone, one a group', async () => {
    const pictures = await picturesOf(await play(recorded.fromMs, '&forMs=3000&pictures=keyframes'), 'keys');
    const steps = pictures.slice(1).map((ms, index) => ms - (pictures[index] ?? 0));
    expect(pictures.length).toBeGreaterThanOrEqual(5);
    for (const step of steps) expect(Math.abs(step - GOP_MS)).toBeLessThanOrEqual(100);
  });

  it('leaves as one file of the span that was asked for, to a group', async () => {
    const wanted = { fromMs: recorded.fromMs + 700, toMs: recorded.fromMs + 2700 };
    const answer = await lead.request('POST', `${path}/export`, { ...wanted, reason: 'a test' });
    expect(answer.headers.get('x-sha256')).toMatch(/^[0-9a-f]{64}$/);
    const pictures = await picturesOf(answer, 'export', Number(answer.headers.get('x-from-ms')));
    expect(pictures[0]).toBeLessThanOrEqual(wanted.fromMs);
    expect(pictures[0]).toBeGreaterThan(wanted.fromMs - GOP_MS - 100);
    expect(Math.abs((pictures.at(-1) ?? 0) - wanted.toMs)).toBeLessThanOrEqual(GOP_MS);
    expect(pictures.at(-1)).toBe(Number(answer.headers.get('x-to-ms')));
  });

  it('is locked, and tells how much moved where there is something', async () => {
    await lead.json('POST', `${path}/locks`, { ...recorded, reason: 'case 7', untilMs: Date.now() + 60_000 });
    const { locks, motion } = await timeline();
    expect(locks).toMatchObject([{ reason: 'case 7', owner: 'lead-a' }]);
    expect(motion?.values.some((value) => value !== null && value > 0)).toBe(true);
    expect(motion?.values[0]).toBeNull();
  });

  it('is missed by name when its worker is gone', async () => {
    await waitFor(async () => (await harness.sql`SELECT 1 FROM recorded_by_workers WHERE camera_id = 'cam-live'`).length === 1);
    await worker.close();
    const answer = await waitFor(async () => {
      const asked = await play(recorded.fromMs);
      return asked.status === 503 ? asked : null;
    });
    const { code, message } = (await answer.json()) as { code: string; message: string };
    expect(code).toBe('API_RECORDING_AWAY');
    expect(message).toContain('is held by ingest worker "ingest-1", which does not answer');
  });
});
