/** Buffers kept for the next frame: one being filled, one waiting, one in flight. */
const KEPT = 3;

/** Buffers of one size, used again: frames of half a megabyte each would keep the garbage collector busy. */
export class BufferPool {
  #free: Buffer[] = [];

  /** A buffer of exactly this size, content undefined. */
  take(sizeBytes: number): Buffer {
    const buffer = this.#free.pop();
    return buffer?.length === sizeBytes ? buffer : Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** Gives a buffer back; it must not be used afterwards, nor given twice. */
  give(buffer: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }
}
