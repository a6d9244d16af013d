import { STATUS_CODES } from 'node:http';
import type { Server, Socket } from 'node:net';
import { readInto } from '@safecity/platform';
import { parseRequestHead, type RequestHead } from './request-head.js';
import { SessionError } from './session-error.js';

/*
 * HTTP/1.1 straight on sockets, because node:http costs more CPU per frame than everything else beside the run: it
 * copies the body in 64 KB pieces through a stream. Here the kernel writes the body into the buffer that goes to the
 * run thread.
 */

/** An answer. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string | number>;
  body: Uint8Array;
}

/** One request under way. */
export interface HttpExchange {
  /** Where the body goes, in order; together exactly `contentLength` bytes. */
  sinks: Uint8Array[];
  /** The whole body is in the sinks. */
  complete(): HttpAnswer | Promise<HttpAnswer>;
  /** The client is gone; called at most once, before or after `complete`, never when the answer was given. */
  abandoned(): void;
}

/** Decides what happens to a request; throws to refuse it before its body is read. */
export type HttpHandler = (head: RequestHead) => HttpExchange;

const HEAD_BYTES = 16 * 1024;
const STALLED_MS = 10_000;
/** The body of a refused request is read and dropped up to this size, so that the connection can be kept. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;
const DROP_BUFFER_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

function errorAnswer(error: unknown): HttpAnswer {
  const message = error instanceof Error ? error.message : String(error);
  const status = (error instanceof SessionError ? error.httpStatus : undefined) ?? 500;
  return { status, headers: {}, body: Buffer.from(JSON.stringify({ error: message })) };
}

function headOf(answer: HttpAnswer, keepAlive: boolean): Buffer {
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/json',
    ...answer.headers,
    'Content-Length': answer.body.length,
  };
  if (!keepAlive) headers['Connection'] = 'close';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Status'}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** Sinks for a body that nobody reads: one small buffer, over and over. */
function droppingSinks(contentLength: number): Uint8Array[] {
  const scratch = new Uint8Array(Math.min(contentLength, DROP_BUFFER_BYTES));
  const rounds = Math.ceil(contentLength / DROP_BUFFER_BYTES);
  return Array.from({ length: rounds }, (_, round) =>
    scratch.subarray(0, Math.min(scratch.length, contentLength - round * DROP_BUFFER_BYTES)),
  );
}

/** One client's connection: requests one after the other, answers in the same order. */
export class HttpConnection {
  readonly #handler: HttpHandler;
  readonly #socket: Socket;
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  #headLength = 0;
  /** The sink, or the place in the head buffer, that the socket reads into now. */
  #givenSink: Uint8Array | undefined;
  #givenAt = 0;
  #request: RequestHead | undefined;
  #exchange: HttpExchange | undefined;
  #sink = 0;
  #sinkAt = 0;
  #isAnswering = false;
  /** No request after this one. */
  #isLast = false;
  /** What comes in no longer matters. */
  #isDeaf = false;

  constructor(accepted: Socket, handler: HttpHandler, onClosed: (connection: HttpConnection) => void) {
    this.#handler = handler;
    this.#socket = readInto(accepted, { target: () => this.#target(), received: (count) => this.#received(count) });
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(STALLED_MS, () => void (this.#isMidRequest && this.#socket.destroy()));
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('close', () => {
      this.#exchange?.abandoned();
      this.#exchange = undefined;
      onClosed(this);
    });
  }

  /** Closes at once when idle, otherwise after the present answer. */
  finish(): void {
    this.#isLast = true;
    if (!this.#request && this.#headLength === 0) this.#socket.destroy();
  }

  get #isMidRequest(): boolean {
    return !this.#isAnswering && (this.#request !== undefined || this.#headLength > 0);
  }

  /** Where the next bytes go: the body's sinks, or the head buffer. What was given stays in use until a piece has come. */
  #target(): Uint8Array {
    this.#givenSink = this.#isAnswering ? undefined : this.#exchange?.sinks[this.#sink];
    if (this.#givenSink) return this.#givenSink.subarray(this.#sinkAt);
    this.#givenAt = this.#headLength;
    return this.#head.subarray(this.#headLength);
  }

  #received(count: number): boolean {
    if (this.#isDeaf) return !this.#socket.destroyed;
    if (this.#givenSink) this.#advance(this.#givenSink, count);
    else this.#feed(this.#givenAt, this.#givenAt + count);
    return !this.#socket.destroyed;
  }

  /** Takes bytes that lie in the head buffer: into the body if one is under way, the rest as a head. */
  #feed(from: number, to: number): void {
    let at = from;
    while (at < to && this.#exchange && !this.#isAnswering) {
      const sink = this.#exchange.sinks[this.#sink]!;
      const count = Math.min(sink.length - this.#sinkAt, to - at);
      sink.set(this.#head.subarray(at, at + count), this.#sinkAt);
      at += count;
      this.#advance(sink, count);
    }
    if (at >= to) return;
    this.#head.copyWithin(this.#headLength, at, to);
    this.#headLength += to - at;
    this.#readHead();
  }

  /** Moves on in the body by `count` bytes that are in the present sink already. */
  #advance(sink: Uint8Array, count: number): void {
    this.#sinkAt += count;
    if (this.#sinkAt < sink.length) return;
    this.#sink += 1;
    this.#sinkAt = 0;
    this.#skipEmptySinks();
  }

  #skipEmptySinks(): void {
    const { sinks } = this.#exchange!;
    while (this.#sink < sinks.length && sinks[this.#sink]!.length === 0) this.#sink += 1;
    if (this.#sink >= sinks.length) this.#answer();
  }

  #readHead(): void {
    if (this.#request) {
      // Bytes of a pipelined request wait in the head buffer; more than fit are not taken.
      if (this.#headLength === HEAD_BYTES) this.#socket.destroy();
      return;
    }
    const end = this.#head.subarray(0, this.#headLength).indexOf(HEAD_END);
    if (end < 0) {
      if (this.#headLength === HEAD_BYTES)
        this.#refuseForGood(new SessionError('INFERENCE_REQUEST_INVALID', 'request head is too long', { httpStatus: 431 }));
      return;
    }
    try {
      this.#request = parseRequestHead(this.#head.toString('latin1', 0, end));
    } catch (error) {
      this.#refuseForGood(error);
      return;
    }
    const length = this.#headLength;
    this.#headLength = 0;
    this.#begin(this.#request);
    this.#skipEmptySinks();
    this.#feed(end + HEAD_END.length, length);
  }

  #begin(request: RequestHead): void {
    this.#sink = 0;
    this.#sinkAt = 0;
    try {
      this.#exchange = this.#handler(request);
      if (request.expectsContinue && request.contentLength > 0) this.#socket.write(CONTINUE);
    } catch (error) {
      if (request.contentLength > MAX_DROPPED_BYTES || request.expectsContinue) this.#isLast = true;
      const sinks = this.#isLast ? [] : droppingSinks(request.contentLength);
      this.#exchange = { sinks, complete: () => errorAnswer(error), abandoned: () => undefined };
    }
  }

  #answer(): void {
    this.#isAnswering = true;
    const exchange = this.#exchange!;
    // Not before this callback is over: until then the socket may still hold the buffer that goes to the run thread.
    Promise.resolve()
      .then(() => exchange.complete())
      .catch(errorAnswer)
      .then((answer) => this.#send(answer));
  }

  #send(answer: HttpAnswer): void {
    if (this.#socket.destroyed) return;
    this.#exchange = undefined;
    const keepAlive = this.#request!.keepAlive && !this.#isLast;
    this.#socket.cork();
    this.#socket.write(headOf(answer, keepAlive));
    if (answer.body.length > 0) this.#socket.write(answer.body);
    this.#socket.uncork();
    this.#request = undefined;
    this.#isAnswering = false;
    if (!keepAlive) {
      this.#isDeaf = true;
      this.#socket.destroySoon();
    } else if (this.#headLength > 0) this.#readHead();
  }

  #refuseForGood(error: unknown): void {
    const answer = errorAnswer(error);
    this.#headLength = 0;
    this.#isDeaf = true;
    this.#socket.write(headOf(answer, false));
    this.#socket.write(answer.body);
    this.#socket.destroySoon();
  }
}

/** Speaks HTTP/1.1 on every connection of a server made with `pauseOnConnect`. `finish` ends idle ones at once and the others after their present answer. */
export function serveHttp(server: Server, handler: HttpHandler): { finish(): void } {
  const connections = new Set<HttpConnection>();
  server.on('connection', (socket) => {
    connections.add(new HttpConnection(socket, handler, (connection) => connections.delete(connection)));
  });
  return {
    finish: () => {
      for (const connection of connections) connection.finish();
    },
  };
}
