import type { WebSocket } from 'ws';

/** Codes of RFC 6455 and its registry. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

export interface SocketLimits {
  /** Above this many bytes not yet taken by the client, `sendOrSkip` skips. */
  skipAboveBytes: number;
  /** Above this many bytes the client is dropped; it reconnects and resumes. */
  dropAboveBytes: number;
}

const DEFAULT_LIMITS: SocketLimits = { skipAboveBytes: 512 * 1024, dropAboveBytes: 8 * 1024 * 1024 };

/** A WebSocket whose unsent bytes are bounded: a client that does not keep up is dropped, memory never grows. */
export class BoundedSocket {
  readonly #socket: WebSocket;
  readonly #limits: SocketLimits;

  constructor(socket: WebSocket, limits: SocketLimits = DEFAULT_LIMITS) {
    this.#socket = socket;
    this.#limits = limits;
    // An error closes the socket; without a listener it would end the process.
    socket.on('error', () => socket.terminate());
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** True while the client is behind and droppable messages are to be skipped. */
  get behind(): boolean {
    return this.#socket.bufferedAmount > this.#limits.skipAboveBytes;
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  /** Sends what must not be lost; drops the whole client when it is too far behind. */
  send(message: string | Uint8Array): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > this.#limits.dropAboveBytes) {
      this.#socket.close(TRY_AGAIN_LATER, 'client too slow');
      this.#socket.terminate();
      return;
    }
    this.#socket.send(message);
  }

  sendJson(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  /** Sends what the next message makes worthless; skipped while the client is behind. */
  sendOrSkip(message: string | Uint8Array): void {
    if (!this.behind) this.send(message);
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    while (this.open && this.behind) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close(code: number = GOING_AWAY, reason = ''): void {
    if (this.open) this.#socket.close(code, reason);
  }
}
