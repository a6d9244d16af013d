import { matches, subjects, TracksFrame } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { BoundedSocket } from '../server/bounded-socket.js';

/** What somebody may see of the overlay. */
export interface OverlayScope {
  plates: boolean;
}

/** Passes tracks and camera statuses from NATS on to the consoles that show those cameras. */
export class OverlayHub {
  readonly #bus: Bus;
  readonly #statuses: CameraStatuses;
  /** cameraId → sockets; an entry goes with its last socket. */
  readonly #watchers = new Map<string, Map<BoundedSocket, OverlayScope>>();
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
  subscribe(socket: BoundedSocket, cameraIds: string[], scope: OverlayScope): void {
    for (const cameraId of cameraIds) {
      const watchers = this.#watchers.get(cameraId) ?? new Map<BoundedSocket, OverlayScope>();
      this.#watchers.set(cameraId, watchers.set(socket, scope));
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
    let frame: TracksFrame | null | undefined;
    this.#pass(cameraId, ({ plates }) => {
      frame ??= readFrame(bytes, cameraId);
      return frame && JSON.stringify({ kind: 'tracks', frame: plates ? frame : withoutPlates(frame) });
    });
  }

  /** Nothing is parsed for a camera that nobody looks at, and nothing written twice for those who may see the same. */
  #pass(cameraId: string, messageOf: (scope: OverlayScope) => string | null): void {
    const written = new Map<boolean, string | null>();
    for (const [socket, scope] of this.#watchers.get(cameraId) ?? []) {
      if (!written.has(scope.plates)) written.set(scope.plates, messageOf(scope));
      const message = written.get(scope.plates);
      if (message) socket.sendOrSkip(message);
    }
  }
}

/** Null for what is no frame of this camera. */
function readFrame(bytes: Uint8Array, cameraId: string): TracksFrame | null {
  try {
    const frame: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return matches(TracksFrame, frame) && frame.cameraId === cameraId ? frame : null;
  } catch {
    return null;
  }
}

function withoutPlates(frame: TracksFrame): TracksFrame {
  return { ...frame, tracks: frame.tracks.map(({ plate: _plate, ...track }) => track) };
}
