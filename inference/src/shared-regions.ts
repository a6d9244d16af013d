import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SessionError } from './session-error.js';

/** Where Linux keeps what `shm_open` makes. */
const SHARED_MEMORY = '/dev/shm';
const MAX_REGIONS = 1024;

/** A region that a client registered: part of a file in shared memory. */
interface Region {
  key: string;
  offset: number;
  byteSize: number;
  fd: number;
}

function refuse(message: string): SessionError {
  return new SessionError('INFERENCE_REQUEST_INVALID', message, { httpStatus: 400 });
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Regions of shared memory that clients on this host put their frames into (system shared memory extension of the Open
 * Inference Protocol): a frame is then read once, with one call, in place of coming through a socket. Only files of this
 * process's own user are opened. `close()` lets go of all.
 */
export class SharedRegions {
  readonly #regions = new Map<string, Region>();

  /**
   * Takes a region in under a name; under a name that is taken it takes that one's place.
   * @throws SessionError `INFERENCE_REQUEST_INVALID`
   */
  register(name: string, { key, offset = 0, byte_size: byteSize }: { key?: unknown; offset?: unknown; byte_size?: unknown }): void {
    if (typeof key !== 'string' || !/^\/?[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$/.test(key))
      throw refuse('key is not the name of shared memory');
    if (!isSize(offset) || !isSize(byteSize) || byteSize === 0) throw refuse('offset and byte_size must be sizes in bytes');
    if (this.#regions.size >= MAX_REGIONS && !this.#regions.has(name)) throw refuse(`${MAX_REGIONS} regions are registered already`);
    const fd = this.#open(key, offset + byteSize);
    this.unregister(name);
    this.#regions.set(name, { key, offset, byteSize, fd });
  }

  #open(key: string, bytes: number): number {
    let fd: number;
    try {
      fd = openSync(join(SHARED_MEMORY, key.replace(/^\//, '')), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (cause) {
      throw refuse(`shared memory ${key} cannot be opened: ${(cause as NodeJS.ErrnoException).code}`);
    }
    const { uid, size } = fstatSync(fd);
    if (uid === process.geteuid?.() && size >= bytes) return fd;
    closeSync(fd);
    throw refuse(size < bytes ? `shared memory ${key} has ${size} bytes, not ${bytes}` : `shared memory ${key} is another user's`);
  }

  /** Lets go of a region; one that is not there is no error. */
  unregister(name: string): void {
    const region = this.#regions.get(name);
    if (!region) return;
    closeSync(region.fd);
    this.#regions.delete(name);
  }

  /** What is registered, in the words of the protocol. */
  get status(): object[] {
    return [...this.#regions].map(([name, { key, offset, byteSize }]) => ({ name, key, offset, byte_size: byteSize }));
  }

  /**
   * Fills `into` from `offset` bytes into a region on.
   * @throws SessionError `INFERENCE_REQUEST_INVALID` when there is no such region or it is too short
   */
  read(name: string, offset: number, into: Uint8Array): void {
    const region = this.#regions.get(name);
    if (!region) throw refuse(`Unable to find shared memory region: '${name}'`);
    if (offset + into.byteLength > region.byteSize)
      throw refuse(`shared memory region ${name} ends before byte ${offset + into.byteLength}`);
    if (readSync(region.fd, into, 0, into.byteLength, region.offset + offset) !== into.byteLength)
      throw refuse(`shared memory region ${name} was cut short`);
  }

  close(): void {
    for (const name of [...this.#regions.keys()]) this.unregister(name);
  }
}
