import { parseWith, type RecordingLock, RecordingLockWanted, type RecordingTimeline, SafecityError } from '@safecity/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ClipCutter } from '../clips/clip-cutter.js';
import { fromKeyframe } from '../clips/span.js';
import type { CameraArchive } from '../recorder/camera-archive.js';
import type { GopRing } from '../ring/gop-ring.js';
import { number, requireToken } from './checks.js';

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
  /** @throws SafecityError when the worker does not hold the camera */
  ringOf(cameraId: string): GopRing;
}

type CameraCall = FastifyRequest<{ Params: { id: string }; Querystring: { fromMs?: string; toMs?: string } }>;

const EPOCH = { min: 0, max: 8.64e15 };
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
  throw new SafecityError('INGEST_CLIP_UNAVAILABLE', `camera "${cameraId}" was never recorded`, { httpStatus: 404 });
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
  const clip = await options.clips.cut(id, options.ringOf(id), range);
  return reply
    .type('video/mp4')
    .headers({ 'cache-control': 'no-store', 'x-from-ms': clip.fromMs, 'x-to-ms': clip.toMs, 'x-sha256': clip.sha256 })
    .send(Buffer.concat(clip.parts));
}

/** From the keyframe at or before `fromMs` to the end of its segment; `x-next-ms` is where to go on. */
async function fragments(options: RecordingRoutesOptions, call: CameraCall, reply: FastifyReply) {
  const archive = archiveOf(options, call.params.id);
  const fromMs = epochMs(call.query.fromMs, 'fromMs');
  const segment = archive.segmentAt(fromMs);
  const found = segment ? fromKeyframe((await archive.read(segment))?.fragments ?? [], fromMs) : [];
  const [first] = found;
  if (!first)
    throw new SafecityError('INGEST_CLIP_UNAVAILABLE', `nothing is recorded from ${new Date(fromMs).toISOString()} on`, {
      httpStatus: 404,
    });
  const times = found.flatMap(({ captureTimesMs }) => captureTimesMs);
  const toMs = times.reduce((most, ms) => Math.max(most, ms));
  return reply
    .type('video/mp4')
    .headers({
      'cache-control': 'no-store',
      'x-codec': first.init.codec,
      'x-from-ms': times.reduce((least, ms) => Math.min(least, ms)),
      'x-to-ms': toMs,
      'x-next-ms': toMs + 1,
    })
    .send(Buffer.concat([first.init.data, ...found.map(({ media }) => media.data)]));
}

/** Timeline, video and locks of recordings. Every route needs an internal token of the scope `recording:<id>`. */
export function recordingRoutes(app: FastifyInstance, options: RecordingRoutesOptions): void {
  const preValidation = async (request: FastifyRequest) => {
    const { id } = request.params as { id: string };
    requireToken(request, options.key, `recording:${id}`);
    options.ringOf(id);
  };
  const path = '/cameras/:id/recording';
  app.get(`${path}/timeline`, { preValidation }, async (request) => {
    const call = request as CameraCall;
    const { fromMs, toMs } = rangeOf(call);
    return options.recorder.timeline(call.params.id, fromMs, toMs);
  });
  app.get(`${path}/span`, { preValidation }, (request, reply) => span(options, request as CameraCall, reply));
  app.get(`${path}/fragments`, { preValidation }, (request, reply) => fragments(options, request as CameraCall, reply));
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
