import { describe, expect, it } from 'vitest';
import { cropAround } from './still-crop.js';

const hd = { widthPx: 1920, heightPx: 1080 };
const wide = 16 / 9;

describe('cropAround', () => {
  it.each([
    { name: 'no box: everything', box: null, expected: { x: 0, y: 0, width: 1, height: 1 } },
    {
      name: 'a small subject in the middle',
      box: [0.48, 0.48, 0.52, 0.52] as const,
      expected: { x: 0.3, y: 0.3, width: 0.4, height: 0.4 },
    },
    {
      name: 'in the corner: the window stays inside',
      box: [0, 0.9, 0.05, 1] as const,
      expected: { x: 0, y: 0.6, width: 0.4, height: 0.4 },
    },
    {
      name: 'a high subject decides by its height',
      box: [0.5, 0.2, 0.55, 0.6] as const,
      expected: { x: 0.125, y: 0, width: 0.8, height: 0.8 },
    },
    { name: 'larger than the picture', box: [-0.2, -0.2, 1.2, 1.2] as const, expected: { x: 0, y: 0, width: 1, height: 1 } },
  ])('$name', ({ box, expected }) => {
    const got = cropAround(box, hd, wide);
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(got[key]).toBeCloseTo(expected[key]);
  });

  it('keeps the aspect of the frame whatever the picture', () => {
    for (const picture of [hd, { widthPx: 720, heightPx: 1280 }, { widthPx: 640, heightPx: 480 }]) {
      const got = cropAround([0.4, 0.4, 0.45, 0.5], picture, wide);
      expect((got.width * picture.widthPx) / (got.height * picture.heightPx)).toBeCloseTo(wide);
      expect(got.x + got.width).toBeLessThanOrEqual(1.000001);
      expect(got.y + got.height).toBeLessThanOrEqual(1.000001);
    }
  });
});
