import { encodeLiveMessage, type LiveHeader } from '@safecity/contracts';
import type { WebSocket } from 'ws';
import type { TransportPicture } from './transport-pictures.js';

/** A transcoded picture with its capture time, epoch ms. */
export interface CapturedPicture extends TransportPicture {
  capturedAtMs: number;
  /** The first of a new process. */
  first: boolean;
}

type Init = Extract<LiveHeader, { type: 'init' }>;

const TICKS_PER_MS = 90;
/** What may wait in the socket before pictures are left out, up to one that can be decoded by itself. */
const MAX_BUFFERED_BYTES = 512 * 1024;
const TRY_AGAIN_LATER = 1013;
const NOTHING = new Uint8Array(0);

function pictureMessage({ packets, ptsTicks, capturedAtMs, key }: CapturedPicture, discontinuity: boolean): Uint8Array {
  const ptsMs = ptsTicks / TICKS_PER_MS;
  return encodeLiveMessage({ type: 'fragment', captureMs: capturedAtMs, ptsMs, durationMs: 0, key, discontinuity }, packets);
}

/** One viewer of a transcode; when it is slow, it goes on at the next picture that can be decoded by itself. */
export class Viewer {
  readonly #socket: WebSocket;
  #waitsForKey = true;
  #skipped = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  begin(init: Init): void {
    this.#socket.send(encodeLiveMessage(init, NOTHING));
    this.#waitsForKey = true;
  }

  show(picture: CapturedPicture): void {
    const behind = this.#socket.bufferedAmount > MAX_BUFFERED_BYTES;
    if (behind) this.#skipped = this.#waitsForKey = true;
    if (behind || (this.#waitsForKey && !picture.key)) return;
    this.#socket.send(pictureMessage(picture, this.#skipped || picture.first));
    this.#waitsForKey = this.#skipped = false;
  }

  /** There is no transcoded video: says why, and ends. */
  refuse(code: string, message: string): void {
    this.#socket.send(encodeLiveMessage({ type: 'refused', code, message }, NOTHING));
    this.#socket.close(TRY_AGAIN_LATER, code);
  }

  end(): void {
    this.#socket.close();
  }
}
