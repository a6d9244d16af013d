import { CameraStatus, matches, subjects } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';

/** Ingest speaks of each camera at least every 5 s; after this long its last word is no longer taken for the present. */
const SILENT_AFTER_MS = 15_000;
const FORGET_AFTER_MS = 24 * 3_600_000;

/** The newest status of each camera, as ingest tells it. */
export class CameraStatuses {
  readonly #statuses = new Map<string, CameraStatus>();
  readonly #listeners = new Set<(status: CameraStatus) => void>();
  readonly #bus: Bus;
  readonly #nowMs: () => number;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(bus: Bus, nowMs: () => number) {
    this.#bus = bus;
    this.#nowMs = nowMs;
  }

  start(): void {
    this.#subscription = this.#bus.nc.subscribe(subjects.allCameraStatus, {
      callback: (_error, message) => this.#take(message.data),
    });
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  /** Calls back with every status that arrives. Returns the function that ends it. */
  onStatus(listener: (status: CameraStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The status of a camera at this moment: offline when ingest has fallen silent, null when it never spoke of it. */
  statusOf(cameraId: string): CameraStatus | null {
    const status = this.#statuses.get(cameraId);
    if (!status) return null;
    const silentMs = this.#nowMs() - status.atMs;
    if (silentMs <= SILENT_AFTER_MS || status.state === 'disabled') return status;
    const message = `nothing was heard of this camera from ingest for ${Math.round(silentMs / 1000)} s: see that ingest runs`;
    return { ...status, state: 'offline', problem: { code: 'API_NO_INGEST_STATUS', message } };
  }

  #take(bytes: Uint8Array): void {
    let status: unknown;
    try {
      status = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return;
    }
    if (!matches(CameraStatus, status)) return;
    // Taken out first, so that the map's order is that of the last word.
    this.#statuses.delete(status.cameraId);
    this.#statuses.set(status.cameraId, status);
    this.#forgetOld();
    for (const listener of this.#listeners) listener(status);
  }

  #forgetOld(): void {
    const [oldest] = this.#statuses;
    if (oldest && this.#nowMs() - oldest[1].atMs > FORGET_AFTER_MS) this.#statuses.delete(oldest[0]);
  }
}
