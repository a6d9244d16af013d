import { expect, test } from 'vitest';
import { cutShort } from '../src/file-end.js';

const facts = { widthPx: 640, heightPx: 360, codec: 'h264', fps: 25, durationMs: 34_900 };

test.each([
  ['a whole clip', facts, 34_860, undefined],
  ['one that lacks less than 2 s', facts, 32_900, undefined],
  ['one that is cut off', facts, 3600, 'a.mp4 is damaged: it ends at 3.6 s of 34.9 s; what is there was used'],
  ['a picture', { ...facts, durationMs: 0 }, 0, undefined],
  ['a long clip that lacks less than 5 %', { ...facts, durationMs: 3_600_000 }, 3_500_000, undefined],
])('%s', (_name, given, lastPtsMs, expected) => {
  expect(cutShort('a.mp4', given, lastPtsMs)).toBe(expected);
});
