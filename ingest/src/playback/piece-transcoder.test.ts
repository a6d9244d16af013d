import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseFragment } from '../mp4/fragment.js';
import { CameraArchive } from '../recorder/camera-archive.js';
import { fragmentedFile } from '../testing/fragmented-file.js';
import { writeRecording } from '../testing/written-recording.js';
import { TranscodeSlots } from '../transcode/transcode-slots.js';
import { type Piece, type PieceWanted, recordedPictures } from './piece.js';
import { PieceTranscoder } from './piece-transcoder.js';

const directory = temporaryDirectory('transcoded-pieces');
const logger = createLogger('test', { write: () => undefined });
const START = Date.UTC(2026, 0, 1, 12);
const AFTER_GAP_MS = 60_000;
const STEP_MS = 100;
const PICTURES = 40;
const [DARKEST, SHADE_STEP, SHADES] = [40, 25, 8];
const waiting = () => new AbortController().signal;

let archive: CameraArchive;
const slots = new TranscodeSlots(1);
const pieces = new PieceTranscoder({ slots, logger, waitMs: 60_000 });

/** H.265 with B-frames, a keyframe every two seconds, each picture a shade of grey that tells it from its neighbours. */
beforeAll(async () => {
  const path = join(directory.path, 'shades.mp4');
  const shade = `geq=lum='${DARKEST}+${SHADE_STEP}*mod(N,${SHADES})':cb=128:cr=128,scale=1280:720:flags=neighbor`;
  const source = `color=black:size=16x16:rate=10:duration=${PICTURES / 10},${shade}`;
  const x265 = 'log-level=error:qp=10:keyint=20:min-keyint=20:bframes=2:open-gop=0';
  const codec = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', x265, '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, path]);
  await writeRecording(directory.path, 'cam1', await fragmentedFile(path), [START, START + AFTER_GAP_MS]);
  archive = new CameraArchive('cam1', join(directory.path, 'recordings', 'cam1'));
  await archive.load();
});
afterEach(() => waitFor(() => pieces.pids.length === 0 && slots.taken === 0));
afterAll(() => {
  pieces.close();
  directory.remove();
});

async function transcoded(changes: Partial<PieceWanted>, by = pieces, signal = waiting()): Promise<Piece> {
  const wanted = { fromMs: START, forMs: 1, beforeMs: Number.POSITIVE_INFINITY, keysOnly: false, ...changes };
  const recorded = await recordedPictures(archive, wanted);
  if (!recorded) throw new Error('nothing is recorded');
  return by.transcoded(recorded, wanted, signal);
}

/** Of each picture its media time, ms since the beginning of the recording, and its shade. */
function shown(piece: Piece): { timesMs: number[]; shades: number[] } {
  const { timescale } = piece.init;
  const { samples } = parseFragment(Buffer.concat(piece.parts.slice(1)), piece.init);
  const path = join(directory.path, 'piece.mp4');
  writeFileSync(path, Buffer.concat(piece.parts));
  const small = ['-v', 'error', '-i', path, '-fps_mode', 'passthrough', '-vf', 'scale=2:2', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'];
  // Of each picture four values of luma and two of colour.
  const lumas = [...execFileSync('ffmpeg', small)].filter((_, index) => index % 6 === 0);
  return {
    timesMs: samples.map(({ ptsTicks }) => Math.round((ptsTicks * 1000) / timescale) - START),
    shades: lumas.map((luma) => Math.round(Math.abs(luma - DARKEST) / SHADE_STEP)),
  };
}

const offsets = ({ fromMs, toMs, nextMs }: Piece) => [fromMs - START, toMs - START, nextMs === null ? null : nextMs - START];
const series = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a recording as H.264', () => {
  const cases = [
    { name: 'begins with the picture that is shown then', wanted: { fromMs: START + 1030 }, expected: [1000, 1900, 2000] },
    { name: 'ends where enough is given, in the middle of a group', wanted: { fromMs: START }, expected: [0, 400, 500] },
    { name: 'keeps groups whole where that is little more', wanted: { fromMs: START + 500, forMs: 1000 }, expected: [500, 1900, 2000] },
    { name: 'goes on over groups', wanted: { fromMs: START + 1500, forMs: 3000 }, expected: [1500, 3900, AFTER_GAP_MS] },
    { name: 'ends where it may not be watched any more', wanted: { beforeMs: START + 300 }, expected: [0, 200, 300] },
    { name: 'begins after a gap', wanted: { fromMs: START + 9000 }, expected: [60_000, 60_400, 60_500] },
    { name: 'ends with the newest picture', wanted: { fromMs: START + 63_900 }, expected: [63_900, 63_900, null] },
  ];
  it.each(cases)('$name', async ({ wanted, expected }) => {
    const piece = await transcoded(wanted);
    expect(offsets(piece)).toEqual(expected);
    const { timesMs, shades } = shown(piece);
    expect(timesMs).toEqual(series((expected[0] ?? 0) / STEP_MS, (expected[1] ?? 0) / STEP_MS).map((index) => index * STEP_MS));
    // What is shown at a time is what was captured then.
    expect(shades).toEqual(timesMs.map((ms) => ((ms % AFTER_GAP_MS) / STEP_MS) % SHADES));
    expect([piece.init.family, piece.init.widthPx, piece.init.heightPx]).toEqual(['h264', 960, 540]);
  });

  it('holds keyframes alone when that is wanted', async () => {
    const piece = await transcoded({ fromMs: START + 700, forMs: 10_000, keysOnly: true });
    expect(offsets(piece)).toEqual([0, 3900, AFTER_GAP_MS]);
    expect(shown(piece)).toEqual({ timesMs: [0, 2000], shades: [0, 20 % SHADES] });
  });

  it('is given up at once when nobody waits for it, and its place goes to the next', async () => {
    const leaving = new AbortController();
    const given = transcoded({ forMs: 4000 }, pieces, leaving.signal).catch((error: unknown) => error);
    await waitFor(() => pieces.pids.length === 1);
    const next = transcoded({});
    leaving.abort();
    expect([await given, offsets(await next)]).toEqual([expect.objectContaining({ code: 'INGEST_TRANSCODE_FAILED' }), [0, 400, 500]]);
  });

  it('is refused when no place becomes free, with what to do about it', async () => {
    const hurried = new PieceTranscoder({ slots, logger, waitMs: 1 });
    const release = slots.take();
    await expect(transcoded({}, hurried)).rejects.toMatchObject({
      ...{ code: 'INGEST_TRANSCODE_EXHAUSTED', httpStatus: 503 },
      message:
        'this worker transcodes at most 1 videos at a time: try again when somebody else has stopped watching, or raise SAFECITY_TRANSCODES',
    });
    release?.();
    expect(hurried.figures).toEqual({ made: 0, refused: 1 });
    const none = new PieceTranscoder({ slots: new TranscodeSlots(0), logger });
    await expect(transcoded({}, none)).rejects.toThrow('this worker does not transcode (SAFECITY_TRANSCODES is 0)');
  });

  it('that is never made ends as a failure', async () => {
    const impatient = new PieceTranscoder({ slots, logger, stuckAfterMs: 0 });
    await expect(transcoded({ forMs: 4000 }, impatient)).rejects.toMatchObject({ code: 'INGEST_TRANSCODE_FAILED', httpStatus: 503 });
    expect(impatient.pids).toEqual([]);
  });
});
