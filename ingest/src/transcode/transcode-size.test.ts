import { expect, it } from 'vitest';
import { transcodedSize } from './transcode-size.js';

it.each([
  { camera: [1920, 1080], expected: [640, 360] },
  { camera: [640, 480], expected: [640, 480] },
  { camera: [352, 288], expected: [352, 288] },
  { camera: [1280, 721], expected: [640, 360] },
  { camera: [321, 241], expected: [320, 240] },
  { camera: [1080, 1920], expected: [640, 1136] },
])('$camera becomes $expected', ({ camera: [widthPx = 0, heightPx = 0], expected }) => {
  const size = transcodedSize({ widthPx, heightPx });
  expect([size.widthPx, size.heightPx]).toEqual(expected);
});
