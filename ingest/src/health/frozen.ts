import { cellBounds, gridOf, type HealthPicture } from './health-picture.js';

/** A cell lives when its mean absolute change of luma is more than this (exclusive), 0..255. */
const CELL_CHANGE = 0.02;
/** With no more than this share of living cells the picture stands still: a clock burnt in may go on (inclusive). */
export const FROZEN_LIVING_SHARE = 0.08;
/** The picture must have stood for so long, and in so many pictures. */
export const FROZEN_MS = 10_000;
const FROZEN_PICTURES = 4;

export interface FrozenVerdict {
  isFrozen: boolean;
  /** How long the picture has not changed, ms of capture time. */
  unchangedMs: number;
  /** Share of cells that changed since then, 0..1. */
  livingShare: number;
}

/**
 * Judges whether a picture stands still although pictures come: every picture is compared with the first of the period,
 * so that even slow changes add up. A sensor always has noise; a still scene therefore lives, a stuck encoder does not.
 */
export class FrozenJudge {
  #first: HealthPicture | null = null;
  #pictures = 0;

  take(picture: HealthPicture): FrozenVerdict {
    const first = this.#first;
    const livingShare = first && first.luma.length === picture.luma.length ? livingShareOf(first, picture) : 1;
    if (!first || livingShare > FROZEN_LIVING_SHARE || picture.atMs < first.atMs) {
      this.#first = picture;
      this.#pictures = 1;
      return { isFrozen: false, unchangedMs: 0, livingShare };
    }
    this.#pictures++;
    const unchangedMs = picture.atMs - first.atMs;
    return { isFrozen: unchangedMs >= FROZEN_MS && this.#pictures >= FROZEN_PICTURES, unchangedMs, livingShare };
  }

  reset(): void {
    this.#first = null;
    this.#pictures = 0;
  }
}

function livingShareOf(a: HealthPicture, b: HealthPicture): number {
  const grid = gridOf(b);
  const count = grid.columns * grid.rows;
  let living = 0;
  for (let index = 0; index < count; index++) {
    const { x0, x1, y0, y1 } = cellBounds(grid, index, b);
    let sum = 0;
    for (let y = y0; y < y1; y++) {
      for (let at = y * b.widthPx + x0, end = y * b.widthPx + x1; at < end; at++)
        sum += Math.abs((a.luma[at] as number) - (b.luma[at] as number));
    }
    if (sum > CELL_CHANGE * (x1 - x0) * (y1 - y0)) living++;
  }
  return living / count;
}
