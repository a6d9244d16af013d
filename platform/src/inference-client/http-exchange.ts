import { connect, type Socket } from 'node:net';
import { SafecityError } from '@safecity/contracts';
import { type Answer, ResponseParser } from './response-parser.js';

/*
 * HTTP/1.1 straight on sockets. node:http costs a millisecond and more of CPU per frame here (streams, parser and agent
 * on caches that inference has emptied); reading into one buffer and writing head and frame in one call costs under half.
 */

/** One request; `parts` (the head first) are sent without being copied or kept. */
export interface Exchange {
  /** `unix:/path` or `http://host:port`. */
  address: string;
  parts: Uint8Array[];
  timeoutMs: number;
  cancellation: Cancellation;
}

/**
 * Withdraws what is under way. An AbortSignal does the same, but making one and listening to it costs a fifth of what else
 * a frame costs here.
 */
export class Cancellation {
  /** Set once it is cancelled. */
  error: SafecityError | undefined;
  /** Of whoever works for it now. */
  onCancel: (() => void) | undefined;

  cancel(error: SafecityError): void {
    this.error ??= error;
    this.onCancel?.();
  }
}

const READ_BUFFER_BYTES = 16 * 1024;
const MAX_IDLE_PER_ADDRESS = 64;

type Target = { path: string } | { host: string; port: number };

/**
 * Reads `unix:/path` or `http://host:port`.
 * @throws SafecityError `PLATFORM_INFERENCE_ADDRESS_INVALID`
 */
export function parseAddress(address: string): Target {
  if (address.startsWith('unix:/')) return { path: address.slice('unix:'.length) };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' && url.hostname) {
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port ? Number(url.port) : 80 };
  }
  throw new SafecityError('PLATFORM_INFERENCE_ADDRESS_INVALID', 'inference endpoint address must be unix:/path or http://host:port');
}

/** The server closed an idle connection just as it was used again: the request never ran. */
class StaleConnection extends Error {}

function failure(cause: unknown): SafecityError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new SafecityError('PLATFORM_INFERENCE_FAILED', `inference endpoint: ${code ?? message}`, { cause });
}

/** One connection, one request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #onGone: () => void;
  #parser: ResponseParser | undefined;
  #settle: ((outcome: Answer | Error) => void) | undefined;
  #used = false;

  constructor(target: Target, onGone: () => void) {
    this.#onGone = onGone;
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const callback = (bytes: number) => this.#read(buffer.subarray(0, bytes));
    this.#socket = connect({ ...target, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000, onread: { buffer, callback } });
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('connection closed')));
    this.#socket.on('end', () => this.#socket.destroy());
  }

  send(parts: Uint8Array[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#parser = new ResponseParser();
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      this.#socket.ref();
      this.#socket.cork();
      for (const part of parts) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  /** An idle connection keeps no process alive. */
  rest(): void {
    this.#used = true;
    this.#socket.unref();
  }

  /** False when part of a request is still to be sent, because the answer came early. */
  get isQuiet(): boolean {
    return this.#socket.writableLength === 0 && !this.#socket.destroyed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(piece: Buffer): boolean {
    try {
      const answer = this.#parser?.add(piece);
      if (!this.#parser) throw new Error('endpoint sent something nobody asked for');
      if (answer) this.#finish(answer);
    } catch (error) {
      this.#end(error as Error);
      this.#socket.destroy();
    }
    return true;
  }

  #end(error: Error): void {
    const isStale = this.#used && this.#parser !== undefined && !this.#parser.hasBegun;
    this.#finish(isStale ? new StaleConnection() : failure(error));
    this.#onGone();
  }

  #finish(outcome: Answer | Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#parser = undefined;
    settle?.(outcome);
  }
}

/** Kept connections by address. Owned by the client; `close()` ends them all. */
export class HttpConnections {
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();

  /**
   * Sends a request and gives the whole answer, whatever its status. A kept connection that the server had closed in
   * the meantime is replaced once, within the same time limit.
   * @throws SafecityError `PLATFORM_INFERENCE_TIMEOUT`, `PLATFORM_INFERENCE_FAILED`; the error it was cancelled with
   */
  async exchange(exchange: Exchange): Promise<Answer> {
    const { address, timeoutMs, cancellation } = exchange;
    if (cancellation.error) throw cancellation.error;
    let current = this.#take(address) ?? this.#open(address);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      current.destroy();
    }, timeoutMs);
    cancellation.onCancel = () => current.destroy();
    try {
      try {
        return await this.#send(current, exchange);
      } catch (error) {
        if (!(error instanceof StaleConnection) || isLate || cancellation.error) throw error;
        current = this.#open(address);
        return await this.#send(current, exchange);
      }
    } catch (error) {
      if (cancellation.error) throw cancellation.error;
      if (!isLate) throw error;
      throw new SafecityError('PLATFORM_INFERENCE_TIMEOUT', `inference endpoint did not answer within ${timeoutMs} ms`);
    } finally {
      clearTimeout(timer);
      cancellation.onCancel = undefined;
    }
  }

  close(): void {
    for (const connection of this.#all) connection.destroy();
    this.#idle.clear();
  }

  async #send(connection: Connection, { address, parts }: Exchange): Promise<Answer> {
    const answer = await connection.send(parts);
    if (answer.reusable && connection.isQuiet) this.#keep(address, connection);
    else connection.destroy();
    return answer;
  }

  #open(address: string): Connection {
    const connection: Connection = new Connection(parseAddress(address), () => this.#forget(address, connection));
    this.#all.add(connection);
    return connection;
  }

  #take(address: string): Connection | undefined {
    return this.#idle.get(address)?.pop();
  }

  #keep(address: string, connection: Connection): void {
    const idle = this.#idle.get(address) ?? [];
    this.#idle.set(address, idle);
    connection.rest();
    idle.push(connection);
    if (idle.length > MAX_IDLE_PER_ADDRESS) idle.shift()!.destroy();
  }

  #forget(address: string, connection: Connection): void {
    this.#all.delete(connection);
    const idle = this.#idle.get(address)?.filter((other) => other !== connection) ?? [];
    if (idle.length > 0) this.#idle.set(address, idle);
    else this.#idle.delete(address);
  }
}
