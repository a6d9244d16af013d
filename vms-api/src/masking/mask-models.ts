import type { InferenceClient, ModelFacts } from '@safecity/platform';
import { cutPicture, type PixelBox, type RgbPicture, scaledPicture } from './picture.js';
import { type Size, tileCorners } from './tiles.js';

/** The part of the inference client that masking needs. */
export type MaskInference = Pick<InferenceClient, 'infer' | 'inferTensors' | 'model' | 'tensorModel'>;

export const FACE_MODEL = 'ultraface';
export const TEXT_MODEL = 'plate-find';

/** Something that a detector found. */
export interface Found {
  className: string;
  score: number;
  /** Pixels of the picture. */
  box: PixelBox;
}

/** Two boxes of a class of which the smaller lies in the other by more than this share are one thing seen in two tiles. */
const SAME_SHARE = 0.6;

function withoutDoubles(found: Found[]): Found[] {
  const kept: Found[] = [];
  for (const one of found.sort((a, b) => b.score - a.score)) {
    if (!kept.some((other) => other.className === one.className && insideShare(one.box, other.box) > SAME_SHARE)) kept.push(one);
  }
  return kept;
}

function insideShare(a: PixelBox, b: PixelBox): number {
  const side = (from: number, to: number) => Math.max(0, to - from);
  const shared = side(Math.max(a[0], b[0]), Math.min(a[2], b[2])) * side(Math.max(a[1], b[1]), Math.min(a[3], b[3]));
  const smaller = Math.min(side(a[0], a[2]) * side(a[1], a[3]), side(b[0], b[2]) * side(b[1], b[3]));
  return smaller > 0 ? shared / smaller : 0;
}

async function inTile(inference: MaskInference, model: ModelFacts, tile: RgbPicture, minScore: number): Promise<Found[]> {
  const { boxes } = await inference.infer({ modelId: model.modelId, frame: tile.data, widthPx: tile.widthPx, heightPx: tile.heightPx });
  const found: Found[] = [];
  for (let at = 0; at + 5 < boxes.length; at += 6) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, index = 0] = boxes.subarray(at, at + 6);
    if (score >= minScore && x2 > x1 && y2 > y1) found.push({ className: model.classes[index] ?? '', score, box: [x1, y1, x2, y2] });
  }
  return found;
}

/**
 * Looks for what a detector knows in a picture at several scales, each cut into tiles of the model's input: a face that is
 * lost when the whole picture is made small enough for the network is found in its tile.
 * @param scales of the picture; 1 is pixel for pixel
 */
export async function findInTiles(
  inference: MaskInference,
  model: ModelFacts,
  picture: RgbPicture,
  { scales, minScore }: { scales: readonly number[]; minScore: number },
): Promise<Found[]> {
  const found: Found[] = [];
  const input: Size = model;
  for (const scale of new Set(scales)) {
    const level = await scaledPicture(picture, scale);
    for (const [left, top] of tileCorners(level, input)) {
      const seen = await inTile(inference, model, cutPicture(level, left, top, input), minScore);
      const back = ([x1, y1, x2, y2]: PixelBox): PixelBox => [
        (x1 + left) / scale,
        (y1 + top) / scale,
        (x2 + left) / scale,
        (y2 + top) / scale,
      ];
      found.push(...seen.map((one) => ({ ...one, box: back(one.box) })));
    }
  }
  return withoutDoubles(found);
}
