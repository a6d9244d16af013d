import { parseWith, type RecordingLock, RecordingLockWanted, type RecordingTimeline, SafecityError } from '@safecity/contracts';
import { departureOf } from '@safecity/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ClipCutter } from '../clips/clip-cutter.js';
import { motionOf } from '../playback/motion.js';
import { copiedPiece, recordedPictures } from '../playback/piece.js';
import type { PieceTranscoder } from '../playback/piece-transcoder.js';
import type { CameraArchive } from '../recorder/camera-archive.js';
import { GopRing } from '../ring/gop-ring.js';
import { number, requireToken, unknownCamera } from './checks.js';

/** The recordings as the internal HTTP sees them. */
export interface ServedRecorder {
  timeline(cameraId: string, fromMs: number, toMs: number): RecordingTimeline;
  /** Null when the camera was never recorded. */
  archiveOf(cameraId: string): CameraArchive | null;
}

export interface RecordingRoutesOptions {
  key: Buffer;
  recorder: ServedRecorder;
  clips: Pick<ClipCutter, 'cut'>;
  /** For who cannot play what is recorded. */
  pieces: Pick<PieceTranscoder, 'transcoded'>;
  /** Null when the worker does not hold the camera now. */
  ringOf(cameraId: string): GopRing | null;
  /** The camera has privacy masks: nothing without them is shown. */
  isMasked(cameraId: string): boolean;
}

type CameraCall = FastifyRequest<{
  Params: { id: string };
  Querystring: { fromMs?: string; toMs?: string; motionSteps?: string; masked?: string };
}>;
type PlayCall = FastifyRequest<{
  Params: { id: string };
  Querystring: { fromMs?: string; forMs?: string; beforeMs?: string; pictures?: string; plays?: string; masked?: string };
}>;

const EPOCH = { min: 0, max: 8.64e15 };
const PIECE = { min: 1, max: 600_000 };
const DEFAULT_PIECE_MS = 10_000;
const STEPS = { min: 1, max: 2000 };
/** A span is put together in memory; a longer one is fetched in pieces. */
const MAX_SPAN_BYTES = 512 * 1024 * 1024;

function epochMs(text: string | undefined, name: string): number {
  const value = number(text, name, EPOCH);
  if (value === null) throw new SafecityError('CONTRACTS_INVALID', `${name} is missing: give epoch milliseconds`, { httpStatus: 400 });
  return value;
}

function rangeOf({ query }: CameraCall): { fromMs: number; toMs: number } {
  const range = { fromMs: epochMs(query.fromMs, 'fromMs'), toMs: epochMs(query.toMs, 'toMs') };
  if (range.toMs > range.fromMs) return range;
  throw new SafecityError('CONTRACTS_INVALID', 'toMs must be later than fromMs', { httpStatus: 400 });
}

function archiveOf({ recorder }: RecordingRoutesOptions, cameraId: string): CameraArchive {
  const archive = recorder.archiveOf(cameraId);
  if (archive) return archive;
  throw unavailable(`camera "${cameraId}" was never recorded`);
}

function unavailable(message: string): SafecityError {
  return new SafecityError('INGEST_CLIP_UNAVAILABLE', message, { httpStatus: 404 });
}

/** One of the words allowed, the first when it was left out. @throws SafecityError `CONTRACTS_INVALID` (400) */
function oneOf<Word extends string>(text: string | undefined, name: string, words: readonly [Word, Word]): Word {
  const found = text === undefined ? words[0] : words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new SafecityError('CONTRACTS_INVALID', `${name} must be ${words.join(' or ')}; got "${text?.slice(0, 40)}"`, { httpStatus: 400 });
}

const unmasked = (ms: number) => unavailable(`what was recorded at ${new Date(ms).toISOString()} has no privacy mask yet and is not shown`);

/** Who asks knows of masks too: a worker that does not hold the camera has not heard of them. */
function mustBeMasked(options: RecordingRoutesOptions, { params, query }: CameraCall | PlayCall): boolean {
  return options.isMasked(params.id) || oneOf(query.masked, 'masked', ['no', 'yes']) === 'yes';
}

async function timeline(options: RecordingRoutesOptions, call: CameraCall): Promise<RecordingTimeline> {
  const { id } = call.params;
  const { fromMs, toMs } = rangeOf(call);
  const found = options.recorder.timeline(id, fromMs, toMs);
  const steps = number(call.query.motionSteps, 'motionSteps', STEPS);
  const archive = options.recorder.archiveOf(id);
  if (steps === null || !archive) return found;
  return { ...found, motion: await motionOf(archive, { fromMs, toMs }, Math.round(steps)) };
}

async function span(options: RecordingRoutesOptions, call: CameraCall, reply: FastifyReply) {
  const { id } = call.params;
  const range = rangeOf(call);
  const sizeBytes = options.recorder.archiveOf(id)?.bytesIn(range.fromMs, range.toMs) ?? 0;
  if (sizeBytes > MAX_SPAN_BYTES)
    throw new SafecityError(
      'INGEST_CLIP_UNAVAILABLE',
      `that span has ${sizeBytes} bytes, at most ${MAX_SPAN_BYTES} at once: ask for less`,
      {
        httpStatus: 413,
      },
    );
  // A camera that another worker holds now has no ring here.
  const clip = await options.clips.cut(id, options.ringOf(id) ?? new GopRing(), range);
  if (mustBeMasked(options, call) && !clip.masked) throw unmasked(clip.fromMs);
  return reply
    .type('video/mp4')
    .headers({ 'cache-control': 'no-store', 'x-from-ms': clip.fromMs, 'x-to-ms': clip.toMs, 'x-sha256': clip.sha256 })
    .send(Buffer.concat(clip.parts));
}

const sizeOf = ({ widthPx, heightPx }: { widthPx: number; heightPx: number }) => `${widthPx}x${heightPx}`;

/**
 * What is played from `fromMs` on; `x-next-ms`, left out where nothing more is recorded yet, is where to go on. To who plays
 * H.264 only, what was recorded in H.265 goes encoded anew; `x-recorded-codec` and `x-recorded-size` say what it was.
 */
async function play(options: RecordingRoutesOptions, call: PlayCall, reply: FastifyReply) {
  const { id } = call.params;
  const archive = archiveOf(options, id);
  const fromMs = epochMs(call.query.fromMs, 'fromMs');
  const forMs = number(call.query.forMs, 'forMs', PIECE) ?? DEFAULT_PIECE_MS;
  const beforeMs = number(call.query.beforeMs, 'beforeMs', EPOCH) ?? Number.POSITIVE_INFINITY;
  const keysOnly = oneOf(call.query.pictures, 'pictures', ['all', 'keyframes']) === 'keyframes';
  const plays = oneOf(call.query.plays, 'plays', ['recorded', 'h264']);
  const wanted = { fromMs, forMs, beforeMs, keysOnly };
  const recorded = await recordedPictures(archive, wanted);
  if (!recorded) throw unavailable(`nothing is recorded from ${new Date(fromMs).toISOString()} on`);
  const { init } = recorded.fragments[0] as (typeof recorded.fragments)[number];
  if (mustBeMasked(options, call) && !init.masked) throw unmasked(recorded.fromMs);
  const isCopied = plays === 'recorded' || init.family === 'h264';
  const piece = isCopied ? copiedPiece(recorded) : await options.pieces.transcoded(recorded, wanted, departureOf(reply.raw));
  return reply
    .type('video/mp4')
    .headers({
      ...{ 'cache-control': 'no-store', 'x-codec': piece.init.codec, 'x-from-ms': piece.fromMs, 'x-to-ms': piece.toMs },
      ...(isCopied ? {} : { 'x-size': sizeOf(piece.init), 'x-recorded-codec': init.codec, 'x-recorded-size': sizeOf(init) }),
      ...(piece.nextMs === null ? {} : { 'x-next-ms': piece.nextMs }),
    })
    .send(Buffer.concat(piece.parts));
}

/** Timeline, video and locks of recordings, also of cameras that another worker holds now. Every route needs an internal token of the scope `recording:<id>`. */
export function recordingRoutes(app: FastifyInstance, options: RecordingRoutesOptions): void {
  const preValidation = async (request: FastifyRequest) => {
    const { id } = request.params as { id: string };
    requireToken(request, options.key, `recording:${id}`);
    if (options.ringOf(id) === null && options.recorder.archiveOf(id) === null) throw unknownCamera(id);
  };
  const path = '/cameras/:id/recording';
  app.get(`${path}/timeline`, { preValidation }, (request) => timeline(options, request as CameraCall));
  app.get(`${path}/next`, { preValidation }, async (request) => {
    const { params, query } = request as CameraCall;
    return { stretch: options.recorder.archiveOf(params.id)?.stretchAt(epochMs(query.fromMs, 'fromMs')) ?? null };
  });
  app.get(`${path}/span`, { preValidation }, (request, reply) => span(options, request as CameraCall, reply));
  app.get(`${path}/play`, { preValidation }, (request, reply) => play(options, request as PlayCall, reply));
  app.post(`${path}/locks`, { preValidation }, async (request): Promise<RecordingLock> => {
    const { id } = request.params as { id: string };
    const wanted = parseWith(RecordingLockWanted, request.body, 'lock');
    if (wanted.toMs < wanted.fromMs)
      throw new SafecityError('CONTRACTS_INVALID', 'toMs must not be earlier than fromMs', { httpStatus: 400 });
    return archiveOf(options, id).lock(wanted, Date.now());
  });
  app.delete(`${path}/locks/:lockId`, { preValidation }, async (request, reply) => {
    const { id, lockId } = request.params as { id: string; lockId: string };
    await options.recorder.archiveOf(id)?.unlock(lockId);
    return reply.code(204).send();
  });
}
