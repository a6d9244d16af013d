import type { Point } from '@safecity/contracts';
import { minimumRectangle, type TurnedRectangle } from './minimum-rectangle.js';
import type { Quad } from './picture.js';

/** A stretch of text in a picture. */
export interface TextRegion {
  quad: Quad;
  /** Mean of the network's text probability in it, 0..1. */
  score: number;
}

/** Text probability from which on a pixel is text (inclusive), as the network was trained for. */
const PIXEL_THRESHOLD = 0.3;
/** Mean probability below which a region is no text. */
const REGION_THRESHOLD = 0.45;
/** The network marks a shrunken kernel of each text; it is grown back by area × this / perimeter (Liao et al. 2020, section 3.4). */
const GROWTH = 1.6;
const LEAST_BREADTH_PX = 3;

interface Component {
  /** First and last pixel of each of its lines: enough for the hull. */
  ends: Point[];
  sum: number;
  pixels: number;
}

/** Groups neighbouring text pixels (8-connected). */
function components(map: Float32Array, widthPx: number, heightPx: number): Component[] {
  const seen = new Uint8Array(map.length);
  const found: Component[] = [];
  const stack: number[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || (map[start] as number) < PIXEL_THRESHOLD) continue;
    const lines = new Map<number, [number, number]>();
    let sum = 0;
    let pixels = 0;
    seen[start] = 1;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop() as number;
      const x = at % widthPx;
      const y = (at - x) / widthPx;
      sum += map[at] as number;
      pixels++;
      const line = lines.get(y);
      if (!line) lines.set(y, [x, x]);
      else if (x < line[0]) line[0] = x;
      else if (x > line[1]) line[1] = x;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(heightPx - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(widthPx - 1, x + 1); nx++) {
          const next = ny * widthPx + nx;
          if (seen[next] || (map[next] as number) < PIXEL_THRESHOLD) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
    const ends = [...lines].flatMap(([y, [left, right]]): Point[] => [
      [left, y],
      [right + 1, y],
      [left, y + 1],
      [right + 1, y + 1],
    ]);
    found.push({ ends, sum, pixels });
  }
  return found;
}

/** Corners as the text is read: a text that is longer than broad runs along its length, and never upside down. */
export function cornersOf({ centre: [x, y], along: [ux, uy], halfLength: l, halfBreadth: b }: TurnedRectangle): Quad {
  return [
    [x - ux * l + uy * b, y - uy * l - ux * b],
    [x + ux * l + uy * b, y + uy * l - ux * b],
    [x + ux * l - uy * b, y + uy * l + ux * b],
    [x - ux * l - uy * b, y - uy * l + ux * b],
  ];
}

function grown(rectangle: TurnedRectangle): TurnedRectangle {
  const { halfLength, halfBreadth } = rectangle;
  const by = (halfLength * halfBreadth * GROWTH) / (halfLength + halfBreadth);
  return { ...rectangle, halfLength: halfLength + by, halfBreadth: halfBreadth + by };
}

/**
 * Reads the answer of a differentiable-binarisation text detector (Liao et al. 2020).
 * @param map text probability `Float32Array [heightPx, widthPx]`
 * @returns regions in pixels of the map, best first
 */
export function textRegions(map: Float32Array, widthPx: number, heightPx: number): TextRegion[] {
  return components(map, widthPx, heightPx)
    .map(({ ends, sum, pixels }) => ({ rectangle: minimumRectangle(ends), score: sum / pixels }))
    .filter(({ rectangle, score }) => score >= REGION_THRESHOLD && rectangle.halfBreadth * 2 >= LEAST_BREADTH_PX)
    .map(({ rectangle, score }) => ({ quad: cornersOf(grown(rectangle)), score }))
    .sort((a, b) => b.score - a.score);
}
