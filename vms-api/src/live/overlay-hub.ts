import { type CameraStatus, matches, subjects, TracksFrame } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import type { BoundedSocket } from '../server/bounded-socket.js';

/** What is passed on about a camera. */
export type OverlayMessage = { kind: 'tracks'; frame: TracksFrame } | { kind: 'status'; status: CameraStatus };

/** How a message is written for a viewer; null: it is not for them. Written once for all viewers of one form. */
export type OverlayForm = (message: OverlayMessage) => string | null;

/** For consoles. */
export const FULL: OverlayForm = (message) => JSON.stringify(message);

/** For consoles of people who may not see plates. */
export const WITHOUT_PLATES: OverlayForm = (message) =>
  JSON.stringify(message.kind === 'tracks' ? { ...message, frame: withoutPlates(message.frame) } : message);

/** Passes tracks and camera statuses from NATS on to whoever watches those cameras. */
export class OverlayHub {
  readonly #bus: Bus;
  readonly #statuses: CameraStatuses;
  /** cameraId → sockets; an entry goes with its last socket. */
  readonly #watchers = new Map<string, Map<BoundedSocket, OverlayForm>>();
  /** What each socket watches now. */
  readonly #watched = new Map<BoundedSocket, ReadonlySet<string>>();
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
      this.#pass(status.cameraId, () => ({ kind: 'status', status }));
    });
  }

  close(): void {
    this.#subscription?.unsubscribe();
    this.#stopStatuses?.();
  }

  /**
   * Sends the present status of each camera, then tracks and statuses as they come, until the socket closes or other cameras
   * are given: those that were not watched before begin, those left out end.
   */
  watch(socket: BoundedSocket, cameraIds: ReadonlySet<string>, form: OverlayForm): void {
    const before = this.#watched.get(socket);
    if (!before) socket.onClose(() => this.#forget(socket));
    this.#watched.set(socket, cameraIds);
    for (const cameraId of before ?? []) if (!cameraIds.has(cameraId)) this.#unwatch(socket, cameraId);
    for (const cameraId of cameraIds) {
      if (before?.has(cameraId)) continue;
      const watchers = this.#watchers.get(cameraId) ?? new Map<BoundedSocket, OverlayForm>();
      this.#watchers.set(cameraId, watchers.set(socket, form));
      const status = this.#statuses.statusOf(cameraId);
      const message = status && form({ kind: 'status', status });
      if (message) socket.send(message);
    }
  }

  #forget(socket: BoundedSocket): void {
    for (const cameraId of this.#watched.get(socket) ?? []) this.#unwatch(socket, cameraId);
    this.#watched.delete(socket);
  }

  #unwatch(socket: BoundedSocket, cameraId: string): void {
    const watchers = this.#watchers.get(cameraId);
    watchers?.delete(socket);
    if (watchers?.size === 0) this.#watchers.delete(cameraId);
  }

  #takeTracks(subject: string, bytes: Uint8Array): void {
    const cameraId = subject.slice(subject.lastIndexOf('.') + 1);
    this.#pass(cameraId, () => {
      const frame = readFrame(bytes, cameraId);
      return frame && { kind: 'tracks', frame };
    });
  }

  /** Nothing is parsed for a camera that nobody looks at, and nothing written twice for those who may see the same. */
  #pass(cameraId: string, read: () => OverlayMessage | null): void {
    const watchers = this.#watchers.get(cameraId);
    const message = watchers ? read() : null;
    if (!watchers || !message) return;
    const written = new Map<OverlayForm, string | null>();
    for (const [socket, form] of watchers) {
      if (!written.has(form)) written.set(form, form(message));
      const text = written.get(form);
      if (text) socket.sendOrSkip(text);
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
