import type { CameraConfig, CameraStatus, DetectionsFrame } from '@safecity/contracts';
import { CameraActivity } from '../activity/camera-activity.js';
import type { DetectionCounts } from '../detect/detection-loop.js';
import { GopRing, type RingLimits } from '../ring/gop-ring.js';
import { masksOf } from '../session/privacy-mask-filter.js';
import type { JoinedStream, StreamHub } from '../session/stream-hub.js';
import type { StreamSession, StreamSessionOptions } from '../session/stream-session.js';
import { CameraDetection, type DetectionParts } from './camera-detection.js';
import { CameraHealthTeller, type HealthTellerParts } from './camera-health-teller.js';
import { cameraStatus } from './camera-status.js';

/** What every camera of a worker shares. */
export interface PipelineParts extends DetectionParts, HealthTellerParts {
  /** Opens sealed credentials: `user:password`. Throws when it cannot. */
  openCredentials(sealed: string): string;
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

/** What a camera takes over from its fleet. */
export interface PipelineOptions {
  /** The streams of the worker: cameras with the same one share it. */
  streams: StreamHub;
  /** The caller's, who closes it; after a change of source it is the one of before: its pictures stay, its viewers go on. */
  ring: GopRing;
  /** Called when the state or the problem of a session changes. */
  onChange?(): void;
}

/** Detection reads a sub-stream's ring for its last group of pictures only. */
const DETECT_RING: RingLimits = { maxSeconds: 30, maxBytes: 16 * 1024 * 1024 };

/**
 * Everything of one camera: session → ring → decoder → detection loop. With a sub-stream detection has a session and a
 * ring of its own, so that either stream goes on without the other. It shares nothing with other cameras but the parts
 * and a stream of the same URL, so its trouble stays its own. `close()` ends all of it.
 */
export class CameraPipeline {
  readonly ring: GopRing;
  readonly #main: JoinedStream | null;
  /** The sub-stream, where there is one. */
  readonly #sub: JoinedStream | null;
  readonly #detectRing: GopRing;
  readonly #activity: CameraActivity;
  readonly #health: CameraHealthTeller;
  readonly #detection: CameraDetection;
  #camera: CameraConfig;
  #closing: Promise<void> | null = null;

  constructor(camera: CameraConfig, parts: PipelineParts, options: PipelineOptions) {
    this.#camera = camera;
    this.ring = options.ring;
    this.#activity = new CameraActivity(() => this.#camera.detection);
    this.#health = new CameraHealthTeller(camera, parts);
    const { detectUrl, ...main } = camera.source;
    const { streams, onChange } = options;
    const masks = masksOf(camera);
    const join = (source: CameraConfig['source'], ring: GopRing) =>
      streams.join({ source: { ...source, masks }, ring, ...(onChange ? { onChange } : {}) });
    const hasSub = detectUrl !== undefined && detectUrl !== main.url;
    this.#detectRing = hasSub ? new GopRing(DETECT_RING) : this.ring;
    this.#main = camera.enabled ? join(main, this.ring) : null;
    this.#sub = camera.enabled && hasSub ? join({ ...main, url: detectUrl }, this.#detectRing) : null;
    this.#detection = new CameraDetection(parts, {
      ring: this.#detectRing,
      activity: this.#activity,
      config: () => this.#camera,
      cameraClockOffsetMs: () => (this.#sub ?? this.#main)?.session.cameraClockOffsetMs ?? null,
      cutFrom: (capturedAtMs) => this.#cutFrom(capturedAtMs),
      onPicture: (frame, input) => this.#health.takePicture(frame, input),
    });
  }

  get #session(): StreamSession | null {
    return this.#main?.session ?? null;
  }

  get camera(): CameraConfig {
    return this.#camera;
  }

  get figures(): PipelineFigures {
    const { loop, decoder, decoding } = this.#detection;
    return {
      counts: loop?.counts ?? null,
      latencyMs: loop?.latencyMs ?? null,
      decoderStarts: decoder?.starts ?? 0,
      decoding,
      ringBytes: this.ring.bytes,
    };
  }

  /** Takes a change that leaves the source as it is: new rules, thresholds, names; a new model or rate restarts decoding. */
  update(camera: CameraConfig): void {
    this.#camera = camera;
    this.#health.update(camera);
    this.tend();
  }

  /** Starts detection when its model is served, and changes it with the configuration. Cheap; called often. */
  tend(): void {
    if (!this.#closing && this.#session) this.#detection.tend();
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
  }

  status(nowMs: number): CameraStatus {
    const sources = {
      camera: this.#camera,
      main: this.#session,
      sub: this.#sub?.session ?? null,
      detection: this.#detection,
      health: this.#health,
      newestPictureMs: this.ring.newest?.lastCaptureMs ?? null,
    };
    return cameraStatus(sources, nowMs);
  }

  /** Ends session, decoder and loop, not the ring; resolves when their processes are gone. */
  close(): Promise<void> {
    if (this.#sub) this.#detectRing.close();
    this.#closing ??= Promise.all([this.#main?.close(), this.#sub?.close(), this.#detection.stop()]).then(() => undefined);
    return this.#closing;
  }

  /** Plates are read in the main stream's pictures: their size, and how far the keyframe before lies back. */
  #cutFrom(capturedAtMs: number): Pick<DetectionsFrame, 'cutFrom'> {
    const init = this.#camera.plates?.enabled ? this.#session?.init : undefined;
    const keyframeMs = init ? this.ring.keyframeBefore(capturedAtMs) : null;
    if (!init || keyframeMs === null) return {};
    return { cutFrom: { widthPx: init.widthPx, heightPx: init.heightPx, sinceKeyframeMs: capturedAtMs - keyframeMs } };
  }
}
