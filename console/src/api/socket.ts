import { backOffMs } from './back-off.js';

/** Where a socket stands; `lost` means that it is waiting to try again. */
export type SocketState = 'connecting' | 'open' | 'lost';

/** What a socket needs. `path` is asked anew at each try, so that a stream can resume where it stopped. */
export interface SocketOptions {
  path: () => string;
  onMessage: (message: MessageEvent<string | ArrayBuffer>) => void;
  onState?: (state: SocketState) => void;
  /** A connection on which nothing arrives for this long is given up, ms. */
  silenceMs?: number;
}

/** A WebSocket to this page's own server that connects again after each loss until it is closed. */
export class Socket {
  private readonly options: SocketOptions;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private closed = false;

  constructor(options: SocketOptions) {
    this.options = options;
    this.connect();
  }

  /** Drops the connection and makes a new one, at once or after a while, for example because what is asked for has changed. */
  reconnect(afterMs = 0): void {
    this.attempt = 0;
    this.forget();
    if (afterMs === 0) this.connect();
    else this.timer = setTimeout(() => this.connect(), afterMs);
  }

  /** Ends the connection for good. */
  close(): void {
    this.closed = true;
    this.forget();
  }

  private forget(): void {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    if (this.closed) return;
    this.options.onState?.('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}${this.options.path()}`);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => this.ifCurrent(socket, () => this.opened());
    socket.onmessage = (message) => this.ifCurrent(socket, () => this.received(message));
    socket.onclose = () => this.ifCurrent(socket, () => this.lost());
    this.watchSilence();
  }

  private ifCurrent(socket: WebSocket, act: () => void): void {
    if (this.socket === socket) act();
  }

  private opened(): void {
    this.options.onState?.('open');
    this.watchSilence();
  }

  private received(message: MessageEvent<string | ArrayBuffer>): void {
    // Only a message proves that the far side works: a proxy may accept and hang up at once.
    this.attempt = 0;
    this.watchSilence();
    this.options.onMessage(message);
  }

  private lost(): void {
    this.forget();
    this.options.onState?.('lost');
    this.timer = setTimeout(() => this.connect(), backOffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }

  private watchSilence(): void {
    if (this.options.silenceMs === undefined) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lost(), this.options.silenceMs);
  }
}
