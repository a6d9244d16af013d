/**
 * Keeps buffers for reuse: a fresh one of a frame's size costs page faults and garbage collections that its filling
 * does not. Buffers come back through the run thread as transferred objects over the same memory.
 */
export class BufferPool {
  readonly #maxKept: number;
  #kept: ArrayBuffer[] = [];

  /** @param maxKept buffers held at most while nobody uses them */
  constructor(maxKept: number) {
    this.#maxKept = maxKept;
  }

  /** A buffer of exactly `byteLength` bytes with arbitrary content. */
  acquire(byteLength: number): ArrayBuffer {
    const index = this.#kept.findLastIndex((buffer) => buffer.byteLength === byteLength);
    if (index >= 0) return this.#kept.splice(index, 1)[0]!;
    return Buffer.allocUnsafeSlow(byteLength).buffer as ArrayBuffer;
  }

  /** Takes a buffer back; one that was transferred away (length 0) is let go. */
  release(buffer: ArrayBuffer): void {
    if (buffer.byteLength === 0) return;
    this.#kept.push(buffer);
    if (this.#kept.length > this.#maxKept) this.#kept.shift();
  }
}
