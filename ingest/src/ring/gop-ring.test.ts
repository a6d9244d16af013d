import { describe, expect, it } from 'vitest';
import { aFragment, anInit } from '../testing/builders.js';
import { GopRing } from './gop-ring.js';

/** Groups of `perGop` fragments of 200 ms. */
function filled(limits: { maxSeconds: number; maxBytes: number }, count: number, perGop = 5): GopRing {
  const ring = new GopRing(limits);
  for (let i = 0; i < count; i++) ring.append(aFragment({ startMs: i * 200, key: i % perGop === 0 }));
  return ring;
}

const roomy = { maxSeconds: 60, maxBytes: 1e9 };

describe('bounds', () => {
  it('forgets whole groups of pictures beyond its seconds', () => {
    const ring = filled({ maxSeconds: 2, maxBytes: 1e9 }, 50);
    expect(ring.oldest?.media.key).toBe(true);
    expect((ring.newest?.lastCaptureMs ?? 0) - (ring.oldest?.lastCaptureMs ?? 0)).toBeLessThanOrEqual(2000);
    expect(ring.length).toBe(10);
  });

  it('forgets whole groups of pictures beyond its bytes, the newest fragment never', () => {
    const ring = filled({ maxSeconds: 60, maxBytes: 1200 }, 50);
    expect(ring.bytes).toBeLessThanOrEqual(1200);
    expect(ring.oldest?.media.key).toBe(true);
    ring.append(aFragment({ startMs: 10_000, bytes: 5000 }));
    expect(ring.length).toBe(1);
    expect(ring.bytes).toBe(5000);
  });

  it('counts bytes exactly over a long run', () => {
    const ring = filled({ maxSeconds: 5, maxBytes: 2000 }, 2000);
    expect(ring.bytes).toBe(ring.length * 100);
    expect(ring.nextSequence).toBe(2000);
  });
});

describe('cutting', () => {
  const cases = [
    { name: 'a picture in the middle of a group', atMs: 1450, picture: 1440, from: 1000, to: 1400 },
    { name: 'the first picture of a keyframe', atMs: 2000, picture: 2000, from: 2000, to: 2000 },
    { name: 'between two pictures, the nearer', atMs: 1975, picture: 1960, from: 1000, to: 1800 },
    { name: 'between two pictures as near, the earlier', atMs: 1980, picture: 1960, from: 1000, to: 1800 },
    { name: 'a little before the oldest', atMs: -300, picture: 0, from: 0, to: 0 },
  ];

  it.each(cases)('takes $name', ({ atMs, picture, from, to }) => {
    const cut = filled(roomy, 15).cutAt(atMs, 500);
    expect(cut?.picture.capturedAtMs).toBe(picture);
    expect(cut?.fragments[0]?.firstCaptureMs).toBe(from);
    expect(cut?.fragments.at(-1)?.firstCaptureMs).toBe(to);
  });

  it('gives nothing beyond the tolerance, and at it still does', () => {
    const ring = filled(roomy, 15);
    const last = ring.newest?.lastCaptureMs ?? 0;
    expect(ring.cutAt(last + 500, 500)?.picture.capturedAtMs).toBe(last);
    expect(ring.cutAt(last + 501, 500)).toBeNull();
  });

  it('gives nothing without the keyframe, across connections, or from an empty ring', () => {
    const ring = new GopRing(roomy);
    expect(ring.cutNewest()).toBeNull();
    ring.append(aFragment({ startMs: 0 }));
    expect(ring.cutNewest()).toBeNull();
    ring.append(aFragment({ startMs: 200, key: true }));
    ring.append(aFragment({ startMs: 400, epoch: 2, init: anInit() }));
    expect(ring.cutNewest()).toBeNull();
    expect(ring.cutAt(250, 100)?.fragments.length).toBe(1);
  });

  it('finds B-frames by their capture time, not by their place', () => {
    const ring = new GopRing(roomy);
    ring.append(aFragment({ key: true, count: 4, captureTimesMs: [0, 120, 40, 80] }));
    expect(ring.cutAt(81, 100)?.picture.capturedAtMs).toBe(80);
    expect(ring.cutNewest()?.picture.capturedAtMs).toBe(120);
  });
});
