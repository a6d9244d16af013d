import type { PixelBox, RgbPicture } from './picture.js';
import type { PrivateRegion } from './private-regions.js';

/**
 * So many blocks each way at most. Of a face: too few to tell who it is. Where a plate may hang: each block is larger than a
 * character, and the vehicle can still be made out.
 */
const BLOCKS: Record<PrivateRegion['kind'], number> = { face: 4, head: 4, plate: 1, 'plate-place': 8 };

function meanOf({ data, widthPx }: RgbPicture, [x1, y1, x2, y2]: PixelBox): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = y1; y < y2; y++)
    for (let x = x1; x < x2; x++) for (let c = 0; c < 3; c++) sums[c as 0 | 1 | 2] += data[(y * widthPx + x) * 3 + c] as number;
  const pixels = Math.max(1, (x2 - x1) * (y2 - y1));
  return sums.map((sum) => Math.round(sum / pixels)) as [number, number, number];
}

function fill({ data, widthPx }: RgbPicture, [x1, y1, x2, y2]: PixelBox, colour: readonly [number, number, number]): void {
  if (x2 <= x1 || y2 <= y1) return;
  const first = (y1 * widthPx + x1) * 3;
  for (let x = 0; x < x2 - x1; x++) data.set(colour, first + x * 3);
  for (let y = y1 + 1; y < y2; y++) data.copyWithin((y * widthPx + x1) * 3, first, first + (x2 - x1) * 3);
}

/**
 * The picture with its private regions made unrecognisable for good: faces and heads as at most 4 x 4 blocks of one colour
 * each, plates as one: characters of a known script can be computed back from blocks. The picture given is not changed.
 * @param flat all of it in one colour each: blocks that wander over what they hide, picture after picture, would tell it in the end
 */
export function hide(picture: RgbPicture, regions: readonly PrivateRegion[], { flat = false } = {}): RgbPicture {
  const hidden = { ...picture, data: new Uint8Array(picture.data) };
  for (const { kind, box } of regions) {
    const x1 = Math.max(0, Math.floor(box[0]));
    const y1 = Math.max(0, Math.floor(box[1]));
    const x2 = Math.min(picture.widthPx, Math.ceil(box[2]));
    const y2 = Math.min(picture.heightPx, Math.ceil(box[3]));
    const blocks = flat ? 1 : BLOCKS[kind];
    const edge = (from: number, to: number, index: number) => Math.round(from + ((to - from) * index) / blocks);
    for (let row = 0; row < blocks; row++)
      for (let column = 0; column < blocks; column++) {
        const block: PixelBox = [edge(x1, x2, column), edge(y1, y2, row), edge(x1, x2, column + 1), edge(y1, y2, row + 1)];
        fill(hidden, block, meanOf(picture, block));
      }
  }
  return hidden;
}
