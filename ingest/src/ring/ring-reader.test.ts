import { describe, expect, it } from 'vitest';
import { aFragment } from '../testing/builders.js';
import { GopRing } from './gop-ring.js';
import { readRing } from './ring-reader.js';

const limits = { maxSeconds: 60, maxBytes: 1e9 };

function add(ring: GopRing, from: number, to: number): void {
  for (let i = from; i < to; i++) ring.append(aFragment({ startMs: i * 200, key: i % 5 === 0 }));
}

async function take(reader: AsyncGenerator<{ fragment: { sequence: number }; skipped: boolean }>, count: number) {
  const got: string[] = [];
  for (let i = 0; i < count; i++) {
    const { value } = await reader.next();
    if (!value) break;
    got.push(`${value.fragment.sequence}${value.skipped ? '!' : ''}`);
  }
  return got;
}

describe('reading a ring', () => {
  it('begins at the last keyframe and follows in order', async () => {
    const ring = new GopRing(limits);
    add(ring, 0, 8);
    const reader = readRing(ring, { maxBehindMs: 5000, signal: new AbortController().signal });
    expect(await take(reader, 3)).toEqual(['5!', '6', '7']);
    const waiting = take(reader, 2);
    add(ring, 8, 10);
    expect(await waiting).toEqual(['8', '9']);
  });

  it('waits for the first keyframe of an empty ring', async () => {
    const ring = new GopRing(limits);
    const waiting = take(readRing(ring, { maxBehindMs: 5000, signal: new AbortController().signal }), 1);
    add(ring, 3, 7);
    expect(await waiting).toEqual(['2!']);
  });

  it('goes on at the newest keyframe when it falls behind, and says so', async () => {
    const ring = new GopRing(limits);
    add(ring, 0, 5);
    const reader = readRing(ring, { maxBehindMs: 1000, signal: new AbortController().signal });
    expect(await take(reader, 2)).toEqual(['0!', '1']);
    add(ring, 5, 22);
    expect(await take(reader, 2)).toEqual(['20!', '21']);
  });

  it('catches up in order within one long group of pictures', async () => {
    const ring = new GopRing(limits);
    for (let i = 0; i < 50; i++) ring.append(aFragment({ startMs: i * 200, key: i === 0 }));
    const reader = readRing(ring, { maxBehindMs: 1000, signal: new AbortController().signal });
    expect((await take(reader, 50)).length).toBe(50);
  });

  it('goes on at a keyframe when the ring forgot its place', async () => {
    const ring = new GopRing({ maxSeconds: 1, maxBytes: 1e9 });
    add(ring, 0, 5);
    const reader = readRing(ring, { maxBehindMs: 1e9, signal: new AbortController().signal });
    await take(reader, 1);
    add(ring, 5, 42);
    expect(await take(reader, 2)).toEqual(['40!', '41']);
  });

  it('ends when it is told to, and when the ring is closed', async () => {
    const ring = new GopRing(limits);
    const ending = new AbortController();
    const waiting = readRing(ring, { maxBehindMs: 1000, signal: ending.signal }).next();
    ending.abort();
    expect((await waiting).done).toBe(true);
    const other = readRing(ring, { maxBehindMs: 1000, signal: new AbortController().signal }).next();
    ring.close();
    expect((await other).done).toBe(true);
  });
});
