import { cellBounds, cellEnergies, gridOf, type HealthPicture } from './health-picture.js';
import { cellAgrees, type GradientField } from './view-match.js';

/** What a healthy camera looks like: static edges, and how sharp they are. Light is not part of it. */
export interface ViewReference extends GradientField {
  /** Capture time at which it was learnt, epoch ms. */
  learntAtMs: number;
  /** Fine over coarse energy of each cell; 0 where there is nothing to judge. */
  sharpness: Float32Array;
  /** Mean squared gradient of each cell of the small scale: how much there is to see. */
  energy: Float32Array;
  /** Cells with static edges. */
  cells: number[];
}

/** So long, and so many pictures, until traffic has averaged out. */
export const LEARN_MS = 30_000;
const LEARN_PICTURES = 12;
/** A cell has edges from this mean squared gradient of the small scale on (inclusive). */
export const EDGE_ENERGY = 4;
/** They are static when the gradients' mean keeps this much of it, and so many of the pictures show them (inclusive). */
const LASTING_ENERGY = 1;
const SEEN_SHARE = 0.7;
/** With fewer cells a view cannot be told from another. */
export const LEAST_CELLS = 12;
/** The reference follows season and light slowly; a healthy view only. */
const FOLLOW_MS = 15 * 60_000;

/** Learns a reference from the pictures of a healthy camera. */
export class ReferenceLearner {
  #from: HealthPicture | null = null;
  #gx = new Float32Array(0);
  #gy = new Float32Array(0);
  #energy = new Float32Array(0);
  #sharpness: Float32Array[] = [];
  #seen: GradientField[] = [];

  /** Takes a picture in; gives the reference once enough were seen. */
  take(picture: HealthPicture): ViewReference | null {
    if (this.#from?.luma.length !== picture.luma.length) this.#begin(picture);
    const { gx, gy } = picture.small;
    const { coarse, fine } = cellEnergies(picture);
    for (let at = 0; at < gx.length; at++) {
      this.#gx[at] = (this.#gx[at] as number) + (gx[at] as number);
      this.#gy[at] = (this.#gy[at] as number) + (gy[at] as number);
    }
    for (let cell = 0; cell < coarse.length; cell++) this.#energy[cell] = (this.#energy[cell] as number) + (coarse[cell] as number);
    this.#sharpness.push(coarse.map((energy, cell) => (energy >= EDGE_ENERGY ? (fine[cell] as number) / energy : Number.NaN)));
    this.#seen = [...this.#seen.slice(-(LEARN_PICTURES - 1)), picture.small];
    const since = this.#from?.atMs ?? picture.atMs;
    if (picture.atMs - since < LEARN_MS || this.#sharpness.length < LEARN_PICTURES) return null;
    return this.#finish(picture);
  }

  reset(): void {
    this.#from = null;
    this.#seen = [];
    this.#sharpness = [];
  }

  #begin(picture: HealthPicture): void {
    this.#from = picture;
    const { widthPx, heightPx } = picture.small;
    const grid = gridOf(picture);
    this.#gx = new Float32Array(widthPx * heightPx);
    this.#gy = new Float32Array(widthPx * heightPx);
    this.#energy = new Float32Array(grid.columns * grid.rows);
    this.#sharpness = [];
  }

  #finish(picture: HealthPicture): ViewReference {
    const count = this.#sharpness.length;
    const { widthPx, heightPx } = picture.small;
    const field = { widthPx, heightPx, gx: this.#gx.map((sum) => sum / count), gy: this.#gy.map((sum) => sum / count) };
    const grid = gridOf(field);
    const cells: number[] = [];
    const energy = this.#energy.map((sum) => sum / count);
    for (let cell = 0; cell < energy.length; cell++) {
      if ((energy[cell] as number) < EDGE_ENERGY || fieldEnergy(field, cellBounds(grid, cell, field)) < LASTING_ENERGY) continue;
      if (this.#seen.filter((one) => cellAgrees(field, one, cell)).length >= SEEN_SHARE * this.#seen.length) cells.push(cell);
    }
    const sharpness = new Float32Array(this.#energy.length);
    for (const cell of cells) sharpness[cell] = medianOf(this.#sharpness.map((values) => values[cell] as number));
    this.reset();
    return { ...field, learntAtMs: picture.atMs, sharpness, energy, cells };
  }
}

/** Lets a reference follow a healthy picture; `stepMs` since the picture before. Mutates `reference`. */
export function followView(reference: ViewReference, picture: HealthPicture, stepMs: number): void {
  const weight = Math.min(0.02, Math.max(0, stepMs) / FOLLOW_MS);
  const { gx, gy } = picture.small;
  for (let at = 0; at < gx.length; at++) {
    reference.gx[at] = (reference.gx[at] as number) * (1 - weight) + (gx[at] as number) * weight;
    reference.gy[at] = (reference.gy[at] as number) * (1 - weight) + (gy[at] as number) * weight;
  }
  const { coarse, fine } = cellEnergies(picture);
  for (const cell of reference.cells) {
    const energy = coarse[cell] as number;
    if (energy < EDGE_ENERGY) continue;
    reference.energy[cell] = (reference.energy[cell] as number) * (1 - weight) + energy * weight;
    reference.sharpness[cell] = (reference.sharpness[cell] as number) * (1 - weight) + ((fine[cell] as number) / energy) * weight;
  }
}

function fieldEnergy({ widthPx, gx, gy }: GradientField, { x0, x1, y0, y1 }: ReturnType<typeof cellBounds>): number {
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let at = y * widthPx + x0, end = y * widthPx + x1; at < end; at++) sum += (gx[at] as number) ** 2 + (gy[at] as number) ** 2;
  }
  return sum / Math.max(1, (x1 - x0) * (y1 - y0));
}

/** Median of the numbers among `values`; 0 when there is none. */
export function medianOf(values: Iterable<number>): number {
  const sorted = [...values].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
