import {
  type CameraConfig,
  type CameraHealth,
  type CameraHealthMessage,
  type CameraStatus,
  type DetectionsFrame,
  type Discontinuity,
  LOWEST_PUBLISHED_SCORE,
  type SignalReading,
} from '@safecity/contracts';
import { CameraActivity } from './activity/camera-activity.js';
import type { DecodedFrame } from './decode/decoder-pipe.js';
import type { HardwareDecoding } from './decode/hardware-decoding.js';
import { LiveDecoder } from './decode/live-decoder.js';
import { fitPicture } from './decode/picture-fit.js';
import { type DetectionCounts, DetectionLoop, type DetectionModel } from './detect/detection-loop.js';
import { modelOfView } from './detect/from-above.js';
import { decodedSize, sameTiling, type Tiling, tilingOf } from './detect/tiles.js';
import type { DamageFigures } from './ffmpeg/damaged-pictures.js';
import { CameraHealthJudge } from './health/camera-health.js';
import type { ReferenceStore } from './health/reference-store.js';
import { wantedViews } from './health/wanted-views.js';
import { GopRing, type RingLimits } from './ring/gop-ring.js';
import { masksOf } from './session/privacy-mask-filter.js';
import type { JoinedStream, StreamHub } from './session/stream-hub.js';
import type { StreamSession, StreamSessionOptions } from './session/stream-session.js';
import type { ControllerStates } from './signals/controller-states.js';
import { type Head, headsOf, sameHeads } from './signals/lamp-strip.js';
import { PictureSignals } from './signals/picture-signals.js';

/** What every camera of a worker shares. */
export interface PipelineParts {
  /** Facts of a model some inference node serves; null when none does now. */
  model(modelId: string): DetectionModel | null;
  infer(frame: Buffer, model: DetectionModel): Promise<Float32Array>;
  publish(frame: DetectionsFrame): Promise<void>;
  /** Stores a camera's health durably; rejects when it could not. */
  publishHealth?(message: CameraHealthMessage): Promise<void>;
  /** Where reference views outlast a restart. */
  references?: Pick<ReferenceStore, 'load' | 'save' | 'keepOnly'>;
  /** What junction controllers have told; absent: signals with such a source are unknown. */
  controllers?: Pick<ControllerStates, 'readingAt'>;
  /** Opens sealed credentials: `user:password`. Throws when it cannot. */
  openCredentials(sealed: string): string;
  /** How video is decoded; default: in software. */
  hardware?: Pick<HardwareDecoding, 'inputOptions' | 'suspect'>;
  ringLimits?: RingLimits;
  session?: Pick<StreamSessionOptions, 'stallMs' | 'firstPictureMs' | 'networks'>;
}

/** Figures of one camera for measurements and health. */
export interface PipelineFigures {
  counts: DetectionCounts | null;
  latencyMs: { p50: number; p95: number } | null;
  decoderStarts: number;
  decoding: 'idle' | 'active' | null;
  ringBytes: number;
}

export interface PipelineOptions {
  /** The streams of the worker: cameras with the same one share it. */
  streams: StreamHub;
  /** The caller's, who closes it; after a change of source it is the one of before: its pictures stay, its viewers go on. */
  ring: GopRing;
  /** Called when the state or the problem of a session changes. */
  onChange?(): void;
}

/** Health that has not changed is told again so often: rules may have been away longer than the stream remembers. */
const TELL_HEALTH_AGAIN_MS = 60_000;
/** Detection reads a sub-stream's ring for its last group of pictures only. */
const DETECT_RING: RingLimits = { maxSeconds: 30, maxBytes: 16 * 1024 * 1024 };

/** What of the configuration a decoder is made for. */
interface Wanted {
  targetFps: number;
  tiling: Tiling | null;
  heads: readonly Head[];
}

interface Detecting extends Wanted {
  loop: DetectionLoop;
  decoder: LiveDecoder;
}

/** True when a change of configuration needs a new connection to the camera. */
export function sourceChanged(before: CameraConfig, after: CameraConfig): boolean {
  const key = ({ source, enabled }: CameraConfig) =>
    JSON.stringify([source.url, source.detectUrl, source.transport, source.sealedCredentials, enabled]);
  return key(before) !== key(after) || masksChanged(before, after);
}

/** True when what the ring holds of the camera may show what must not be seen any more. */
export function masksChanged(before: CameraConfig, after: CameraConfig): boolean {
  return JSON.stringify(masksOf(before)) !== JSON.stringify(masksOf(after));
}

/**
 * Everything of one camera: session → ring → decoder → detection loop. With a sub-stream detection has a session and a
 * ring of its own, so that either stream goes on without the other. It shares nothing with other cameras but the parts
 * and a stream of the same URL, so its trouble stays its own. `close()` ends all of it.
 */
export class CameraPipeline {
  readonly ring: GopRing;
  readonly #parts: PipelineParts;
  readonly #main: JoinedStream | null;
  /** The sub-stream, where there is one. */
  readonly #sub: JoinedStream | null;
  readonly #detectRing: GopRing;
  readonly #activity: CameraActivity;
  readonly #health: CameraHealthJudge;
  #toldHealth: { text: string; atMs: number } | null = null;
  #tellingHealth = false;
  #camera: CameraConfig;
  #detecting: Detecting | null = null;
  #decoderFailing = false;
  #nextMark: Discontinuity | undefined;
  #closing: Promise<void> | null = null;

  constructor(camera: CameraConfig, parts: PipelineParts, options: PipelineOptions) {
    this.#camera = camera;
    this.#parts = parts;
    this.ring = options.ring;
    this.#activity = new CameraActivity(() => this.#camera.detection);
    this.#health = new CameraHealthJudge((view, reference) => void parts.references?.save(camera.id, view, reference));
    this.#keepView(camera);
    const { detectUrl, ...main } = camera.source;
    const { streams, onChange } = options;
    const masks = masksOf(camera);
    const join = (source: CameraConfig['source'], ring: GopRing) =>
      streams.join({ source: { ...source, masks }, ring, ...(onChange ? { onChange } : {}) });
    const hasSub = detectUrl !== undefined && detectUrl !== main.url;
    this.#detectRing = hasSub ? new GopRing(DETECT_RING) : this.ring;
    this.#main = camera.enabled ? join(main, this.ring) : null;
    this.#sub = camera.enabled && hasSub ? join({ ...main, url: detectUrl }, this.#detectRing) : null;
  }

  get #session(): StreamSession | null {
    return this.#main?.session ?? null;
  }

  get #detectSession(): StreamSession | null {
    return (this.#sub ?? this.#main)?.session ?? null;
  }

  /** Masked video is decoded where it comes in; what follows gets whole pictures. */
  get #damage(): DamageFigures | null {
    return this.#detectSession?.damage ?? this.#detecting?.decoder.damage ?? null;
  }

  get camera(): CameraConfig {
    return this.#camera;
  }

  get figures(): PipelineFigures {
    const { loop, decoder } = this.#detecting ?? {};
    return {
      counts: loop?.counts ?? null,
      latencyMs: loop?.latencyMs ?? null,
      decoderStarts: decoder?.starts ?? 0,
      decoding: decoder ? decodingOf(decoder) : null,
      ringBytes: this.ring.bytes,
    };
  }

  /** Takes a change that leaves the source as it is: new rules, thresholds, names; a new model or rate restarts decoding. */
  update(camera: CameraConfig): void {
    this.#camera = camera;
    this.#keepView(camera);
    this.tend();
  }

  /** Starts detection when its model is served, and changes it with the configuration. Cheap; called often. */
  tend(): void {
    if (this.#closing || !this.#session) return;
    const { modelId, targetFps } = this.#camera.detection;
    const served = this.#parts.model(modelId);
    const model = served && modelOfView(served, this.#camera.detection);
    const running = this.#detecting;
    const tiling = tilingOf(this.#camera.detection);
    const heads = headsOf(this.#camera);
    if (!model || (running && isAsWanted(running, model, { targetFps, tiling, heads }))) return;
    if (running && !sameModel(running.loop.model, model)) this.#nextMark = 'config';
    void this.#stopDetecting();
    this.#detecting = this.#detect(model, { targetFps, tiling, heads });
  }

  /** Rules ask for every picture until `untilMs`. */
  attend(untilMs: number, nowMs: number): void {
    this.#activity.attend(untilMs, nowMs);
  }

  /** Judges whether the camera answers, and tells rules of its health when that changed, and once a minute. */
  watchHealth(nowMs: number): void {
    const session = this.#session;
    if (!session || this.#closing) return;
    this.#health.takeConnection(session.state === 'online', this.ring.newest?.lastCaptureMs ?? null, nowMs);
    const { health } = this.#health;
    if (health) this.#tellHealth(health, nowMs);
  }

  #keepView(camera: CameraConfig): void {
    const views = wantedViews(camera);
    this.#health.keep(views);
    const { references } = this.#parts;
    void references?.keepOnly(camera.id, views);
    for (const view of views) {
      void references?.load(camera.id, view).then((reference) => {
        if (reference) this.#health.adopt(view.key, reference);
      });
    }
  }

  /** @param nowMs server's clock, or capture time of the picture that shows the change */
  #tellHealth(health: CameraHealth, nowMs: number): void {
    const text = JSON.stringify(health);
    const told = this.#toldHealth;
    if (this.#tellingHealth || !this.#parts.publishHealth) return;
    if (told?.text === text && nowMs - told.atMs < TELL_HEALTH_AGAIN_MS) return;
    this.#tellingHealth = true;
    // Each is later than the one before: rules leave out what comes out of order.
    const atMs = Math.max(nowMs, (told?.atMs ?? 0) + 1);
    const { id, revision } = this.#camera;
    this.#parts
      .publishHealth({ cameraId: id, configRevision: revision, atMs, health })
      .then(
        () => {
          this.#toldHealth = { text, atMs };
        },
        // Tried again with the next look.
        () => undefined,
      )
      .finally(() => {
        this.#tellingHealth = false;
      });
  }

  #takeHealthPicture(frame: DecodedFrame, input: { widthPx: number; heightPx: number }): void {
    if (!this.#health.wants(frame.capturedAtMs)) return;
    const { pictureWidthPx, pictureHeightPx, inputWidthPx } = fitPicture(frame, input);
    const before = this.#health.health?.presetId;
    this.#health.takePicture({ rgb: frame.data, inputWidthPx, pictureWidthPx, pictureHeightPx, capturedAtMs: frame.capturedAtMs });
    const { health } = this.#health;
    // Told before the picture is analysed, so that rules hear of it before its boxes.
    if (health && health.presetId !== before) this.#tellHealth(health, frame.capturedAtMs);
  }

  status(nowMs: number): CameraStatus {
    const session = this.#session;
    const { health, learntPresets } = this.#health;
    const init = session?.init;
    const problem = this.#problem();
    const decoder = this.#detecting?.decoder;
    const damage = this.#damage;
    const offsetMs = session?.cameraClockOffsetMs ?? null;
    return {
      cameraId: this.#camera.id,
      state: session?.state ?? 'disabled',
      ...(problem ? { problem } : {}),
      newestPictureMs: this.ring.newest?.lastCaptureMs ?? null,
      atMs: nowMs,
      ...(init ? { codec: init.codec, widthPx: init.widthPx, heightPx: init.heightPx } : {}),
      achievedFps: Math.round((this.#detecting?.loop.achievedFps ?? 0) * 100) / 100,
      bitrateBps: Math.round(session?.bitrateBps ?? 0),
      reconnects: session?.reconnects ?? 0,
      ...(decoder && this.#detectSession?.state === 'online' ? { decoding: decodingOf(decoder) } : {}),
      ...(decoder ? { decoderStarts: decoder.starts } : {}),
      ...(damage ? { damagedPictures: damage } : {}),
      ...(health && session ? { health } : {}),
      ...(learntPresets && session ? { learntPresets } : {}),
      ...(offsetMs === null ? {} : { cameraClockOffsetMs: Math.round(offsetMs) }),
      ...(this.#sub ? { detectStream: streamStatus(this.#sub.session) } : {}),
    };
  }

  /** Ends session, decoder and loop, not the ring; resolves when their processes are gone. */
  close(): Promise<void> {
    if (this.#sub) this.#detectRing.close();
    this.#closing ??= Promise.all([this.#main?.close(), this.#sub?.close(), this.#stopDetecting()]).then(() => undefined);
    return this.#closing;
  }

  #detect(model: DetectionModel, wanted: Wanted): Detecting {
    const { targetFps, tiling, heads } = wanted;
    const input = decodedSize(model, tiling);
    const lamps = new PictureSignals(heads, input.widthPx);
    const discontinuity = this.#nextMark;
    this.#nextMark = undefined;
    const loop = new DetectionLoop({
      cameraId: this.#camera.id,
      model,
      tiling,
      settings: () => ({
        configRevision: this.#camera.revision,
        minScore: Math.min(this.#camera.detection.minScore, LOWEST_PUBLISHED_SCORE),
        cameraClockOffsetMs: this.#detectSession?.cameraClockOffsetMs ?? null,
        recording: this.#detectRing.newest?.recording === true,
      }),
      controllerReadings: (capturedAtMs) => this.#controllerReadings(capturedAtMs),
      infer: this.#parts.infer,
      publish: (frame) => {
        this.#activity.takeDetections(frame);
        return this.#parts.publish({ ...frame, ...this.#cutFrom(frame) });
      },
      ...(discontinuity ? { discontinuity } : {}),
    });
    const decoder = new LiveDecoder({
      ring: this.#detectRing,
      input,
      targetFps,
      strip: lamps.strip,
      activity: this.#activity,
      ...(this.#parts.hardware ? { hardware: this.#parts.hardware } : {}),
      minIdleFps: () => this.#camera.detection.minIdleFps,
      onFrame: (frame) => {
        this.#takeHealthPicture(frame, input);
        // Each decoded picture counts here, also one that detection leaves out.
        if (frame.strip) frame.signals = lamps.take(frame.strip, frame.capturedAtMs, frame.discontinuity !== undefined);
        loop.offer(frame);
      },
      room: () => loop.room(),
      onFailing: (failing) => {
        this.#decoderFailing = failing;
      },
    });
    return { loop, decoder, ...wanted };
  }

  #controllerReadings(capturedAtMs: number): SignalReading[] {
    const { controllers } = this.#parts;
    return this.#camera.signals.flatMap(({ id, source, check }) => {
      const told = source.kind === 'controller' ? source : check;
      return controllers && told?.kind === 'controller' ? [controllers.readingAt(id, told, capturedAtMs)] : [];
    });
  }

  /** What rules need to choose the moments at which plates are read. */
  #cutFrom({ capturedAtMs }: DetectionsFrame): Pick<DetectionsFrame, 'cutFrom'> {
    const init = this.#camera.plates?.enabled ? this.#session?.init : undefined;
    const keyframeMs = init ? this.ring.keyframeBefore(capturedAtMs) : null;
    if (!init || keyframeMs === null) return {};
    return { cutFrom: { widthPx: init.widthPx, heightPx: init.heightPx, sinceKeyframeMs: capturedAtMs - keyframeMs } };
  }

  async #stopDetecting(): Promise<void> {
    const running = this.#detecting;
    this.#detecting = null;
    this.#decoderFailing = false;
    if (running) await Promise.all([running.decoder.close(), running.loop.close()]);
  }

  #problem(): CameraStatus['problem'] {
    const session = this.#session;
    if (!session) return undefined;
    if (session.problem) return session.problem;
    const detecting = this.#detectSession;
    if (this.#sub && detecting?.problem) return { ...detecting.problem, message: `sub-stream: ${detecting.problem.message}` };
    if (detecting?.state !== 'online') return undefined;
    const { modelId } = this.#camera.detection;
    if (!this.#detecting)
      return {
        code: 'INGEST_MODEL_UNAVAILABLE',
        message: `no inference node serves model "${modelId}" now: start one or choose another model`,
      };
    if (this.#decoderFailing)
      return { code: 'INGEST_DECODER_FAILED', message: 'the pictures cannot be decoded: check the camera when this repeats' };
    return this.#detecting.loop.problem ?? damageProblem(this.#damage);
  }
}

/** Told when at least so many pictures of the last minute were damaged, and such a share of them. */
const TOLD_DAMAGED = 5;
const TOLD_SHARE = 0.1;

function damageProblem(damage: DamageFigures | null): CameraStatus['problem'] {
  if (!damage || damage.damaged < TOLD_DAMAGED || damage.damaged < damage.decoded * TOLD_SHARE) return undefined;
  const message = `${damage.damaged} of ${damage.decoded} pictures of the last minute came damaged: check the network to the camera, or choose tcp`;
  return { code: 'INGEST_PICTURES_DAMAGED', message };
}

function streamStatus({ state, problem, init, bitrateBps, reconnects }: StreamSession): NonNullable<CameraStatus['detectStream']> {
  return {
    state,
    ...(problem ? { problem } : {}),
    ...(init ? { codec: init.codec, widthPx: init.widthPx, heightPx: init.heightPx } : {}),
    bitrateBps: Math.round(bitrateBps),
    reconnects,
  };
}

function decodingOf(decoder: LiveDecoder): 'idle' | 'active' {
  return decoder.isActive ? 'active' : 'idle';
}

function isAsWanted(running: Detecting, model: DetectionModel, { targetFps, tiling, heads }: Wanted): boolean {
  const isSame = sameModel(running.loop.model, model) && running.targetFps === targetFps && sameTiling(running.tiling, tiling);
  return isSame && sameHeads(running.heads, heads);
}

function sameModel(a: DetectionModel, b: DetectionModel): boolean {
  return a.modelId === b.modelId && a.widthPx === b.widthPx && a.heightPx === b.heightPx && a.classes.join() === b.classes.join();
}
