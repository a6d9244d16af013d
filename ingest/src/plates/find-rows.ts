import type { Point } from '@safecity/contracts';
import type { PlateNetworks } from './networks.js';
import { type Picture, type Quad, quadOfBox, quadSize, rectify } from './picture.js';
import { textRegions } from './text-regions.js';

/** A row of text that may belong to a plate, in pixels of the picture. */
export interface TextRow {
  quad: Quad;
  /** How sure the detector is that it is text, 0..1. */
  score: number;
}

/** Plates lie flat: text that rises more than this is something else (about 40 degrees). */
const MOST_SLOPE = 0.84;
const SIDE_STEP_PX = 32;

function inputSide(side: number, scale: number): number {
  return Math.max(SIDE_STEP_PX, Math.round((side * scale) / SIDE_STEP_PX) * SIDE_STEP_PX);
}

function isFlat([a, b]: Quad): boolean {
  return Math.abs(b[1] - a[1]) <= MOST_SLOPE * Math.abs(b[0] - a[0]) && b[0] > a[0];
}

/**
 * Looks for rows of text in a picture.
 * @param longSidePx side of the picture as the network sees it: larger finds smaller text and costs its square
 */
export async function findRows(picture: Picture, networks: PlateNetworks, longSidePx: number): Promise<TextRow[]> {
  const scale = longSidePx / Math.max(picture.widthPx, picture.heightPx);
  const size = { widthPx: inputSide(picture.widthPx, scale), heightPx: inputSide(picture.heightPx, scale) };
  const scaled = rectify(picture, quadOfBox([0, 0, picture.widthPx, picture.heightPx]), size);
  const map = Float32Array.from(await networks.findText(scaled), (value) => value / 255);
  const back = ([x, y]: Point): Point => [(x * picture.widthPx) / size.widthPx, (y * picture.heightPx) / size.heightPx];
  return textRegions(map, size.widthPx, size.heightPx)
    .map(({ quad, score }) => ({ quad: quad.map(back) as unknown as Quad, score }))
    .filter(({ quad }) => isFlat(quad));
}

const centre = ([a, , c]: Quad): Point => [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2];

/** True when `lower` stands under `upper` as the second row of one plate does. */
export function isRowBelow(upper: Quad, lower: Quad): boolean {
  const a = quadSize(upper);
  const b = quadSize(lower);
  const [ax, ay] = centre(upper);
  const [bx, by] = centre(lower);
  const heightPx = (a.heightPx + b.heightPx) / 2;
  const slope = (lower[1][1] - lower[0][1]) / Math.max(1, lower[1][0] - lower[0][0]);
  const down = by - ay - slope * (bx - ax);
  const ratio = a.heightPx / b.heightPx;
  return (
    ratio > 0.5 &&
    ratio < 2 &&
    down > 0.55 * heightPx &&
    down < 1.7 * heightPx &&
    Math.abs(bx - ax + slope * down) < 0.35 * Math.max(a.widthPx, b.widthPx) &&
    a.widthPx < 1.6 * b.widthPx &&
    b.widthPx < 2.6 * a.widthPx
  );
}
