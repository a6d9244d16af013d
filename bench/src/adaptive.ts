import { type Box, buckets, CameraStatus, DetectionsFrame, matches, parseCamera, subjects, TracksFrame } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, type Logger } from '@safecity/platform';
import type { MeasuredService } from './pipeline.js';
import { cpuByStage, cpuOfDecoders } from './process-cpu.js';
import { median } from './statistics.js';

const MODES = ['always', 'adaptive'] as const;
type Mode = (typeof MODES)[number];

export interface AdaptiveBenchOptions {
  modelId: string;
  fps: number;
  /** Measured time after both cameras run, s. */
  seconds: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
}

/** What one mode cost and gave on one clip. */
export interface ModeFigures {
  /** Confirmed tracks that rules published. */
  tracks: number;
  /** CPU s per camera-second of decoding, and of inference by its share of the frames. */
  decode: number;
  inference: number;
  achievedFps: number;
  decoderStarts: number;
}

export interface AdaptiveBenchResult {
  clip: string;
  seconds: number;
  modes: Record<Mode, ModeFigures>;
  /** Tracks of full-time decoding that adaptive decoding has as well, at the same time and place. */
  foundAgain: number;
  /** CPU of decoding and inference, adaptive over always. */
  costRatio: number;
  /** Share of the status reports in which the adaptive camera was idle. */
  idleShare: number;
  /** CPU s per camera-second of receiving and of ingest's own process; the mean of both cameras, which share the process. */
  receiving: number;
}

interface Sighting {
  atMs: number;
  box: Box;
}

/** Everything the service says of the cameras under measurement. */
class Listener {
  readonly tracks = new Map<string, Map<string, Sighting[]>>();
  readonly frames = new Map<string, { capturedAtMs: number; publishedAtMs: number; discontinuity?: string }[]>();
  readonly statuses = new Map<string, CameraStatus[]>();
  readonly #subscriptions: { unsubscribe(): void }[];

  constructor(bus: Bus) {
    const listen = (subject: string, take: (value: unknown) => void) =>
      bus.nc.subscribe(subject, { callback: (_error, message) => take(JSON.parse(new TextDecoder().decode(message.data))) });
    this.#subscriptions = [
      listen(subjects.allTracks, (value) => {
        if (!matches(TracksFrame, value)) return;
        const known = entry(this.tracks, value.cameraId, () => new Map<string, Sighting[]>());
        for (const { id, box } of value.tracks) entry(known, id, () => []).push({ atMs: value.capturedAtMs, box });
      }),
      listen(subjects.allCameraStatus, (value) => {
        if (matches(CameraStatus, value)) entry(this.statuses, value.cameraId, () => []).push(value);
      }),
      listen('detections.frame.v1.>', (value) => {
        if (!matches(DetectionsFrame, value)) return;
        const { cameraId, capturedAtMs, discontinuity } = value;
        entry(this.frames, cameraId, () => []).push({
          capturedAtMs,
          publishedAtMs: Date.now(),
          ...(discontinuity ? { discontinuity } : {}),
        });
      }),
    ];
  }

  framesOf(cameraId: string) {
    return this.frames.get(cameraId) ?? [];
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(isTrue: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`${what}: nothing within ${limitMs / 1000} s, look at the log of ingest`);
    await pause(100);
  }
}

function camera(id: string, url: string, decode: Mode, { modelId, fps }: AdaptiveBenchOptions) {
  return parseCamera({ id, name: id, simulated: true, source: { url }, detection: { modelId, targetFps: fps, minScore: 0.35, decode } });
}

/** A running service, listened to; ends all of it afterwards. */
async function withService<T>(
  options: AdaptiveBenchOptions,
  clips: Record<string, ClipFile>,
  run: (parts: { service: MeasuredService; listener: Listener; put(path: string, decode: Mode): Promise<void> }) => Promise<T>,
): Promise<T> {
  const simulator = await forkCameraSimulator({ cameras: Object.entries(clips).map(([path, clip]) => ({ path, clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const listener = new Listener(bus);
  try {
    const kv = await bus.kv(buckets.cameras);
    const put = async (path: string, decode: Mode) => {
      await kv.put(path, JSON.stringify(camera(path, simulator.url(path), decode, options)));
    };
    return await run({ service, listener, put });
  } finally {
    listener.close();
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** True when some sighting of another set lies at the same time and place as one of this track. */
function isFoundAgain(track: readonly Sighting[], others: readonly Sighting[], toleranceMs: number): boolean {
  return track.some(({ atMs, box }) =>
    others.some((other) => Math.abs(other.atMs - atMs) <= toleranceMs && overlap(other.box, box) >= 0.4),
  );
}

/** One clip as two cameras at once, one decoded in full, one adaptively: what each costs, and whether a track is missed. */
export async function benchAdaptive(name: string, clip: ClipFile, options: AdaptiveBenchOptions): Promise<AdaptiveBenchResult> {
  return withService(options, { always: clip, adaptive: clip }, async ({ service, listener, put }) => {
    await put('always', 'always');
    await until(() => listener.framesOf('always').length > 0, 'always');
    const full = new Set(Object.keys(cpuOfDecoders(service.pids)));
    await put('adaptive', 'adaptive');
    await until(() => listener.framesOf('adaptive').length > 0, 'adaptive');
    // The first seconds of a camera are decoded in full by design.
    await pause(6000);
    const fromMs = Date.now();
    const before = { decoders: cpuOfDecoders(service.pids), stages: cpuByStage(service.pids) };
    await pause(options.seconds * 1000);
    const after = { decoders: cpuOfDecoders(service.pids), stages: cpuByStage(service.pids) };
    const toMs = Date.now();
    const seconds = (toMs - fromMs) / 1000;
    // What was captured last may still be on its way.
    await pause(3000);
    const inWindow = (atMs: number) => atMs >= fromMs && atMs < toMs;
    const counts = Object.fromEntries(MODES.map((mode) => [mode, listener.framesOf(mode).filter((f) => inWindow(f.capturedAtMs)).length]));
    const spentOn = (stage: string) => ((after.stages[stage] ?? 0) - (before.stages[stage] ?? 0)) / seconds;
    const inference = spentOn('inference');
    const allFrames = MODES.reduce((sum, mode) => sum + (counts[mode] ?? 0), 0);
    const tracks = (mode: Mode) =>
      [...(listener.tracks.get(mode) ?? [])].map(([, list]) => list.filter(({ atMs }) => inWindow(atMs))).filter((list) => list.length > 0);
    const figures = (mode: Mode): ModeFigures => {
      const spent = Object.entries(after.decoders)
        .filter(([pid]) => full.has(pid) === (mode === 'always'))
        .reduce((sum, [pid, value]) => sum + value - (before.decoders[pid] ?? 0), 0);
      return {
        tracks: tracks(mode).length,
        decode: spent / seconds,
        inference: (inference * (counts[mode] ?? 0)) / Math.max(1, allFrames),
        achievedFps: (counts[mode] ?? 0) / seconds,
        decoderStarts: listener.statuses.get(mode)?.at(-1)?.decoderStarts ?? 0,
      };
    };
    const modes = { always: figures('always'), adaptive: figures('adaptive') };
    // Of what stands, an idle camera shows a picture per group only.
    const others = [...(listener.tracks.get('adaptive') ?? [])].flatMap(([, list]) => list);
    const cost = ({ decode, inference: share }: ModeFigures) => decode + share;
    const reports = (listener.statuses.get('adaptive') ?? []).filter(({ atMs }) => inWindow(atMs));
    return {
      clip: name,
      seconds,
      modes,
      foundAgain: tracks('always').filter((track) => isFoundAgain(track, others, 1100)).length,
      costRatio: cost(modes.adaptive) / cost(modes.always),
      receiving: (spentOn('remux') + spentOn('ingest')) / 2,
      idleShare: reports.filter(({ decoding }) => decoding === 'idle').length / Math.max(1, reports.length),
    };
  });
}

export interface ActivationClip {
  gopS: number;
  /** A still scene in which something moves from `movesFromS` on, played again and again. */
  clip: ClipFile;
  movesFromS: number;
}

export interface ActivationResult {
  gopS: number;
  /** From the capture of the first picture with movement until its detections are on the bus, ms, per repetition. */
  delaysMs: number[];
  medianMs: number;
}

/** How long after something begins to move the first picture of it is analysed. All clips at once, `repetitions` loops. */
export async function benchActivation(
  clips: readonly ActivationClip[],
  repetitions: number,
  options: AdaptiveBenchOptions,
): Promise<ActivationResult[]> {
  const paths = Object.fromEntries(clips.map(({ gopS, clip }) => [`gop-${gopS}`, clip]));
  return withService(options, paths, async ({ listener, put }) => {
    for (const path of Object.keys(paths)) await put(path, 'adaptive');
    const delays = ({ gopS, movesFromS }: ActivationClip): number[] => {
      const frames = listener.framesOf(`gop-${gopS}`);
      const seams = frames.filter(({ discontinuity }) => discontinuity === 'loop-seam');
      return seams.flatMap(({ capturedAtMs }) => {
        const movesFromMs = capturedAtMs + movesFromS * 1000;
        const first = frames.find((frame) => frame.capturedAtMs >= movesFromMs);
        return first ? [first.publishedAtMs - movesFromMs] : [];
      });
    };
    await until(() => clips.every((clip) => delays(clip).length >= repetitions), 'activation', 240_000);
    return clips.map((clip) => ({ gopS: clip.gopS, delaysMs: delays(clip).map(Math.round), medianMs: median(delays(clip)) }));
  });
}
