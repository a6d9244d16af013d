import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { RECORDING_DEFAULTS } from '@safecity/contracts';
import { generateClip } from '@safecity/fixtures';
import { fragmentedFile, type RunningWorker, startIngestWorker, writeRecording } from '@safecity/ingest';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackZip } from '../vms-api/src/dossier/dossier-zip.js';
import { aCamera, type Client, type Harness, quiet, startHarness } from '../vms-api/test/harness.js';

/** A camera that went from the first worker to the second after four seconds, and came back after a gap; ten pictures a second. */
const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const CLIP_MS = 4000;
const LAST_MS = CLIP_MS - 100;
const MOVED_MS = START + CLIP_MS;
const BACK_MS = START + 20_000;
const path = '/cameras/cam-moved/recording';

let harness: Harness;
let bus: Bus;
let first: RunningWorker;
let second: RunningWorker;
let lead: Client;

interface Seen {
  spans: { fromMs: number; toMs: number }[];
  gaps: { fromMs: number; toMs: number; reason: string; workerId?: string }[];
  locks: { lockId: string; reason: string }[];
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'ingest', logger: quiet });
  const clip = await generateClip({ durationS: CLIP_MS / 1000, fps: 10, gopS: 1, directory: harness.dataDirectory });
  const file = await fragmentedFile(clip.path);
  const start = async (workerId: string, startsMs: number[]) => {
    const dataDir = join(harness.dataDirectory, workerId);
    await writeRecording(dataDir, 'cam-moved', file, startsMs);
    return startIngestWorker({
      ...{ bus, key: harness.key, dataDir, workerId, transcodes: 0, logger: quiet },
      inference: { model: () => null, infer: () => Promise.reject(new Error('not asked for')) },
    });
  };
  first = await start('ingest-1', [START, BACK_MS]);
  second = await start('ingest-2', [MOVED_MS]);
  const source = { url: 'rtsp://127.0.0.1:1/none' };
  const camera = aCamera({ id: 'cam-moved', unitId: 'ward-a', source, rules: [], recording: RECORDING_DEFAULTS });
  await (await harness.client('admin')).json('POST', '/cameras', { camera }, 201);
  lead = await harness.client('lead-a');
  // Both are known, and what they have is written down.
  await waitFor(async () => (await harness.sql`SELECT 1 FROM recorded_by_workers WHERE camera_id = 'cam-moved'`).length === 2);
});
afterAll(async () => {
  await second?.close();
  await first?.close();
  await bus?.close();
  await harness?.stop();
});

const timeline = () => lead.json<Seen>('GET', `${path}/timeline?fromMs=${START}&toMs=${BACK_MS + CLIP_MS}`);
const play = (fromMs: number) => lead.request('GET', `${path}/play?fromMs=${fromMs}&forMs=10000`);
const exported = (fromMs: number, toMs: number) => lead.request('POST', `${path}/export`, { fromMs, toMs, reason: 'a test' });
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** First and last picture of each piece, ms after the beginning, from one `x-next-ms` to the next. */
async function playedThrough(): Promise<number[][]> {
  const pieces: number[][] = [];
  for (let fromMs: number | null = START; fromMs !== null; ) {
    const answer: Response = await play(fromMs);
    expect(answer.status).toBe(200);
    const next: string | null = answer.headers.get('x-next-ms');
    pieces.push([Number(answer.headers.get('x-from-ms')) - START, Number(answer.headers.get('x-to-ms')) - START]);
    await answer.arrayBuffer();
    fromMs = next === null ? null : Number(next);
  }
  return pieces;
}

describe('a camera that moved from one worker to another', () => {
  it('has one timeline, and plays through', async () => {
    expect(await timeline()).toMatchObject({
      spans: [
        { fromMs: START, toMs: MOVED_MS + LAST_MS },
        { fromMs: BACK_MS, toMs: BACK_MS + LAST_MS },
      ],
      gaps: [],
    });
    expect(await playedThrough()).toEqual([
      [0, LAST_MS],
      [MOVED_MS - START, MOVED_MS - START + LAST_MS],
      [BACK_MS - START, BACK_MS - START + LAST_MS],
    ]);
  });

  it('is downloaded as a file of each worker with its hash, or as one file of one worker', async () => {
    const both = await exported(START + 1000, MOVED_MS + 2000);
    expect([both.headers.get('content-type'), both.headers.get('x-missing')]).toEqual(['application/zip', null]);
    const files = await unpackZip(Buffer.from(await both.arrayBuffer()));
    const sums = Buffer.from(files.get('SHA256SUMS') ?? '').toString();
    const videos = [...files].filter(([name]) => name.endsWith('.mp4'));
    expect(videos).toHaveLength(2);
    expect(sums).toBe(videos.map(([name, bytes]) => `${sha256(bytes)}  ${name}\n`).join(''));
    const one = await exported(MOVED_MS + 500, MOVED_MS + 2000);
    expect([one.headers.get('content-type'), one.headers.get('x-sha256')]).toEqual([
      'video/mp4',
      sha256(Buffer.from(await one.arrayBuffer())),
    ]);
  });

  it('is locked on both', async () => {
    const { lockId } = await lead.json<{ lockId: string }>('POST', `${path}/locks`, {
      fromMs: START,
      toMs: MOVED_MS + 1000,
      reason: 'case 7',
    });
    expect((await timeline()).locks.map((lock) => lock.lockId)).toEqual([lockId]);
    await second.close();
    // The other one has it too.
    const away = await waitFor(async () => {
      const seen = await timeline();
      return seen.gaps.length > 0 ? seen : null;
    });
    expect(away.locks.map((lock) => lock.lockId)).toEqual([lockId]);
  });

  it('is missed by name where its worker is gone, and the rest goes on', async () => {
    const missing = { fromMs: MOVED_MS, toMs: MOVED_MS + LAST_MS, reason: 'worker-away', workerId: 'ingest-2' };
    expect(await timeline()).toMatchObject({
      spans: [
        { fromMs: START, toMs: START + LAST_MS },
        { fromMs: BACK_MS, toMs: BACK_MS + LAST_MS },
      ],
      gaps: [missing],
    });
    const after = await play(MOVED_MS + 1000);
    expect([after.status, Number(after.headers.get('x-from-ms'))]).toEqual([200, BACK_MS]);
    const part = await exported(START + 1000, MOVED_MS + 2000);
    expect([part.headers.get('content-type'), part.headers.get('x-missing')]).toEqual(['video/mp4', 'ingest-2']);
    await part.arrayBuffer();
    expect((await exported(MOVED_MS + 500, MOVED_MS + 2000)).status).toBe(503);
    const lock = await lead.json<object>('POST', `${path}/locks`, { fromMs: START, toMs: MOVED_MS, reason: 'case 8' }, 503);
    expect(lock).toEqual({
      code: 'API_RECORDING_AWAY',
      message:
        'the rest is locked; what is not locked of camera "cam-moved" is held by ingest worker "ingest-2", which does not answer: start it, or mend the way to it',
    });
    expect((await timeline()).locks.map(({ reason }) => reason).sort()).toEqual(['case 7', 'case 8']);
  });
});
