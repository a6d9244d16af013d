import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('BufferPool', () => {
  it('gives the memory back that came in, by exact size', () => {
    const pool = new BufferPool(4);
    const first = pool.acquire(100);
    expect(first.byteLength).toBe(100);
    pool.release(first);
    expect(pool.acquire(99)).not.toBe(first);
    expect(pool.acquire(100)).toBe(first);
    expect(pool.acquire(100)).not.toBe(first);
  });

  it('holds at most as many as it may', () => {
    const pool = new BufferPool(2);
    const buffers = [pool.acquire(8), pool.acquire(8), pool.acquire(8)];
    for (const buffer of buffers) pool.release(buffer);
    const again = [pool.acquire(8), pool.acquire(8), pool.acquire(8)];
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(2);
  });

  it('lets a transferred buffer go', () => {
    const pool = new BufferPool(2);
    const buffer = pool.acquire(8);
    structuredClone(buffer, { transfer: [buffer] });
    pool.release(buffer);
    expect(pool.acquire(8).byteLength).toBe(8);
  });
});
