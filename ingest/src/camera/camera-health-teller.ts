import type { CameraConfig, CameraHealth, CameraHealthMessage } from '@safecity/contracts';
import type { DecodedFrame } from '../decode/decoder-pipe.js';
import { fitPicture } from '../decode/picture-fit.js';
import { CameraHealthJudge } from '../health/camera-health.js';
import type { ReferenceStore } from '../health/reference-store.js';
import { wantedViews } from '../health/wanted-views.js';

/** Where a camera's health goes, and where its reference views outlast a restart. */
export interface HealthTellerParts {
  /** Stores a camera's health durably; rejects when it could not. */
  publishHealth?(message: CameraHealthMessage): Promise<void>;
  references?: Pick<ReferenceStore, 'load' | 'save' | 'keepOnly'>;
}

/** Health that has not changed is told again so often: rules may have been away longer than the stream remembers. */
const TELL_AGAIN_MS = 60_000;

/** Has a camera's health judged by its pictures and its connection, and tells rules of it when it changed, and once a minute. */
export class CameraHealthTeller {
  readonly #parts: HealthTellerParts;
  readonly #judge: CameraHealthJudge;
  #camera: CameraConfig;
  #told: { text: string; atMs: number } | null = null;
  #isTelling = false;

  constructor(camera: CameraConfig, parts: HealthTellerParts) {
    this.#parts = parts;
    this.#judge = new CameraHealthJudge((view, reference) => void parts.references?.save(camera.id, view, reference));
    this.#camera = camera;
    this.update(camera);
  }

  /** What is wrong now; null before anything could be judged. */
  get health(): CameraHealth | null {
    return this.#judge.health;
  }

  /** Presets whose reference fits the pictures; null on a camera without presets. */
  get learntPresets(): string[] | null {
    return this.#judge.learntPresets;
  }

  /** Takes a changed configuration: views that are new are learnt, those that are stored are taken up. */
  update(camera: CameraConfig): void {
    this.#camera = camera;
    const views = wantedViews(camera);
    this.#judge.keep(views);
    const { references } = this.#parts;
    void references?.keepOnly(camera.id, views);
    for (const view of views) {
      void references?.load(camera.id, view).then((reference) => {
        if (reference) this.#judge.adopt(view.key, reference);
      });
    }
  }

  /**
   * Takes in whether the camera answers; call it about once a second.
   * @param newestMs capture time of the newest picture, if there is one
   */
  takeConnection(isAnswering: boolean, newestMs: number | null, nowMs: number): void {
    this.#judge.takeConnection(isAnswering, newestMs, nowMs);
    const { health } = this.#judge;
    if (health) this.#tell(health, nowMs);
  }

  /** Takes a decoded picture in. @param input size to which it was scaled and padded, px */
  takePicture(frame: DecodedFrame, input: { widthPx: number; heightPx: number }): void {
    if (!this.#judge.wants(frame.capturedAtMs)) return;
    const { pictureWidthPx, pictureHeightPx, inputWidthPx } = fitPicture(frame, input);
    const before = this.#judge.health?.presetId;
    this.#judge.takePicture({ rgb: frame.data, inputWidthPx, pictureWidthPx, pictureHeightPx, capturedAtMs: frame.capturedAtMs });
    const { health } = this.#judge;
    // Told before the picture is analysed, so that rules hear of it before its boxes.
    if (health && health.presetId !== before) this.#tell(health, frame.capturedAtMs);
  }

  /** @param nowMs server's clock, or capture time of the picture that shows the change */
  #tell(health: CameraHealth, nowMs: number): void {
    const text = JSON.stringify(health);
    const told = this.#told;
    if (this.#isTelling || !this.#parts.publishHealth) return;
    if (told?.text === text && nowMs - told.atMs < TELL_AGAIN_MS) return;
    this.#isTelling = true;
    // Each is later than the one before: rules leave out what comes out of order.
    const atMs = Math.max(nowMs, (told?.atMs ?? 0) + 1);
    const { id, revision } = this.#camera;
    this.#parts
      .publishHealth({ cameraId: id, configRevision: revision, atMs, health })
      .then(
        () => {
          this.#told = { text, atMs };
        },
        // Tried again with the next look.
        () => undefined,
      )
      .finally(() => {
        this.#isTelling = false;
      });
  }
}
