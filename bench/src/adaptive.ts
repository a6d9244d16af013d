import { type Box, buckets, CameraStatus, DetectionsFrame, matches, parseCamera, subjects, TracksFrame } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, type Logger } from '@safecity/platform';
import { boxIou } from '@safecity/rules';
import { pause, until } from './pause.js';
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

/** True when some sighting of another set lies at the same time and place as one of this track. */
function isFoundAgain(track: readonly Sighting[], others: readonly Sighting[], toleranceMs: number): boolean {
  return track.some(({ atMs, box }) => others.some((other) => Math.abs(other.atMs - atMs) <= toleranceMs && boxIou(other.box, box) >= 0.4));
}

/** Processor time of both cameras and of what they share, at one moment. */
function readCpu({ pids }: MeasuredService) {
  return { atMs: Date.now(), decoders: cpuOfDecoders(pids), stages: cpuByStage(pids) };
}

/** What lies between two readings of the processor time. */
class Measured {
  readonly seconds: number;

  constructor(
    private readonly listener: Listener,
    private readonly before: ReturnType<typeof readCpu>,
    private readonly after: ReturnType<typeof readCpu>,
    /** Decoders of the camera that is decoded in full. */
    private readonly full: ReadonlySet<string>,
  ) {
    this.seconds = (after.atMs - before.atMs) / 1000;
  }

  stage(name: string): number {
    return ((this.after.stages[name] ?? 0) - (this.before.stages[name] ?? 0)) / this.seconds;
  }

  tracks(mode: Mode): Sighting[][] {
    return [...(this.listener.tracks.get(mode)?.values() ?? [])]
      .map((list) => list.filter(({ atMs }) => this.isWithin(atMs)))
      .filter((list) => list.length > 0);
  }

  figures(mode: Mode): ModeFigures {
    const spent = Object.entries(this.after.decoders)
      .filter(([pid]) => this.full.has(pid) === (mode === 'always'))
      .reduce((sum, [pid, value]) => sum + value - (this.before.decoders[pid] ?? 0), 0);
    const allFrames = MODES.reduce((sum, one) => sum + this.frames(one), 0);
    return {
      tracks: this.tracks(mode).length,
      decode: spent / this.seconds,
      inference: (this.stage('inference') * this.frames(mode)) / Math.max(1, allFrames),
      achievedFps: this.frames(mode) / this.seconds,
      decoderStarts: this.listener.statuses.get(mode)?.at(-1)?.decoderStarts ?? 0,
    };
  }

  idleShare(mode: Mode): number {
    const reports = (this.listener.statuses.get(mode) ?? []).filter(({ atMs }) => this.isWithin(atMs));
    return reports.filter(({ decoding }) => decoding === 'idle').length / Math.max(1, reports.length);
  }

  private frames(mode: Mode): number {
    return this.listener.framesOf(mode).filter(({ capturedAtMs }) => this.isWithin(capturedAtMs)).length;
  }

  private isWithin(atMs: number): boolean {
    return atMs >= this.before.atMs && atMs < this.after.atMs;
  }
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
    const before = readCpu(service);
    await pause(options.seconds * 1000);
    const measured = new Measured(listener, before, readCpu(service), full);
    // What was captured last may still be on its way.
    await pause(3000);
    const modes = { always: measured.figures('always'), adaptive: measured.figures('adaptive') };
    const cost = ({ decode, inference }: ModeFigures) => decode + inference;
    const others = [...(listener.tracks.get('adaptive')?.values() ?? [])].flat();
    return {
      clip: name,
      seconds: measured.seconds,
      modes,
      // Of what stands, an idle camera shows a picture per group only: half a group is as near as it can be.
      foundAgain: measured.tracks('always').filter((track) => isFoundAgain(track, others, 1100)).length,
      costRatio: cost(modes.adaptive) / cost(modes.always),
      receiving: (measured.stage('remux') + measured.stage('ingest')) / 2,
      idleShare: measured.idleShare('adaptive'),
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
