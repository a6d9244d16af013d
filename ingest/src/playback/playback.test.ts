import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDING_DEFAULTS } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFragment } from '../mp4/fragment.js';
import { CameraArchive } from '../recorder/camera-archive.js';
import { CameraRecorder } from '../recorder/camera-recorder.js';
import { DiskRoom } from '../recorder/disk-room.js';
import { readIndex } from '../recorder/group-index.js';
import { readSegment } from '../recorder/segment-file.js';
import { generatedStream, PlayedStream } from '../testing/recording.js';
import { motionOf } from './motion.js';
import { copiedPiece, type Piece, type PieceWanted, recordedPictures } from './piece.js';

const directory = temporaryDirectory('playback');
const logger = createLogger('test', { write: () => undefined });
const START = Date.UTC(2026, 0, 1, 12);
const SECOND_MS = START + 60_000;

let folder: string;
let archive: CameraArchive;
let recorder: CameraRecorder;

/** Ten seconds, a gap of fifty, ten seconds that are still being recorded: keyframes each second, segments of three. */
beforeAll(async () => {
  folder = join(directory.path, 'cam1');
  archive = new CameraArchive('cam1', folder);
  await archive.load();
  const played = new PlayedStream(await generatedStream(directory.path, 10));
  const disk = new DiskRoom({ freeBytes: async () => 1e12, archives: () => [archive], logger, nowMs: () => START });
  const limits = { maxMs: 3000, maxBytes: 1e9 };
  recorder = new CameraRecorder({ ...RECORDING_DEFAULTS, mode: 'continuous' }, played.ring, {
    ...{ archive, disk, logger, nowMs: () => START, limits },
  });
  played.play(START);
  const last = played.play(SECOND_MS).at(-1);
  await waitFor(() => archive.segments.at(-1)?.toMs === last?.lastCaptureMs);
});
afterAll(async () => {
  await recorder?.close();
  directory.remove();
});

const play = async (changes: Partial<PieceWanted>, from = archive) => {
  const wanted = { fromMs: START, forMs: 1000, beforeMs: Number.POSITIVE_INFINITY, keysOnly: false, ...changes };
  const found = await recordedPictures(from, wanted);
  return found && copiedPiece(found);
};

/** When its last picture ends, as its own boxes say. */
function endMsOf(piece: Piece | null): number {
  if (!piece) return Number.NaN;
  const last = parseFragment(Buffer.concat(piece.parts.slice(1)), piece.init).samples.at(-1);
  return Math.round((((last?.dtsTicks ?? 0) + (last?.durationTicks ?? 0)) * 1000) / piece.init.timescale) - START;
}

function probed(piece: Piece | null, name: string) {
  const path = join(directory.path, `${name}.mp4`);
  writeFileSync(path, Buffer.concat(piece?.parts ?? []));
  const arguments_ = ['-v', 'error', '-show_entries', 'packet=pts_time,flags', '-of', 'json', path];
  const { packets } = JSON.parse(execFileSync('ffprobe', arguments_, { encoding: 'utf8' })) as {
    packets: { pts_time: string; flags: string }[];
  };
  const complaints = execFileSync('ffmpeg', ['-v', 'warning', '-copyts', '-i', path, '-f', 'null', '-'], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return { complaints, packets, timesMs: packets.map(({ pts_time }) => Math.round(Number(pts_time) * 1000) - START) };
}

describe('a piece of a recording', () => {
  const cases = [
    { name: 'inside a group, from its keyframe', fromMs: START + 1500, expected: [1000, 2900, 3000] },
    { name: 'before the first picture', fromMs: START - 5000, expected: [0, 900, 1000] },
    { name: 'at a keyframe', fromMs: START + 2000, expected: [2000, 2900, 3000] },
    { name: 'at the last group of a stretch', fromMs: START + 9500, expected: [9000, 9900, 60_000] },
    { name: 'in a gap', fromMs: START + 30_000, expected: [60_000, 60_900, 61_000] },
    { name: 'in the segment that is being written', fromMs: START + 69_500, expected: [69_000, 69_900, null] },
  ];
  it.each(cases)('$name', async ({ name, fromMs, expected }) => {
    const piece = await play({ fromMs });
    expect([piece?.fromMs, piece?.toMs, piece?.nextMs].map((ms) => (typeof ms === 'number' ? ms - START : ms))).toEqual(expected);
    const { complaints, timesMs, packets } = probed(piece, name.replaceAll(' ', '-'));
    expect(complaints).toBe('');
    expect([timesMs[0], timesMs.at(-1)]).toEqual([expected[0], expected[1]]);
    expect(packets[0]?.flags).toContain('K');
  });

  it('is nothing beyond the newest picture', async () => {
    expect(await play({ fromMs: START + 70_000 })).toBeNull();
  });

  it('goes on without a seam where the one before ended, over segments too', async () => {
    let fromMs: number | null = START;
    const ends: number[] = [];
    const times: number[] = [];
    for (let count = 0; fromMs !== null && fromMs < SECOND_MS; count++) {
      const piece: Piece | null = await play({ fromMs, forMs: 2000 });
      ends.push(endMsOf(piece));
      times.push(...probed(piece, `joined-${count}`).timesMs);
      fromMs = piece?.nextMs ?? null;
    }
    expect(times).toEqual(Array.from({ length: 100 }, (_, index) => index * 100));
    // Before the gap a picture stands for its own time only.
    expect(ends).toEqual([2000, 3000, 5000, 6000, 8000, 9000, 10_000]);
  });

  it('holds keyframes alone when that is wanted, each until the next', async () => {
    const piece = await play({ fromMs: START + 3000, forMs: 60_000, keysOnly: true });
    const { timesMs, complaints } = probed(piece, 'keys');
    expect([timesMs, complaints]).toEqual([[3000, 4000, 5000], '']);
    expect([endMsOf(piece), piece?.toMs, piece?.nextMs]).toEqual([6000, START + 5900, START + 6000]);
  });

  it('holds no group that begins at or after the end', async () => {
    const piece = await play({ fromMs: START, forMs: 10_000, beforeMs: START + 2000 });
    expect([piece?.fromMs, piece?.toMs]).toEqual([START, START + 1900]);
    expect(await play({ fromMs: START + 3000, beforeMs: START + 2000 })).toBeNull();
  });
});

describe('the index of a segment', () => {
  it('ends the file, tells what reading all of it tells, and is not missed', async () => {
    const segment = archive.segments[0] as (typeof archive.segments)[number];
    const bytes = readFileSync(segment.path);
    const groups = readIndex(bytes);
    const read = readSegment(bytes);
    expect(groups?.map(({ fromMs }) => fromMs - START)).toEqual([0, 1000, 2000]);
    expect(groups?.map(({ activity }) => Math.fround(activity ?? -1))).toEqual(
      read?.groups.map(({ activity }) => Math.fround(activity ?? -1)),
    );
    expect(groups?.map(({ activity: _, ...place }) => place)).toEqual(read?.groups.map(({ activity: _, ...place }) => place));
    const complaints = execFileSync('ffmpeg', ['-v', 'warning', '-i', segment.path, '-f', 'null', '-'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(complaints).toBe('');
    const older = join(directory.path, 'older', '2026-01-01', `${segment.fromMs}-${segment.toMs}-${read?.wholeBytes}.mp4`);
    execFileSync('mkdir', ['-p', join(older, '..')]);
    writeFileSync(older, bytes.subarray(0, read?.wholeBytes));
    const without = new CameraArchive('cam1', join(directory.path, 'older'));
    await without.load();
    expect(probed(await play({ fromMs: START + 1500 }, without), 'older').timesMs[0]).toBe(1000);
    expect((await motionOf(without, { fromMs: START, toMs: START + 3000 }, 3)).values).toEqual([null, null, null]);
  });

  it('is written anew for a segment that a crash cut off', async () => {
    const segment = archive.segments[1] as (typeof archive.segments)[number];
    const partial = join(directory.path, 'cut', '2026-01-01', `${segment.fromMs}.part.mp4`);
    execFileSync('mkdir', ['-p', join(partial, '..')]);
    writeFileSync(partial, readFileSync(segment.path));
    truncateSync(partial, segment.bytes - 300);
    const cut = new CameraArchive('cam1', join(directory.path, 'cut'));
    await cut.load();
    const [back] = cut.segments;
    expect(statSync(back?.path ?? '').size).toBe(back?.bytes);
    expect(readIndex(readFileSync(back?.path ?? ''))?.map(({ fromMs }) => fromMs - START)).toEqual([3000, 4000, 5000]);
    expect(readdirSync(join(directory.path, 'cut', '2026-01-01')).some((name) => name.includes('part'))).toBe(false);
  });
});

describe('motion', () => {
  it('is known where something is recorded, in the steps asked for', async () => {
    const { stepMs, values } = await motionOf(archive, { fromMs: START, toMs: START + 80_000 }, 8);
    expect(stepMs).toBe(10_000);
    expect(values.map((value) => value !== null && value > 0 && value <= 1)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    const whole = await motionOf(archive, { fromMs: START, toMs: START + 80_000 }, 2);
    expect(whole.values[0]).toBeCloseTo(Math.max(...values.slice(0, 1).map(Number)), 4);
  });
});

describe('after a restart', () => {
  it('what moved is learnt newest first, some at a time', async () => {
    const copy = join(directory.path, 'restarted');
    cpSync(folder, copy, { recursive: true, filter: (path) => !path.includes('.part.') });
    const again = new CameraArchive('cam1', copy);
    await again.load();
    const known = () => again.segments.filter(({ activity }) => typeof activity === 'number').map(({ fromMs }) => fromMs - START);
    const newest = again.segments.at(-1)?.fromMs ?? 0;
    expect([await again.learnActivity(1), known()]).toEqual([1, [newest - START]]);
    expect(await again.learnActivity(100)).toBe(again.segments.length - 1);
    expect([known().length, await again.learnActivity(100)]).toEqual([again.segments.length, 0]);
  });
});

describe('a lock with an end', () => {
  it('keeps a stretch until then', async () => {
    let nowMs = START;
    const locked = new CameraArchive('cam1', join(directory.path, 'locked'), () => nowMs);
    await locked.load();
    const range = { fromMs: START, toMs: START + 1000 };
    const lock = await locked.lock({ ...range, owner: 'an', reason: 'case 7', untilMs: START + 5000 }, nowMs);
    expect(lock.untilMs).toBe(START + 5000);
    expect(locked.isLocked(range)).toBe(true);
    expect(locked.timeline(START, START + 1).locks).toEqual([lock]);
    nowMs = START + 5000;
    expect(locked.isLocked(range)).toBe(false);
    expect(locked.timeline(START, START + 1).locks).toEqual([]);
  });
});
