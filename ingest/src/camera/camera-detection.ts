import {
  type CameraConfig,
  type DetectionsFrame,
  type Discontinuity,
  LOWEST_PUBLISHED_SCORE,
  type SignalReading,
} from '@safecity/contracts';
import type { CameraActivity } from '../activity/camera-activity.js';
import type { DecodedFrame } from '../decode/decoder-pipe.js';
import type { HardwareDecoding } from '../decode/hardware-decoding.js';
import { LiveDecoder } from '../decode/live-decoder.js';
import { DetectionLoop, type DetectionModel } from '../detect/detection-loop.js';
import { modelOfView } from '../detect/from-above.js';
import { decodedSize, sameTiling, type Tiling, tilingOf } from '../detect/tiles.js';
import type { GopRing } from '../ring/gop-ring.js';
import type { ControllerStates } from '../signals/controller-states.js';
import { type Head, headsOf, sameHeads } from '../signals/lamp-strip.js';
import { PictureSignals } from '../signals/picture-signals.js';

/** What detection shares with other cameras. */
export interface DetectionParts {
  /** Facts of a model some inference node serves; null when none does now. */
  model(modelId: string): DetectionModel | null;
  infer(frame: Buffer, model: DetectionModel): Promise<Float32Array>;
  publish(frame: DetectionsFrame): Promise<void>;
  /** What junction controllers have told; absent: signals with such a source are unknown. */
  controllers?: Pick<ControllerStates, 'readingAt'>;
  /** How video is decoded; default: in software. */
  hardware?: Pick<HardwareDecoding, 'inputOptions' | 'suspect'>;
}

/** What detection needs of its camera. */
export interface DetectedCamera {
  /** Holds the stream that is analysed. */
  ring: GopRing;
  activity: CameraActivity;
  /** The configuration in force. */
  config(): CameraConfig;
  cameraClockOffsetMs(): number | null;
  /** What rules need to choose the moments at which plates are read. */
  cutFrom(capturedAtMs: number): Pick<DetectionsFrame, 'cutFrom'>;
  /** Gets each decoded picture before it is analysed, and the size to which it was scaled and padded, px. */
  onPicture(frame: DecodedFrame, input: { widthPx: number; heightPx: number }): void;
}

/** What of the configuration a decoder is made for. */
interface Wanted {
  targetFps: number;
  tiling: Tiling | null;
  heads: readonly Head[];
}

/** A decoder and the loop that it feeds. */
interface Running extends Wanted {
  loop: DetectionLoop;
  decoder: LiveDecoder;
}

/**
 * Detection on one camera's ring: a decoder and a detection loop, made anew when the model, the rate or what is decoded
 * changes, none while no node serves the model. `stop()` ends both.
 */
export class CameraDetection {
  readonly #parts: DetectionParts;
  readonly #of: DetectedCamera;
  #running: Running | null = null;
  #isDecoderFailing = false;
  #nextMark: Discontinuity | undefined;

  constructor(parts: DetectionParts, camera: DetectedCamera) {
    this.#parts = parts;
    this.#of = camera;
  }

  /** The loop that runs; null while detection waits for its model. */
  get loop(): DetectionLoop | null {
    return this.#running?.loop ?? null;
  }

  get decoder(): LiveDecoder | null {
    return this.#running?.decoder ?? null;
  }

  /** Which pictures are decoded: keyframes only, or all; null while none are. */
  get decoding(): 'idle' | 'active' | null {
    const { decoder } = this;
    return decoder && (decoder.isActive ? 'active' : 'idle');
  }

  /** The decoder dies again and again. */
  get isDecoderFailing(): boolean {
    return this.#isDecoderFailing;
  }

  /** Starts detection when its model is served, and changes it with the configuration. Cheap; called often. */
  tend(): void {
    const camera = this.#of.config();
    const { modelId, targetFps } = camera.detection;
    const served = this.#parts.model(modelId);
    const model = served && modelOfView(served, camera.detection);
    const running = this.#running;
    const wanted = { targetFps, tiling: tilingOf(camera.detection), heads: headsOf(camera) };
    if (!model || (running && isAsWanted(running, model, wanted))) return;
    if (running && !sameModel(running.loop.model, model)) this.#nextMark = 'config';
    void this.stop();
    this.#running = this.#start(model, wanted);
  }

  /** Resolves when the decoder's process is gone. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    this.#isDecoderFailing = false;
    if (running) await Promise.all([running.decoder.close(), running.loop.close()]);
  }

  #start(model: DetectionModel, wanted: Wanted): Running {
    const input = decodedSize(model, wanted.tiling);
    const lamps = new PictureSignals(wanted.heads, input.widthPx);
    const loop = this.#createLoop(model, wanted.tiling);
    const { hardware } = this.#parts;
    const decoder = new LiveDecoder({
      ring: this.#of.ring,
      input,
      targetFps: wanted.targetFps,
      strip: lamps.strip,
      activity: this.#of.activity,
      ...(hardware ? { hardware } : {}),
      minIdleFps: () => this.#of.config().detection.minIdleFps,
      onFrame: (frame) => {
        this.#of.onPicture(frame, input);
        // Each decoded picture counts here, also one that detection leaves out.
        if (frame.strip) frame.signals = lamps.take(frame.strip, frame.capturedAtMs, frame.discontinuity !== undefined);
        loop.offer(frame);
      },
      room: () => loop.room(),
      onFailing: (failing) => {
        this.#isDecoderFailing = failing;
      },
    });
    return { loop, decoder, ...wanted };
  }

  #createLoop(model: DetectionModel, tiling: Tiling | null): DetectionLoop {
    const { ring, activity, config, cameraClockOffsetMs, cutFrom } = this.#of;
    const { infer, publish, controllers } = this.#parts;
    const discontinuity = this.#nextMark;
    this.#nextMark = undefined;
    return new DetectionLoop({
      cameraId: config().id,
      model,
      tiling,
      settings: () => ({
        configRevision: config().revision,
        minScore: Math.min(config().detection.minScore, LOWEST_PUBLISHED_SCORE),
        cameraClockOffsetMs: cameraClockOffsetMs(),
        recording: ring.newest?.recording === true,
      }),
      controllerReadings: (capturedAtMs) => controllerReadings(config(), controllers, capturedAtMs),
      infer,
      publish: (frame) => {
        activity.takeDetections(frame);
        return publish({ ...frame, ...cutFrom(frame.capturedAtMs) });
      },
      ...(discontinuity ? { discontinuity } : {}),
    });
  }
}

function controllerReadings(camera: CameraConfig, controllers: DetectionParts['controllers'], capturedAtMs: number): SignalReading[] {
  return camera.signals.flatMap(({ id, source, check }) => {
    const told = source.kind === 'controller' ? source : check;
    return controllers && told?.kind === 'controller' ? [controllers.readingAt(id, told, capturedAtMs)] : [];
  });
}

function isAsWanted(running: Running, model: DetectionModel, { targetFps, tiling, heads }: Wanted): boolean {
  const isSame = sameModel(running.loop.model, model) && running.targetFps === targetFps && sameTiling(running.tiling, tiling);
  return isSame && sameHeads(running.heads, heads);
}

function sameModel(a: DetectionModel, b: DetectionModel): boolean {
  return a.modelId === b.modelId && a.widthPx === b.widthPx && a.heightPx === b.heightPx && a.classes.join() === b.classes.join();
}
