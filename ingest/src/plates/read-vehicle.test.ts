import { describe, expect, it } from 'vitest';
import type { PlateNetworks } from './networks.js';
import { cutRegion, plateRegion, readVehicle } from './read-vehicle.js';

const SIZE = { widthPx: 1000, heightPx: 500 };

describe('where a plate is looked for', () => {
  it.each([
    { name: 'the lower part of the vehicle and a little around it', box: [0.2, 0.2, 0.4, 0.6], expected: [192, 160, 408, 308] },
    { name: 'inside the picture', box: [0, 0.5, 1, 1], expected: [0, 326, 1000, 500] },
    { name: 'never nothing', box: [0.5, 0.5, 0.5, 0.5], expected: [500, 250, 502, 252] },
    { name: 'not beyond the corner', box: [1, 1, 1, 1], expected: [998, 498, 1000, 500] },
  ] as const)('$name', ({ box, expected }) => {
    const { left, top, right, bottom } = plateRegion([...box], SIZE);
    expect([left, top, right, bottom]).toEqual(expected);
  });

  it.each([
    [1919, 1079],
    [3, 3],
  ] as const)('in whole even pixels of a picture of %i x %i', (widthPx, heightPx) => {
    const { left, top, right, bottom } = plateRegion([0, 0, 1, 1], { widthPx, heightPx });
    expect([left, top, right, bottom].map((value) => value % 2)).toEqual([0, 0, 0, 0]);
    expect([right <= widthPx, bottom <= heightPx]).toEqual([true, true]);
  });
});

it('a region is copied out of the one around it', () => {
  const frame = { left: 10, top: 20, right: 14, bottom: 23 };
  const rgb = Uint8Array.from({ length: 4 * 3 * 3 }, (_, index) => Math.floor(index / 3));
  const { data, widthPx, heightPx } = cutRegion(rgb, frame, { left: 11, top: 21, right: 13, bottom: 23 });
  expect([widthPx, heightPx]).toEqual([2, 2]);
  expect([...data].filter((_, index) => index % 3 === 0)).toEqual([5, 6, 9, 10]);
});

describe('a vehicle as the detector of text sees it', () => {
  const sizes = async (className: 'car' | 'motorcycle' | 'truck', widthPx: number, heightPx: number) => {
    const seen: number[][] = [];
    const networks: PlateNetworks = {
      findText: async (picture) => {
        seen.push([picture.widthPx, picture.heightPx]);
        return new Uint8Array(picture.widthPx * picture.heightPx);
      },
      readRow: async () => ({ probabilities: new Float32Array(), steps: 0 }),
    };
    const region = { data: new Uint8Array(widthPx * heightPx * 3), widthPx, heightPx };
    expect(await readVehicle(region, className, networks)).toEqual([]);
    return seen[0];
  };

  it.each([
    { className: 'car' as const, region: [600, 400], expected: [512, 352] },
    { className: 'car' as const, region: [200, 100], expected: [512, 256] },
    { className: 'motorcycle' as const, region: [150, 250], expected: [320, 544] },
    { className: 'truck' as const, region: [400, 900], expected: [288, 640] },
  ])('$className of $region', async ({ className, region, expected }) => {
    expect(await sizes(className, region[0] as number, region[1] as number)).toEqual(expected);
  });
});
