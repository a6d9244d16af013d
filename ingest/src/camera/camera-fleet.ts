import { type Attention, type CameraConfig, type CameraStatus, RECORDING_DEFAULTS, type Recording } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { ServedCamera } from '../http/internal-http.js';
import { GopRing } from '../ring/gop-ring.js';
import { StreamHub } from '../session/stream-hub.js';
import { CameraPipeline, type PipelineFigures, type PipelineParts } from './camera-pipeline.js';
import { masksChanged, sourceChanged } from './source-changes.js';

export interface CameraFleetOptions {
  parts: PipelineParts;
  logger: Logger;
  onStatus(status: CameraStatus): void;
  onRemoved(cameraId: string): void;
  nowMs?: () => number;
}

interface Member {
  pipeline: CameraPipeline;
  ring: GopRing;
}

/**
 * The cameras of a worker. A change touches only the camera it is about, and reconnects it only when its source
 * changed. Owns the pipelines and their rings: `close()` ends all of them.
 */
export class CameraFleet {
  readonly #options: CameraFleetOptions;
  readonly #nowMs: () => number;
  readonly #streams: StreamHub;
  #members = new Map<string, Member>();
  #ending = new Set<Promise<void>>();

  constructor(options: CameraFleetOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#streams = new StreamHub(options.parts);
  }

  get cameraIds(): string[] {
    return [...this.#members.keys()].sort();
  }

  /** Adds the camera or takes its changed configuration. */
  apply(camera: CameraConfig): void {
    const member = this.#members.get(camera.id);
    if (member && !sourceChanged(member.pipeline.camera, camera)) {
      member.pipeline.update(camera);
      return;
    }
    const ring = member?.ring ?? new GopRing(this.#options.parts.ringLimits);
    const pipeline = new CameraPipeline(camera, this.#options.parts, {
      streams: this.#streams,
      ring,
      onChange: () => this.#changed(camera.id),
    });
    // After the new one has joined: a stream that both have goes on.
    if (member) this.#end(member.pipeline);
    // Nothing more comes from the old one now, and nothing from the new one has come yet but what is masked as it is.
    if (member && masksChanged(member.pipeline.camera, camera)) ring.forget();
    this.#members.set(camera.id, { pipeline, ring });
    this.#options.logger.info(
      { cameraId: camera.id, revision: camera.revision, enabled: camera.enabled },
      member ? 'camera source changed' : 'camera added',
    );
    pipeline.tend();
    this.#report(camera.id);
  }

  remove(cameraId: string): void {
    const member = this.#members.get(cameraId);
    if (!member) return;
    this.#members.delete(cameraId);
    void this.#options.parts.references?.keepOnly(cameraId, []);
    member.ring.close();
    this.#end(member.pipeline);
    this.#options.onRemoved(cameraId);
    this.#options.logger.info({ cameraId }, 'camera removed');
  }

  /** Rules ask to keep a camera active; a camera of another worker is left alone. */
  attend({ cameraId, untilMs }: Attention): void {
    this.#members.get(cameraId)?.pipeline.attend(untilMs, this.#nowMs());
  }

  /** Once a second: starts detection that was waiting for its model, reports figures. */
  tick(): void {
    for (const [cameraId, { pipeline }] of this.#members) {
      pipeline.tend();
      pipeline.watchHealth(this.#nowMs());
      this.#report(cameraId);
    }
  }

  /** State of one camera now; null for one that is not here. */
  statusOf(cameraId: string): CameraStatus | null {
    return this.#members.get(cameraId)?.pipeline.status(this.#nowMs()) ?? null;
  }

  ringOf(cameraId: string): GopRing | null {
    return this.#members.get(cameraId)?.ring ?? null;
  }

  recordingOf(cameraId: string): Recording {
    return this.#members.get(cameraId)?.pipeline.camera.recording ?? RECORDING_DEFAULTS;
  }

  /** Parts of its picture may not be seen. */
  isMasked(cameraId: string): boolean {
    return (this.#members.get(cameraId)?.pipeline.camera.privacyMasks ?? []).length > 0;
  }

  served(cameraId: string): ServedCamera | null {
    const member = this.#members.get(cameraId);
    return member ? { ring: member.ring, simulated: member.pipeline.camera.simulated } : null;
  }

  health(): (PipelineFigures & { cameraId: string; state: CameraStatus['state'] })[] {
    return [...this.#members].map(([cameraId, { pipeline }]) => ({
      cameraId,
      state: pipeline.status(this.#nowMs()).state,
      ...pipeline.figures,
    }));
  }

  /** Ends every camera; resolves when no process of theirs is left. */
  async close(): Promise<void> {
    for (const { pipeline, ring } of this.#members.values()) {
      ring.close();
      this.#end(pipeline);
    }
    this.#members.clear();
    await Promise.all(this.#ending);
  }

  #end(pipeline: CameraPipeline): void {
    const ending = pipeline.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #changed(cameraId: string): void {
    const status = this.statusOf(cameraId);
    if (!status) return;
    const { state, problem } = status;
    if (problem) this.#options.logger.warn({ cameraId, state, code: problem.code }, problem.message);
    else
      this.#options.logger.info(
        { cameraId, state, codec: status.codec, widthPx: status.widthPx, heightPx: status.heightPx },
        'camera is online',
      );
    this.#options.onStatus(status);
  }

  #report(cameraId: string): void {
    const status = this.statusOf(cameraId);
    if (status) this.#options.onStatus(status);
  }
}
