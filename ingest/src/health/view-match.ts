import { type CellGrid, cellBounds, gridOf } from './health-picture.js';

/** Gradients of a view in the small scale, `[heightPx, widthPx]`. */
export interface GradientField {
  widthPx: number;
  heightPx: number;
  gx: Float32Array;
  gy: Float32Array;
}

/** How the present view lies against the reference. */
export interface ViewShift {
  /** Where the reference's middle went, as a share of the picture's width and height; right and down are positive. */
  x: number;
  y: number;
  /** Clockwise as seen, degrees. */
  rotationDegrees: number;
  /** Above 1: nearer than the reference. */
  zoom: number;
  /** Mean displacement over the matched cells, share of the picture's longer side. */
  displacement: number;
  /** Share of the reference's cells that moved in this one way, 0..1. */
  support: number;
}

/** Cells correlate from here on (inclusive). */
const CELL_AGREES = 0.4;
/** A displaced cell must correlate better, because its place was searched for (inclusive). */
const CELL_FOUND = 0.55;
/** Cells are searched for so far around the coarse shift, pixels of the small scale. */
const SEARCH_PX = 12;
/** So many cells, spread over the picture, are searched for: they say as much as all of them. */
const SEARCHED_CELLS = 36;
/** Coarse shifts looked at: up to this share of each side. */
const COARSE_REACH = 0.45;
const COARSE_FACTOR = 4;
/** A matched cell belongs to a motion that puts it this near, pixels of the small scale (inclusive). */
const INLIER_PX = 1.5;

/**
 * Share of `cells` (indices of the reference's grid) that look the same at the same place, 0..1. Light drops out: only
 * directions and proportions of gradients count.
 */
export function agreement(reference: GradientField, now: GradientField, cells: readonly number[]): number {
  return cells.length === 0 ? 0 : cells.filter((cell) => cellAgrees(reference, now, cell)).length / cells.length;
}

/**
 * Looks for the one shift, rotation and zoom that takes the reference's cells to their places in the present view: a
 * coarse shift by correlation of edge strength, each cell by block matching around it, then the motion that most cells
 * share (random sample consensus, Fischler and Bolles 1981, over all pairs in a fixed order). Null when fewer than a
 * quarter of the cells share one.
 */
export function viewShift(reference: GradientField, now: GradientField, allCells: readonly number[]): ViewShift | null {
  const every = Math.max(1, Math.ceil(allCells.length / SEARCHED_CELLS));
  const cells = allCells.filter((_, index) => index % every === 0);
  const coarse = coarseShift(reference, now);
  const matches = matchCells(reference, now, cells, coarse).concat(
    coarse.x === 0 && coarse.y === 0 ? [] : matchCells(reference, now, cells, { x: 0, y: 0 }),
  );
  const motion = sharedMotion(matches);
  const support = motion ? new Set(motion.inliers.map(({ cell }) => cell)).size / cells.length : 0;
  if (!motion || support < 0.25) return null;
  const { widthPx: w, heightPx: h } = reference;
  const middle = motion.move(w / 2, h / 2);
  const mean = motion.inliers.reduce((sum, m) => sum + Math.hypot(m.toX - m.x, m.toY - m.y), 0) / motion.inliers.length;
  return {
    x: (middle.x - w / 2) / w,
    y: (middle.y - h / 2) / h,
    rotationDegrees: (Math.atan2(motion.b, motion.a) * 180) / Math.PI,
    zoom: Math.hypot(motion.a, motion.b),
    displacement: mean / Math.max(w, h),
    support,
  };
}

/** True when cell `cell` looks the same at the same place. */
export function cellAgrees(reference: GradientField, now: GradientField, cell: number): boolean {
  return correlation(reference, now, cellBounds(gridOf(reference), cell, reference), 0, 0) >= CELL_AGREES;
}

type Bounds = ReturnType<typeof cellBounds>;

/** Normalised correlation of a cell of the reference with the present view shifted by `dx`, `dy`; 0 when it leaves the picture. */
function correlation(reference: GradientField, now: GradientField, { x0, x1, y0, y1 }: Bounds, dx: number, dy: number): number {
  const { widthPx: w, heightPx: h } = now;
  if (x0 + dx < 0 || y0 + dy < 0 || x1 + dx > w || y1 + dy > h) return 0;
  let both = 0;
  let one = 0;
  let other = 0;
  for (let y = y0; y < y1; y++) {
    const offset = dy * w + dx;
    for (let at = y * w + x0, end = y * w + x1; at < end; at++) {
      const rx = reference.gx[at] as number;
      const ry = reference.gy[at] as number;
      const nx = now.gx[at + offset] as number;
      const ny = now.gy[at + offset] as number;
      both += rx * nx + ry * ny;
      one += rx * rx + ry * ry;
      other += nx * nx + ny * ny;
    }
  }
  return one > 0 && other > 0 ? both / Math.sqrt(one * other) : 0;
}

interface Strength {
  w: number;
  h: number;
  values: Float32Array;
}

/** Edge strength averaged over squares, root taken so that few strong edges do not decide, mean taken out. */
function strengthOf({ widthPx, heightPx, gx, gy }: GradientField): Strength {
  const w = Math.floor(widthPx / COARSE_FACTOR);
  const h = Math.floor(heightPx / COARSE_FACTOR);
  const values = new Float32Array(w * h);
  for (let y = 0; y < h * COARSE_FACTOR; y++) {
    for (let x = 0; x < w * COARSE_FACTOR; x++) {
      const at = y * widthPx + x;
      const to = Math.floor(y / COARSE_FACTOR) * w + Math.floor(x / COARSE_FACTOR);
      values[to] = (values[to] as number) + Math.sqrt(Math.hypot(gx[at] as number, gy[at] as number));
    }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { w, h, values: values.map((value) => value - mean) };
}

function coarseShift(reference: GradientField, now: GradientField): { x: number; y: number } {
  const a = strengthOf(reference);
  const b = strengthOf(now);
  const reachX = Math.floor(a.w * COARSE_REACH);
  const reachY = Math.floor(a.h * COARSE_REACH);
  let best = { x: 0, y: 0, score: 0 };
  for (let y = -reachY; y <= reachY; y++) {
    for (let x = -reachX; x <= reachX; x++) {
      const score = shiftedCorrelation(a, b, x, y);
      if (score > best.score) best = { x, y, score };
    }
  }
  return { x: best.x * COARSE_FACTOR, y: best.y * COARSE_FACTOR };
}

/** Correlation over what both pictures show at this shift; smaller overlaps need more. */
function shiftedCorrelation(a: Strength, b: Strength, dx: number, dy: number): number {
  let both = 0;
  let one = 0;
  let other = 0;
  let count = 0;
  const fromX = Math.max(0, -dx);
  const toX = Math.min(a.w, a.w - dx);
  for (let y = Math.max(0, -dy); y < Math.min(a.h, a.h - dy); y++) {
    for (let x = fromX; x < toX; x++) {
      const p = a.values[y * a.w + x] as number;
      const q = b.values[(y + dy) * a.w + x + dx] as number;
      both += p * q;
      one += p * p;
      other += q * q;
      count++;
    }
  }
  return one > 0 && other > 0 ? (both / Math.sqrt(one * other)) * Math.sqrt(count / a.values.length) : 0;
}

interface CellMatch {
  cell: number;
  x: number;
  y: number;
  toX: number;
  toY: number;
}

function matchCells(reference: GradientField, now: GradientField, cells: readonly number[], around: { x: number; y: number }): CellMatch[] {
  const grid: CellGrid = gridOf(reference);
  const matches: CellMatch[] = [];
  for (const cell of cells) {
    const bounds = cellBounds(grid, cell, reference);
    const rough = bestPlace(reference, now, bounds, { ...around, reach: SEARCH_PX, step: 2 });
    const best = bestPlace(reference, now, bounds, { x: rough.dx, y: rough.dy, reach: 1, step: 1 });
    if (best.score < CELL_FOUND) continue;
    const x = (bounds.x0 + bounds.x1) / 2;
    const y = (bounds.y0 + bounds.y1) / 2;
    matches.push({ cell, x, y, toX: x + best.dx, toY: y + best.dy });
  }
  return matches;
}

interface Search {
  x: number;
  y: number;
  reach: number;
  step: number;
}

function bestPlace(reference: GradientField, now: GradientField, bounds: Bounds, { x, y, reach, step }: Search) {
  let best = { dx: x, dy: y, score: 0 };
  for (let dy = y - reach; dy <= y + reach; dy += step) {
    for (let dx = x - reach; dx <= x + reach; dx += step) {
      const score = correlation(reference, now, bounds, dx, dy);
      if (score > best.score) best = { dx, dy, score };
    }
  }
  return best;
}

interface Motion {
  /** x' = a·x − b·y + tx, y' = b·x + a·y + ty */
  a: number;
  b: number;
  move(x: number, y: number): { x: number; y: number };
  inliers: CellMatch[];
}

/** Zooms and rotations that are believed. */
const ZOOM_RANGE = { low: 0.6, high: 1.6 };
const MOST_ROTATION = Math.PI / 6;

function sharedMotion(matches: readonly CellMatch[]): Motion | null {
  let best: Motion | null = null;
  for (const [first, one] of matches.entries()) {
    for (const other of matches.slice(first + 1)) {
      const motion = motionOf(one, other, matches);
      if (motion && motion.inliers.length > (best?.inliers.length ?? 0)) best = motion;
    }
  }
  return best;
}

function motionOf(one: CellMatch, other: CellMatch, matches: readonly CellMatch[]): Motion | null {
  const dx = other.x - one.x;
  const dy = other.y - one.y;
  const length = dx * dx + dy * dy;
  // Neighbours say little of rotation and zoom: rounding to pixels would.
  if (length < 900) return null;
  const ex = other.toX - one.toX;
  const ey = other.toY - one.toY;
  const a = (dx * ex + dy * ey) / length;
  const b = (dx * ey - dy * ex) / length;
  const zoom = Math.hypot(a, b);
  if (zoom < ZOOM_RANGE.low || zoom > ZOOM_RANGE.high || Math.abs(Math.atan2(b, a)) > MOST_ROTATION) return null;
  const tx = one.toX - a * one.x + b * one.y;
  const ty = one.toY - b * one.x - a * one.y;
  const move = (x: number, y: number) => ({ x: a * x - b * y + tx, y: b * x + a * y + ty });
  const inliers = matches.filter((m) => Math.hypot(a * m.x - b * m.y + tx - m.toX, b * m.x + a * m.y + ty - m.toY) <= INLIER_PX);
  return { a, b, move, inliers };
}
