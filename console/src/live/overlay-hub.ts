import { Socket, type SocketState } from '../api/socket.js';
import type { CameraState, OverlayMessage, TracksFrame } from '../api/types.js';
import { TrackBuffer } from './track-buffer.js';

/** Tracks and camera states of all cameras on the screen, over one connection. */
export class OverlayHub {
  private readonly buffers = new Map<string, TrackBuffer>();
  private readonly states = new Map<string, CameraState>();
  private readonly trackListeners = new Map<string, Set<(frame: TracksFrame) => void>>();
  private readonly listeners = new Set<() => void>();
  private cameraIds: string[] = [];
  private socket: Socket | null = null;
  socketState: SocketState = 'connecting';

  /** Sets which cameras to hear about; others are forgotten. */
  watch(cameraIds: string[]): void {
    const wanted = [...cameraIds].sort();
    if (wanted.join() === this.cameraIds.join()) return;
    this.cameraIds = wanted;
    for (const id of this.buffers.keys()) if (!wanted.includes(id)) this.buffers.delete(id);
    for (const id of this.states.keys()) if (!wanted.includes(id)) this.states.delete(id);
    if (this.socket) this.socket.reconnect();
    else if (wanted.length > 0) this.open();
  }

  /** Tracks of a camera, ready to be looked up by capture time. */
  tracksOf(cameraId: string): TrackBuffer {
    let buffer = this.buffers.get(cameraId);
    if (!buffer) {
      buffer = new TrackBuffer();
      this.buffers.set(cameraId, buffer);
    }
    return buffer;
  }

  /** The last state heard of a camera. */
  stateOf(cameraId: string): CameraState | undefined {
    return this.states.get(cameraId);
  }

  /** Calls `listener` with each frame of a camera. Returns the way to stop. */
  onTracks(cameraId: string, listener: (frame: TracksFrame) => void): () => void {
    const listeners = this.trackListeners.get(cameraId) ?? new Set();
    this.trackListeners.set(cameraId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.trackListeners.delete(cameraId);
    };
  }

  /** Calls `listener` when a camera's state or the connection changes. Returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  close(): void {
    this.socket?.close();
    this.socket = null;
    this.cameraIds = [];
  }

  private open(): void {
    this.socket = new Socket({
      path: () => `/api/v1/overlay?cameras=${this.cameraIds.map(encodeURIComponent).join(',')}`,
      onMessage: ({ data }) => this.take(JSON.parse(data as string) as OverlayMessage),
      onState: (state) => {
        this.socketState = state;
        this.changed();
      },
    });
  }

  private take(message: OverlayMessage): void {
    if (message.kind === 'tracks') {
      this.tracksOf(message.frame.cameraId).add(message.frame);
      for (const listener of this.trackListeners.get(message.frame.cameraId) ?? []) listener(message.frame);
    } else if (message.kind === 'status') {
      this.states.set(message.status.cameraId, message.status);
      this.changed();
    }
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
