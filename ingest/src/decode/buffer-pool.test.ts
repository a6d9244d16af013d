import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('a pool of buffers', () => {
  it('gives back what it got, of the right size only', () => {
    const pool = new BufferPool();
    const buffer = pool.take(100);
    expect(buffer.length).toBe(100);
    pool.give(buffer);
    expect(pool.take(100)).toBe(buffer);
    pool.give(buffer);
    expect(pool.take(200).length).toBe(200);
    expect(pool.take(100)).not.toBe(buffer);
  });

  it('keeps no more than three', () => {
    const pool = new BufferPool();
    const buffers = Array.from({ length: 5 }, () => pool.take(10));
    for (const buffer of buffers) pool.give(buffer);
    const again = Array.from({ length: 5 }, () => pool.take(10));
    expect(again.filter((buffer) => buffers.includes(buffer))).toHaveLength(3);
  });
});
