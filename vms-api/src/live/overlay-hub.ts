import { matches, subjects, TracksFrame } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { BoundedSocket } from '../server/bounded-socket.js';

/** Passes tracks and camera statuses from NATS on to the consoles that show those cameras. */
export class OverlayHub {
  readonly #bus: Bus;
  readonly #statuses: CameraStatuses;
  /** cameraId → sockets; an entry goes with its last socket. */
  readonly #watchers = new Map<string, Set<BoundedSocket>>();
  #subscription: { unsubscribe(): void } | undefined;
  #stopStatuses: (() => void) | undefined;

  constructor(bus: Bus, statuses: CameraStatuses) {
    this.#bus = bus;
    this.#statuses = statuses;
  }

  start(): void {
    this.#subscription = this.#bus.nc.subscribe(subjects.allTracks, {
      callback: (_error, message) => this.#takeTracks(message.subject, message.data),
    });
    this.#stopStatuses = this.#statuses.onStatus((status) => {
      this.#pass(status.cameraId, () => JSON.stringify({ kind: 'status', status }));
    });
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#stopStatuses?.();
  }

  /** Sends the present status of each camera, then tracks and statuses as they come, until the socket closes. */
  subscribe(socket: BoundedSocket, cameraIds: string[]): void {
    for (const cameraId of cameraIds) {
      const watchers = this.#watchers.get(cameraId) ?? new Set();
      this.#watchers.set(cameraId, watchers.add(socket));
      const status = this.#statuses.statusOf(cameraId);
      if (status) socket.sendJson({ kind: 'status', status });
    }
    socket.onClose(() => this.#forget(socket, cameraIds));
  }

  #forget(socket: BoundedSocket, cameraIds: string[]): void {
    for (const cameraId of cameraIds) {
      const watchers = this.#watchers.get(cameraId);
      watchers?.delete(socket);
      if (watchers?.size === 0) this.#watchers.delete(cameraId);
    }
  }

  #takeTracks(subject: string, bytes: Uint8Array): void {
    const cameraId = subject.slice(subject.lastIndexOf('.') + 1);
    this.#pass(cameraId, () => {
      const frame: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return matches(TracksFrame, frame) && frame.cameraId === cameraId ? JSON.stringify({ kind: 'tracks', frame }) : null;
    });
  }

  /** Nothing is parsed for a camera that nobody looks at. */
  #pass(cameraId: string, messageOf: () => string | null): void {
    const watchers = this.#watchers.get(cameraId);
    if (!watchers) return;
    let message: string | null;
    try {
      message = messageOf();
    } catch {
      return;
    }
    if (message !== null) for (const socket of watchers) socket.sendOrSkip(message);
  }
}
