import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from './response-parser.js';

/** Where Linux keeps what `shm_open` makes. */
const SHARED_MEMORY = '/dev/shm';
const PREFIX = 'safecity-frames-';
/** Frames of one size on their way at most; more go through the socket. Only what was ever used takes memory. */
const SLOTS = 64;

/** A frame that lies in shared memory until `release`. */
export interface SharedFrame {
  region: string;
  offset: number;
  byteSize: number;
  release(): void;
}

/** One file in shared memory, in slots of one frame's size. */
class FrameRegion {
  readonly name: string;
  readonly byteSize: number;
  readonly #fd: number;
  readonly #path: string;
  readonly #slotBytes: number;
  /** The slot given back last goes first: its memory is in use already. */
  readonly #free = Array.from({ length: SLOTS }, (_, index) => SLOTS - 1 - index);

  /** @throws when there is no shared memory here */
  constructor(slotBytes: number) {
    this.name = `${PREFIX}${process.pid}-${randomBytes(8).toString('hex')}`;
    this.#slotBytes = slotBytes;
    this.byteSize = slotBytes * SLOTS;
    this.#path = join(SHARED_MEMORY, this.name);
    this.#fd = openSync(this.#path, 'wx', 0o600);
    ftruncateSync(this.#fd, this.byteSize);
  }

  /** @throws when shared memory is full */
  put(frame: Uint8Array): SharedFrame | undefined {
    const slot = this.#free.pop();
    if (slot === undefined) return undefined;
    const offset = slot * this.#slotBytes;
    const release = () => void this.#free.push(slot);
    try {
      if (writeSync(this.#fd, frame, 0, frame.byteLength, offset) !== frame.byteLength) throw new Error('shared memory is full');
    } catch (error) {
      release();
      throw error;
    }
    return { region: this.name, offset, byteSize: frame.byteLength, release };
  }

  close(): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

/** Regions of processes that were killed. */
function removeLeftOvers(): void {
  for (const name of readdirSync(SHARED_MEMORY)) {
    const pid = Number(/^safecity-frames-(\d+)-/.exec(name)?.[1] ?? process.pid);
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(join(SHARED_MEMORY, name), { force: true });
    }
  }
}

/** Sends the body of a request to an endpoint of this host and gives its answer. */
export type Send = (address: string, path: string, body: object) => Promise<Answer>;

/**
 * Puts frames for endpoints of this host into shared memory (system shared memory extension of the Open Inference
 * Protocol), so that they are written once and read once in place of going through a socket in pieces. Where that cannot
 * be, `place` gives nothing and the frame goes through the socket. `close()` it: the files go with it.
 */
export class SharedFrames {
  readonly #send: Send;
  readonly #regions = new Map<number, FrameRegion>();
  /** Address → regions it knows. */
  readonly #known = new Map<string, Set<string>>();
  /** Endpoints, or this host, that share no memory. */
  readonly #refusing = new Set<string>();
  #isOff = process.platform !== 'linux';

  constructor(send: Send) {
    this.#send = send;
    try {
      if (!this.#isOff) removeLeftOvers();
    } catch {
      this.#isOff = true;
    }
  }

  /** The frame in shared memory that this endpoint can read, or undefined. Release it once the answer is there. */
  async place(address: string, frame: Uint8Array): Promise<SharedFrame | undefined> {
    if (this.#isOff || !address.startsWith('unix:') || this.#refusing.has(address)) return undefined;
    try {
      const region = this.#regionOf(frame.byteLength);
      if (!this.#known.get(address)?.has(region.name) && !(await this.#register(address, region))) return undefined;
      return region.put(frame);
    } catch {
      // No shared memory, or it is full: the next frames need not find that out again.
      this.#isOff = true;
      return undefined;
    }
  }

  /** The endpoint has forgotten what was registered: another process serves under its address. */
  forget(address: string): void {
    this.#known.delete(address);
  }

  close(): void {
    this.#isOff = true;
    for (const region of this.#regions.values()) region.close();
    this.#regions.clear();
  }

  #regionOf(bytes: number): FrameRegion {
    const region = this.#regions.get(bytes) ?? new FrameRegion(bytes);
    this.#regions.set(bytes, region);
    return region;
  }

  async #register(address: string, { name, byteSize }: FrameRegion): Promise<boolean> {
    const body = { key: `/${name}`, offset: 0, byte_size: byteSize };
    const status = await this.#send(address, `/v2/systemsharedmemory/region/${name}/register`, body).then(
      (answer) => answer.status,
      // The endpoint is in trouble, which the frame itself will find out.
      () => undefined,
    );
    if (status === 200) this.#known.set(address, (this.#known.get(address) ?? new Set()).add(name));
    else if (status !== undefined) this.#refusing.add(address);
    return status === 200;
  }
}
