import type { Box, ObjectClass, PlateReading } from '@safecity/contracts';
import type { Region } from '../stills/decode-region.js';
import type { PlateNetworks } from './networks.js';
import type { Picture } from './picture.js';
import { readPlates } from './read-plates.js';

/** Plates hang in the lower part of a vehicle: what lies above this share of its height is not looked at. */
const TOP = 0.3;
/** Boxes are not exact: so much more is looked at on each side, as a share of the box. */
const MARGIN = 0.04;
/**
 * Breadth of a vehicle as the detector of text sees it: characters of its plate come out about 20 pixels high. With 12 it
 * finds most plates too, but misses small ones and cuts off characters; more costs its square and finds no more.
 */
const SEEN_WIDTH_PX: Partial<Record<ObjectClass, number>> = { motorcycle: 320, car: 512, truck: 512, bus: 512 };
const DEFAULT_WIDTH_PX = 512;
const MOST_SIDE_PX = 640;
const LEAST_SIDE_PX = 160;
const MOST_READINGS = 16;

/** Where in a picture the plate of a vehicle is looked for, in whole even pixels. */
export function plateRegion([x1, y1, x2, y2]: Box, { widthPx, heightPx }: { widthPx: number; heightPx: number }): Region {
  const even = (value: number, most: number) => Math.max(0, Math.min(most - (most % 2), Math.round(value / 2) * 2));
  const marginX = (x2 - x1) * MARGIN;
  const marginY = (y2 - y1) * MARGIN;
  const left = Math.min(even((x1 - marginX) * widthPx, widthPx), Math.max(0, widthPx - 2));
  const top = Math.min(even((y1 + (y2 - y1) * TOP) * heightPx, heightPx), Math.max(0, heightPx - 2));
  return {
    left,
    top,
    right: Math.max(left + 2, even((x2 + marginX) * widthPx, widthPx)),
    bottom: Math.max(top + 2, even((y2 + marginY) * heightPx, heightPx)),
  };
}

/** Copies a region out of a packed RGB picture whose own place is `frame`. */
export function cutRegion(rgb: Uint8Array, frame: Region, { left, top, right, bottom }: Region): Picture {
  const width = right - left;
  const stride = frame.right - frame.left;
  const data = new Uint8Array(width * (bottom - top) * 3);
  for (let row = top; row < bottom; row++) {
    const from = ((row - frame.top) * stride + left - frame.left) * 3;
    data.set(rgb.subarray(from, from + width * 3), (row - top) * width * 3);
  }
  return { data, widthPx: width, heightPx: bottom - top };
}

/** Reads everything in the lower part of a vehicle that may be its plate; at most 16 readings. */
export async function readVehicle(region: Picture, className: ObjectClass, networks: PlateNetworks): Promise<PlateReading[]> {
  const { widthPx, heightPx } = region;
  const scale = (SEEN_WIDTH_PX[className] ?? DEFAULT_WIDTH_PX) / widthPx;
  const longSidePx = Math.max(LEAST_SIDE_PX, Math.min(MOST_SIDE_PX, Math.max(widthPx, heightPx) * scale));
  return (await readPlates(region, networks, { crop: false, longSidePx })).slice(0, MOST_READINGS);
}
