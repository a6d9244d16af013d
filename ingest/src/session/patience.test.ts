import { describe, expect, it } from 'vitest';
import { Patience } from './patience.js';

/** Connections of a camera that sends every `everyMs`, until one has borne it for `lastsMs`. */
function connections(patience: Patience, everyMs: number, lastsMs = 10_000_000): number {
  let nowMs = 0;
  for (let count = 1; count <= 50; count++) {
    patience.begin(nowMs);
    // What ffmpeg gives out first it gives out with the third picture.
    const firstMs = patience.firstMs;
    if (everyMs < patience.ms && everyMs * 3 <= firstMs) {
      const endMs = nowMs + lastsMs;
      for (nowMs += everyMs * 3; nowMs < endMs && everyMs < patience.ms; nowMs += everyMs) patience.note(nowMs);
      if (nowMs >= endMs) return count;
    }
    nowMs += patience.ms;
    patience.end(nowMs, true);
  }
  return 51;
}

describe('patience', () => {
  it.each([
    { name: '5 fragments a second', everyMs: 200, count: 1, ms: 5000 },
    { name: 'a picture in 4 s', everyMs: 4000, count: 1, ms: 12_000 },
    { name: 'a picture in 10 s', everyMs: 10_000, count: 2, ms: 30_000 },
    { name: 'a picture a minute', everyMs: 60_000, count: 3, ms: 180_000 },
  ])('is learned from $name', ({ everyMs, count, ms }) => {
    const patience = new Patience(5000, 15_000);
    expect(connections(patience, everyMs)).toBe(count);
    expect(patience.ms).toBe(ms);
  });

  it('is short again when a slow camera has become fast', () => {
    const patience = new Patience(5000, 15_000);
    connections(patience, 60_000);
    connections(patience, 40, 60_000);
    expect(patience.ms).toBe(5000);
  });

  it('never grows beyond its bound, whatever a camera does', () => {
    const patience = new Patience(5000, 15_000);
    expect(connections(patience, 400_000)).toBe(51);
    expect(patience.ms).toBe(240_000);
    expect(patience.firstMs).toBe(240_000);
  });

  it('does not grow when a connection ends while pictures come', () => {
    const patience = new Patience(5000, 15_000);
    patience.begin(0);
    patience.note(3000);
    patience.note(3200);
    expect(patience.end(3400, true)).toBe(false);
    expect(patience.ms).toBe(5000);
  });

  it('never grows for a camera that does not answer, and what was learned is taken up again at its first silence', () => {
    const patience = new Patience(5000, 15_000);
    connections(patience, 60_000);
    for (let nowMs = 0; nowMs < 60_000; nowMs += 6000) {
      patience.begin(nowMs);
      expect(patience.end(nowMs + 5500, false)).toBe(false);
      expect(patience.ms).toBe(5000);
    }
    patience.begin(100_000);
    patience.end(105_500, true);
    expect(patience.ms).toBe(180_000);
  });
});
