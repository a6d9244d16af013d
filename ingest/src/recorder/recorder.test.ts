import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AlertSpan, RECORDING_DEFAULTS, type Recording } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClipCutter } from '../clips/clip-cutter.js';
import { GopRing } from '../ring/gop-ring.js';
import type { FragmentedFile } from '../testing/fragmented-file.js';
import { generatedStream, PlayedStream } from '../testing/recording.js';
import { CameraArchive } from './camera-archive.js';
import { CameraRecorder } from './camera-recorder.js';
import { applyRetention, DiskRoom } from './disk-room.js';
import type { OpenSegment } from './open-segment.js';
import { Recorder } from './recorder.js';

const directory = temporaryDirectory('recorder');
const logger = createLogger('test', { write: () => undefined });
const START = Date.UTC(2026, 0, 1, 23, 59, 58);
const CONTINUOUS: Recording = { ...RECORDING_DEFAULTS, mode: 'continuous' };
const GB = 1_000_000_000;

let stream: FragmentedFile;
let folder: string;
let count = 0;
let nowMs = START;
let freeBytes = 100 * GB;
const recorders: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  stream = await generatedStream(directory.path, 10);
});
afterAll(() => directory.remove());
beforeEach(() => {
  folder = join(directory.path, `run-${count++}`, 'cam1');
  nowMs = START;
  freeBytes = 100 * GB;
});
afterEach(async () => {
  await Promise.all(recorders.splice(0).map((recorder) => recorder.close()));
});

async function anArchive(at = folder): Promise<CameraArchive> {
  const archive = new CameraArchive('cam1', at);
  await archive.load();
  return archive;
}

function start(archive: CameraArchive, recording: Recording, played: PlayedStream) {
  const disk = new DiskRoom({ freeBytes: async () => freeBytes, archives: () => [archive], logger, nowMs: () => nowMs });
  const limits = { maxMs: 3000, maxBytes: GB };
  const recorder = new CameraRecorder(recording, played.ring, { archive, disk, logger, nowMs: () => nowMs, limits });
  recorders.push(recorder);
  return { recorder, disk };
}

const recordedTo = (archive: CameraArchive) => archive.segments.at(-1)?.toMs ?? 0;
const names = (at = folder) =>
  readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mp4'))
    .sort();

/** Ten seconds of video, recorded and closed. */
async function recorded(at = folder): Promise<CameraArchive> {
  const archive = await anArchive(at);
  const played = new PlayedStream(stream);
  const { recorder } = start(archive, CONTINUOUS, played);
  const last = played.play(START).at(-1);
  await waitFor(() => recordedTo(archive) === last?.lastCaptureMs);
  await recorder.close();
  return archive;
}

describe('segments', () => {
  it('are stream copies by day that begin at a keyframe and play as they are', async () => {
    const archive = await recorded();
    expect(archive.segments.map(({ fromMs }) => fromMs - START)).toEqual([0, 3000, 6000, 9000]);
    expect(names().map((name) => dirname(name))).toEqual(['2026-01-01', '2026-01-02', '2026-01-02', '2026-01-02']);
    for (const { path, bytes } of archive.segments) {
      expect(statSync(path).size).toBe(bytes);
      const shown = execFileSync('ffmpeg', ['-v', 'warning', '-i', path, '-f', 'null', '-'], { encoding: 'utf8', stdio: 'pipe' });
      expect(shown).toBe('');
    }
    const fragments = await archive.fragments(START, START + 10_000);
    expect(fragments.map(({ media }) => media.data.length)).toEqual(stream.fragments.map(({ data }) => data.length));
  });

  it('come back from their names, and one cut off by a crash up to its last whole fragment', async () => {
    const archive = await recorded();
    const [first, second] = archive.segments;
    const crashed = `${folder}-crashed`;
    mkdirSync(join(crashed, '2026-01-01'), { recursive: true });
    mkdirSync(join(crashed, '2026-01-02'));
    copyFileSync(first?.path ?? '', join(crashed, '2026-01-01', first?.path.split('/').at(-1) ?? ''));
    const partial = join(crashed, '2026-01-02', `${second?.fromMs}.part.mp4`);
    copyFileSync(second?.path ?? '', partial);
    truncateSync(partial, (second?.bytes ?? 0) - 300);
    writeFileSync(join(crashed, '2026-01-02', '5.part.mp4'), 'torn');
    const found = await anArchive(crashed);
    expect(found.segments[0]).toMatchObject({ fromMs: first?.fromMs, toMs: first?.toMs, bytes: first?.bytes });
    const back = found.segments[1];
    expect(found.segments.length).toBe(2);
    expect(back?.fromMs).toBe(second?.fromMs);
    expect(back?.toMs).toBeLessThan(second?.toMs ?? 0);
    expect(back?.toMs).toBeGreaterThanOrEqual((second?.toMs ?? 0) - 400);
    expect(statSync(back?.path ?? '').size).toBe(back?.bytes);
    expect((await found.read(back as NonNullable<typeof back>))?.fragments.length).toBeGreaterThan(5);
    expect(names(crashed).filter((name) => name.includes('part'))).toEqual([]);
  });

  it('list what is missing with its reason, also when ingest was away', async () => {
    const archive = await recorded();
    const again = await anArchive();
    const played = new PlayedStream(stream);
    const { recorder } = start(again, CONTINUOUS, played);
    played.play(START + 60_000);
    const last = played.play(START + 75_000).at(-1);
    await waitFor(() => recordedTo(again) === last?.lastCaptureMs);
    expect(again.timeline(START, START + 100_000)).toMatchObject({
      spans: [
        { fromMs: START, toMs: START + 9900 },
        { fromMs: START + 60_000, toMs: START + 69_900 },
        { fromMs: START + 75_000, toMs: START + 84_900 },
      ],
      gaps: [
        { fromMs: START + 9900, toMs: START + 60_000, reason: 'not-running' },
        { fromMs: START + 69_900, toMs: START + 75_000, reason: 'no-picture' },
      ],
    });
    expect(recorder.openGap(START + 86_000)).toBeNull();
    expect(recorder.openGap(START + 90_000)).toEqual({ fromMs: START + 84_900, toMs: START + 90_000, reason: 'no-picture' });
    expect(archive.segments.length).toBe(4);
    await recorder.close();
    expect((await anArchive()).timeline(START, START + 100_000).gaps.length).toBe(2);
  });
});

describe('recording on alert', () => {
  const alert = (changes: Partial<AlertSpan>): AlertSpan => ({
    ...{ alertId: 'a', phase: 'opened', cameraId: 'cam1', startMs: START + 4500, updatedMs: START + 4500 },
    ...changes,
  });

  it('keeps the pre-roll from memory, the alert and the post-roll, and nothing else', async () => {
    const archive = await anArchive();
    const played = new PlayedStream(stream);
    const { recorder } = start(archive, { ...CONTINUOUS, mode: 'on-alert', preRollS: 2, postRollS: 5 }, played);
    played.play(START);
    expect([archive.segments.length, recorder.status?.state]).toEqual([0, 'waiting']);
    recorder.alert(alert({}));
    await waitFor(() => recordedTo(archive) === START + 9900);
    expect(recorder.status?.state).toBe('recording');
    recorder.alert(alert({ phase: 'closed', endMs: START + 7500, updatedMs: START + 7500 }));
    played.play(START + 10_000);
    await waitFor(() => recorder.status?.state === 'waiting');
    const { spans, gaps } = archive.timeline(START, START + 60_000);
    expect(gaps).toEqual([]);
    expect(spans).toEqual([{ fromMs: START + 2000, toMs: START + 12_900 }]);
    await waitFor(() => archive.segments.every(({ open }) => !open));
  });
});

describe('clips from the recording', () => {
  it('go back beyond what the ring holds, and join both without a seam', async () => {
    const archive = await recorded();
    const cutter = new ClipCutter((_id, fromMs, toMs) => archive.fragments(fromMs, toMs));
    const wanted = { fromMs: START + 1500, toMs: START + 8000 };
    const forgotten = await cutter.cut('cam1', new GopRing(), wanted);
    expect([forgotten.fromMs - START, forgotten.gaps]).toEqual([1000, []]);
    const tail = new GopRing({ maxSeconds: 4, maxBytes: GB });
    const { init, fragments } = stream;
    for (const media of fragments)
      tail.append({
        epoch: 1,
        init,
        media,
        captureTimesMs: media.samples.map(({ ptsTicks }) => Math.round(START + (ptsTicks * 1000) / init.timescale)),
      });
    expect(tail.oldest?.firstCaptureMs).toBeGreaterThan(START + 4000);
    const joined = await cutter.cut('cam1', tail, wanted);
    expect([joined.fromMs, joined.toMs, joined.gaps]).toEqual([forgotten.fromMs, forgotten.toMs, []]);
    const path = join(directory.path, 'joined.mp4');
    writeFileSync(path, Buffer.concat(joined.parts));
    const pictures = execFileSync('ffprobe', [
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      'stream=nb_read_frames',
      '-of',
      'csv=p=0',
      path,
    ]);
    expect(Number(pictures.toString())).toBe((joined.toMs - joined.fromMs) / 100 + 1);
  });
});

describe('what is deleted', () => {
  it('goes by age and by bytes, oldest first, and never what is locked', async () => {
    const archive = await recorded();
    const first = archive.segments[0]?.path ?? '';
    const wanted = { fromMs: START + 100, toMs: START + 200, owner: 'an', reason: 'case 7' };
    const lock = await archive.lock(wanted, START);
    expect(await archive.lock({ ...wanted, reason: 'again' }, START + 5)).toEqual(lock);
    const size = archive.segments.at(-1)?.bytes ?? 0;
    await applyRetention(archive, { retentionDays: 1, maxBytes: GB }, START + 86_400_000 + 6500);
    expect(archive.segments.map(({ fromMs }) => fromMs - START)).toEqual([0, 6000, 9000]);
    await applyRetention(archive, { retentionDays: 1, maxBytes: size + (archive.segments[0]?.bytes ?? 0) }, START);
    expect(archive.segments.map(({ fromMs }) => fromMs - START)).toEqual([0, 9000]);
    const again = await anArchive();
    expect(again.timeline(START, START + 10_000).locks).toEqual([lock]);
    await again.unlock(lock.lockId);
    await again.unlock(lock.lockId);
    await applyRetention(again, { retentionDays: 1, maxBytes: 1 }, START);
    expect([again.segments.length, names()]).toEqual([0, []]);
    expect(() => readFileSync(first)).toThrow('ENOENT');
  });
});

describe('a full disk', () => {
  it('costs the oldest recordings first, then stops recording until there is room', async () => {
    const archive = await recorded();
    await archive.lock({ fromMs: START, toMs: START + 100, owner: 'an', reason: 'case 7' }, START);
    const played = new PlayedStream(stream);
    freeBytes = GB / 2;
    const { recorder, disk } = start(archive, CONTINUOUS, played);
    played.play(START + 20_000);
    await waitFor(() => recorder.status?.state === 'stopped');
    expect(recorder.status?.problem?.code).toBe('INGEST_RECORDING_DISK_FULL');
    expect(archive.segments.map(({ fromMs }) => fromMs - START)).toEqual([0]);
    freeBytes = 1.2 * GB;
    await disk.check();
    recorder.tend();
    expect(recorder.status?.state).toBe('stopped');
    freeBytes = 2 * GB;
    await disk.check();
    recorder.tend();
    const last = played.play(START + 40_000).at(-1);
    await waitFor(() => recordedTo(archive) === last?.lastCaptureMs);
    expect(recorder.status).toMatchObject({ state: 'recording' });
    expect(archive.timeline(START, START + 60_000).gaps[0]).toMatchObject({ fromMs: START + 9900, reason: 'disk-full' });
  });

  it('that says so in the middle of a write loses an old segment, not the picture', async () => {
    const archive = await recorded();
    const oldest = archive.segments[0]?.path ?? '';
    const open = archive.open.bind(archive);
    let refusals = 1;
    vi.spyOn(archive, 'open').mockImplementation(async (first): Promise<OpenSegment> => {
      const segment = await open(first);
      const append = segment.append.bind(segment);
      segment.append = async (fragment) => {
        if (refusals-- > 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        await append(fragment);
      };
      return segment;
    });
    const played = new PlayedStream(stream);
    start(archive, CONTINUOUS, played);
    const fragments = played.play(START + 20_000);
    await waitFor(() => recordedTo(archive) === fragments.at(-1)?.lastCaptureMs);
    expect(() => readFileSync(oldest)).toThrow('ENOENT');
    expect((await archive.fragments(START + 20_000, START + 40_000)).length).toBe(fragments.length);
  });
});

describe('the recorder of a worker', () => {
  it('leaves a camera whose folder cannot be read to itself', async () => {
    const root = dirname(folder);
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'broken'), 'a file where a folder belongs');
    await recorded(join(root, 'cam1'));
    const recorder = new Recorder({ folder: root, logger, freeBytes: async () => freeBytes, nowMs: () => nowMs });
    recorders.push(recorder);
    await recorder.start();
    expect(recorder.archiveOf('broken')).toBeNull();
    expect(recorder.timeline('cam1', START, START + 5000).spans).toEqual([{ fromMs: START, toMs: START + 5000 }]);
    expect(recorder.timeline('unknown', START, START + 5000).spans).toEqual([]);
  });
});
