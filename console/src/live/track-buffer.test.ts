import { describe, expect, it } from 'vitest';
import type { TracksFrame } from '../api/types.js';
import { TrackBuffer } from './track-buffer.js';

function frame(capturedAtMs: number, boxes: Record<string, number>): TracksFrame {
  const tracks = Object.entries(boxes).map(([id, x]) => ({
    id,
    class: 'car' as const,
    score: 0.8,
    box: [x, 0, x + 0.1, 0.1] as [number, number, number, number],
    stationaryMs: 0,
    findings: [],
  }));
  return { cameraId: 'c1', capturedAtMs, tracks, occupancy: {}, signals: {} };
}

function shown(buffer: TrackBuffer, atMs: number): Record<string, number> {
  return Object.fromEntries(buffer.at(atMs).map((track) => [track.id, Number(track.box[0].toFixed(4))]));
}

function bufferOf(...frames: TracksFrame[]): TrackBuffer {
  const buffer = new TrackBuffer();
  for (const one of frames) buffer.add(one);
  return buffer;
}

describe('TrackBuffer', () => {
  const moving = bufferOf(frame(1000, { a: 0.1, gone: 0.5 }), frame(1200, { a: 0.3, came: 0.6 }));

  it.each([
    { name: 'on a frame', atMs: 1000, expected: { a: 0.1, gone: 0.5 } },
    { name: 'a quarter of the way, with the tracks of the nearer frame', atMs: 1050, expected: { a: 0.15, gone: 0.5 } },
    { name: 'three quarters of the way', atMs: 1150, expected: { a: 0.25, came: 0.6 } },
    { name: 'on the last frame', atMs: 1200, expected: { a: 0.3, came: 0.6 } },
    { name: '250 ms past the last frame', atMs: 1450, expected: { a: 0.3, came: 0.6 } },
    { name: '251 ms past the last frame', atMs: 1451, expected: {} },
    { name: '250 ms before the first', atMs: 750, expected: { a: 0.1, gone: 0.5 } },
    { name: '251 ms before the first', atMs: 749, expected: {} },
  ])('$name', ({ atMs, expected }) => expect(shown(moving, atMs)).toEqual(expected));

  it('bridges 1200 ms and not more', () => {
    expect(shown(bufferOf(frame(0, { a: 0 }), frame(1200, { a: 0.6 })), 400)).toEqual({ a: 0.2 });
    expect(shown(bufferOf(frame(0, { a: 0 }), frame(1201, { a: 0.6 })), 400)).toEqual({});
    expect(shown(bufferOf(frame(0, { a: 0 }), frame(1201, { a: 0.6 })), 1000)).toEqual({ a: 0.6 });
  });

  it('between far frames draws only tracks that are in both', () => {
    const sparse = bufferOf(frame(0, { a: 0, gone: 0.5 }), frame(1000, { a: 0.5, came: 0.7 }));
    expect(shown(sparse, 400)).toEqual({ a: 0.2 });
    expect(shown(sparse, 250)).toEqual({ a: 0.125, gone: 0.5 });
    expect(shown(sparse, 750)).toEqual({ a: 0.375, came: 0.7 });
  });

  it('puts late frames in their place and takes a repeated one once', () => {
    const buffer = bufferOf(frame(1000, { a: 0 }), frame(1400, { a: 0.4 }), frame(1200, { a: 0.35 }), frame(1200, { a: 0.2 }));
    expect(buffer.length).toBe(3);
    expect(shown(buffer, 1100)).toEqual({ a: 0.1 });
    expect(buffer.newest?.capturedAtMs).toBe(1400);
  });

  it('keeps seconds, not hours', () => {
    const buffer = new TrackBuffer();
    for (let ms = 0; ms < 3_600_000; ms += 200) buffer.add(frame(ms, { a: 0.5 }));
    expect(buffer.length).toBeLessThanOrEqual(21);
  });

  it('starts anew when the clock went back', () => {
    const buffer = bufferOf(frame(100_000, { old: 0.1 }), frame(5000, { a: 0.2 }));
    expect(buffer.length).toBe(1);
    expect(shown(buffer, 5000)).toEqual({ a: 0.2 });
  });

  it('has nothing for an empty buffer and an empty frame', () => {
    expect(new TrackBuffer().at(0)).toEqual([]);
    expect(bufferOf(frame(0, {})).at(0)).toEqual([]);
  });
});
