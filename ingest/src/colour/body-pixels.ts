import { labIndex, labTable } from './lab-table.js';
import { type DetectedPicture, type Lab, quantile } from './light.js';

/** A box in pixels of the decoded picture, `[x1, y1, x2, y2]`. */
export type PixelBox = readonly [number, number, number, number];

/** Colours of what is seen of a vehicle's body, and of the road beside it. */
export interface BodyPixels {
  /** `Float32Array [n, 3]`: L*, a*, b*. */
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
const MOST_PER_AXIS = 40;
const LEAST_ROAD = 20;

const areaOf = ([x1, y1, x2, y2]: PixelBox) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
const sharedOf = (p: PixelBox, q: PixelBox) =>
  areaOf([Math.max(p[0], q[0]), Math.max(p[1], q[1]), Math.min(p[2], q[2]), Math.min(p[3], q[3])]);
const isIn = ([x1, y1, x2, y2]: PixelBox, x: number, y: number) => x >= x1 && x <= x2 && y >= y1 && y <= y2;

/** One vehicle and everything else that was detected with it. */
export interface Seen {
  box: PixelBox;
  isTwoWheeler: boolean;
  others: readonly { box: PixelBox; isPerson: boolean }[];
}

/** What stands before the vehicle: lower in the picture, and not the vehicle itself once more. */
function hidersOf({ box, isTwoWheeler, others }: Seen): { near: PixelBox[]; riders: PixelBox[] } {
  const apart = (other: PixelBox) => sharedOf(other, box) < SAME_OBJECT * Math.min(areaOf(other), areaOf(box));
  const near = others.filter((other) => other.box[3] > box[3] && apart(other.box)).map((other) => other.box);
  const fromSide = isTwoWheeler && box[3] - box[1] <= TALL * (box[2] - box[0]);
  const people = fromSide ? others.filter(({ isPerson }) => isPerson) : [];
  return { near, riders: people.map(({ box: [x1, y1, x2, y2] }) => [x1, y1, x2, y1 + BODY_OF_PERSON * (y2 - y1)]) };
}

function bodyPartOf({ box, isTwoWheeler }: Seen): Part {
  if (!isTwoWheeler) return OF_VEHICLE;
  return box[3] - box[1] > TALL * (box[2] - box[0]) ? OF_TALL_TWO_WHEELER : OF_WIDE_TWO_WHEELER;
}

/** Looks at a grid of places in and around a vehicle's box. */
export function bodyPixels({ rgb, inputWidthPx, pictureWidthPx, pictureHeightPx }: DetectedPicture, seen: Seen): BodyPixels {
  const table = labTable();
  const [x1, y1, x2, y2] = seen.box;
  const [width, height] = [x2 - x1, y2 - y1];
  const part = bodyPartOf(seen);
  const { near, riders } = hidersOf(seen);
  const body: number[] = [];
  const road: [number[], number[], number[]] = [[], [], []];
  let hidden = 0;
  let looked = 0;
  const stepX = Math.max(1, (width * (1 + 2 * AROUND)) / MOST_PER_AXIS);
  const stepY = Math.max(1, (height * (1 + AROUND)) / MOST_PER_AXIS);
  for (let y = Math.max(0, y1); y < Math.min(pictureHeightPx, y2 + AROUND * height + 1); y += stepY) {
    for (let x = Math.max(0, x1 - AROUND * width - 1); x < Math.min(pictureWidthPx, x2 + AROUND * width + 1); x += stepX) {
      const [u, v] = [(x - x1) / width, (y - y1) / height];
      const isInside = u >= 0 && u <= 1 && v <= 1;
      if (isInside ? !isIn(part, u, v) : v < ROAD_FROM) continue;
      const lab = labIndex(rgb, (Math.floor(y) * inputWidthPx + Math.floor(x)) * 3);
      if (!isInside) {
        if (!seen.others.some(({ box }) => isIn(box, x, y))) road.forEach((values, axis) => void values.push(table[lab + axis] as number));
        continue;
      }
      looked++;
      if (near.some((box) => isIn(box, x, y))) hidden++;
      else if (!riders.some((box) => isIn(box, x, y))) body.push(table[lab] as number, table[lab + 1] as number, table[lab + 2] as number);
    }
  }
  const [lightness, a, b] = road.map((values) => quantile(values, 0.5)) as [number, number, number];
  return {
    lab: Float32Array.from(body),
    road: road[0].length > LEAST_ROAD ? { lightness, a, b } : null,
    hidden: looked === 0 ? 1 : hidden / looked,
  };
}
