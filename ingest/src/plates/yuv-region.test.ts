import { expect, it } from 'vitest';
import { rgbRegion } from './yuv-region.js';

/** 6 x 4 pixels whose right half is the given colour, the left half black. */
function halves(y: number, u: number, v: number) {
  const luma = Array.from({ length: 24 }, (_, at) => (at % 6 < 3 ? 16 : y));
  const chroma = (value: number) => Array.from({ length: 6 }, (_, at) => (at % 3 < 2 ? 128 : value));
  return { data: Uint8Array.from([...luma, ...chroma(u), ...chroma(v)]), widthPx: 6, heightPx: 4 };
}

it.each([
  { name: 'white', yuv: [235, 128, 128], rgb: [255, 255, 255] },
  { name: 'red', yuv: [81, 90, 240], rgb: [254, 0, 0] },
  { name: 'blue', yuv: [41, 240, 110], rgb: [0, 0, 255] },
  { name: 'brighter than white', yuv: [255, 128, 128], rgb: [255, 255, 255] },
])('$name', ({ yuv: [y, u, v], rgb }) => {
  const picture = halves(y as number, u as number, v as number);
  const { data, widthPx, heightPx } = rgbRegion(picture, { left: 4, top: 2, right: 6, bottom: 4 });
  expect([widthPx, heightPx, data.length]).toEqual([2, 2, 12]);
  expect([...data.subarray(9)]).toEqual(rgb);
  expect([...rgbRegion(picture, { left: 0, top: 0, right: 2, bottom: 2 }).data]).toEqual(Array.from({ length: 12 }, () => 0));
});
