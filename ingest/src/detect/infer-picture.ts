import type { DetectionModel } from './detection-loop.js';
import { mergeTiles } from './merge-tiles.js';
import { cutTile, decodedSize, type Tiling, tilesOf } from './tiles.js';

/** A decoded picture and the size that it had. */
export interface PictureToInfer {
  /** Packed RGB of `decodedSize`. */
  rgb: Buffer;
  source: { widthPx: number; heightPx: number };
}

export interface InferPictureOptions {
  model: DetectionModel;
  /** Null: the picture goes whole. */
  tiling: Tiling | null;
  /** Boxes with this score or more count (inclusive). */
  minScore: number;
  /** Classes that may leave; absent: `OBJECT_CLASSES`. */
  keep?: readonly string[];
  /** Runs one input of the model's size; gives `Float32Array [K, 6]`. */
  infer(input: Buffer): Promise<Float32Array>;
}

/**
 * Runs a picture, whole or tile by tile, all of them at once so that a node can batch them.
 * @returns `Float32Array [K, 6]` in pixels of the decoded picture
 * @throws what `infer` rejects with, when every tile is done
 */
export async function inferPicture({ rgb, source }: PictureToInfer, options: InferPictureOptions): Promise<Float32Array> {
  const { model, tiling, minScore, keep, infer } = options;
  if (!tiling) return infer(rgb);
  const decoded = decodedSize(model, tiling);
  const tiles = tilesOf(source, model, tiling);
  const runs = await Promise.allSettled(tiles.map(async (tile) => ({ tile, boxes: await infer(cutTile(rgb, decoded, model, tile)) })));
  const results = runs.map((run) => {
    if (run.status === 'rejected') throw run.reason;
    return run.value;
  });
  return mergeTiles(results, {
    classes: model.classes,
    nmsIou: model.nmsIou,
    minScore,
    ...(keep ? { keep } : {}),
    suppressAcrossGroup: true,
  });
}
