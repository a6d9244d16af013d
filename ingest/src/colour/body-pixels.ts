import { labIndex, labTable } from './lab-table.js';
import { type DetectedPicture, type Lab, quantile } from './light.js';

/** A box in pixels of the decoded picture, `[x1, y1, x2, y2]`. */
export type PixelBox = readonly [number, number, number, number];

/** Colours of what is seen of a vehicle's body, and of the road beside it. */
export interface BodyPixels {
  /** `Float32Array [n, 3]`: L*, a*, b*; good until the next look. */
  lab: Float32Array;
  /** Median of what lies left, right and below; null when too little of it is seen. */
  road: Lab | null;
  /** Share of the body that nearer ones hide, 0..1. */
  hidden: number;
}

/** Left, top, right, bottom as shares of a box. */
type Part = readonly [number, number, number, number];

/** The borders of a box are road, the lowest part is wheels and shade. */
const OF_VEHICLE: Part = [0.1, 0.08, 0.9, 0.85];
/** A two-wheeler from before or behind: the rider is in the upper half of its box, road beside it. */
const OF_TALL_TWO_WHEELER: Part = [0.22, 0.48, 0.78, 0.86];
/** From its side the box ends at the saddle. */
const OF_WIDE_TWO_WHEELER: Part = [0.12, 0.3, 0.88, 0.8];
/** Height by breadth of a two-wheeler's box from which on it is seen from before or behind (exclusive). */
const TALL = 1.15;
/** Of a person's box, what hides a two-wheeler that is seen from its side: below are legs. */
const BODY_OF_PERSON = 0.7;
/** So far around the box the road is looked at, as a share of its sides, and from which share of its height down. */
const AROUND = 0.15;
const ROAD_FROM = 0.4;
/** Boxes that share this much of the smaller one are one object told twice, or what it carries (inclusive). */
const SAME_OBJECT = 0.6;
/** Places looked at per axis, at most. */
const MOST_PER_AXIS = 24;
const LEAST_ROAD = 20;

const areaOf = ([x1, y1, x2, y2]: PixelBox) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
const sharedOf = (p: PixelBox, q: PixelBox) =>
  areaOf([Math.max(p[0], q[0]), Math.max(p[1], q[1]), Math.min(p[2], q[2]), Math.min(p[3], q[3])]);
const isIn = ([x1, y1, x2, y2]: PixelBox, x: number, y: number) => x >= x1 && x <= x2 && y >= y1 && y <= y2;

function isInAny(boxes: readonly { box: PixelBox }[], x: number, y: number): boolean {
  for (const { box } of boxes) if (isIn(box, x, y)) return true;
  return false;
}

/** One vehicle and everything else that was detected with it. */
export interface Seen {
  box: PixelBox;
  isTwoWheeler: boolean;
  others: readonly { box: PixelBox; isPerson: boolean }[];
}

/** What stands before the vehicle: lower in the picture, and not the vehicle itself once more. */
function hidersOf({ box, isTwoWheeler, others }: Seen): { near: { box: PixelBox }[]; riders: { box: PixelBox }[] } {
  const apart = (other: PixelBox) => sharedOf(other, box) < SAME_OBJECT * Math.min(areaOf(other), areaOf(box));
  const near = others.filter((other) => other.box[3] > box[3] && apart(other.box));
  const fromSide = isTwoWheeler && box[3] - box[1] <= TALL * (box[2] - box[0]);
  const people = fromSide ? others.filter(({ isPerson }) => isPerson) : [];
  return { near, riders: people.map(({ box: [x1, y1, x2, y2] }) => ({ box: [x1, y1, x2, y1 + BODY_OF_PERSON * (y2 - y1)] })) };
}

function bodyPartOf({ box, isTwoWheeler }: Seen): Part {
  if (!isTwoWheeler) return OF_VEHICLE;
  return box[3] - box[1] > TALL * (box[2] - box[0]) ? OF_TALL_TWO_WHEELER : OF_WIDE_TWO_WHEELER;
}

/** Colours of places, `Float32Array [n, 3]`. */
class Places {
  readonly #lab = new Float32Array(3 * (MOST_PER_AXIS + 1) ** 2);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** @param at where in `table` the colour begins */
  add(table: Float32Array, at: number): void {
    const to = 3 * this.#count++;
    this.#lab[to] = table[at] as number;
    this.#lab[to + 1] = table[at + 1] as number;
    this.#lab[to + 2] = table[at + 2] as number;
  }

  get lab(): Float32Array {
    return this.#lab.subarray(0, 3 * this.#count);
  }

  median(): Lab {
    const axis = (of: number) => quantile(this.lab, 0.5, of, 3);
    return { lightness: axis(0), a: axis(1), b: axis(2) };
  }
}

/** Filled anew by each look, which is over before the next begins. */
const body = new Places();
const road = new Places();

/** Looks at a grid of places in and around a vehicle's box. */
export function bodyPixels({ rgb, inputWidthPx, pictureWidthPx, pictureHeightPx }: DetectedPicture, seen: Seen): BodyPixels {
  const table = labTable();
  const [x1, y1, x2, y2] = seen.box;
  const [width, height] = [x2 - x1, y2 - y1];
  const part = bodyPartOf(seen);
  const around: PixelBox = [x1 - AROUND * width - 1, y1, x2 + AROUND * width + 1, y2 + AROUND * height + 1];
  const others = seen.others.filter(({ box }) => sharedOf(box, around) > 0);
  const { near, riders } = hidersOf({ ...seen, others });
  body.clear();
  road.clear();
  let hidden = 0;
  let looked = 0;
  const stepX = Math.max(1, (around[2] - around[0]) / MOST_PER_AXIS);
  const stepY = Math.max(1, (around[3] - around[1]) / MOST_PER_AXIS);
  for (let y = Math.max(0, y1); y < Math.min(pictureHeightPx, around[3]); y += stepY) {
    const v = (y - y1) / height;
    for (let x = Math.max(0, around[0]); x < Math.min(pictureWidthPx, around[2]); x += stepX) {
      const u = (x - x1) / width;
      const isInside = u >= 0 && u <= 1 && v <= 1;
      if (isInside ? !isIn(part, u, v) : v < ROAD_FROM) continue;
      const lab = labIndex(rgb, (Math.floor(y) * inputWidthPx + Math.floor(x)) * 3);
      if (!isInside) {
        if (!isInAny(others, x, y)) road.add(table, lab);
        continue;
      }
      looked++;
      if (isInAny(near, x, y)) hidden++;
      else if (!isInAny(riders, x, y)) body.add(table, lab);
    }
  }
  return { lab: body.lab, road: road.count > LEAST_ROAD ? road.median() : null, hidden: looked === 0 ? 1 : hidden / looked };
}
