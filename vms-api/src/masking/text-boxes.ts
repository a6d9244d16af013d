import { type MaskInference, TEXT_MODEL } from './mask-models.js';
import { cutPicture, type PixelBox, type RgbPicture, scaledPicture } from './picture.js';

const SIDE_STEP_PX = 32;
const MOST_SIDE_PX = 640;
/** Text probability of 255 from which on a pixel counts; lower than a reader would set it, as a miss shows a plate. */
const LEAST_PROBABILITY = 60;
/** The map is looked at in cells of so many pixels: characters of a row grow together. */
const CELL_PX = 4;
/** The network marks the kernel of a text; so much is added on each side, as a share of its height. */
const GROWTH = 0.7;

/** Groups marked cells that touch, diagonally too, into boxes of cells, ends exclusive. */
function groupsOf(marked: Uint8Array, columns: number): PixelBox[] {
  const groups: PixelBox[] = [];
  const rows = marked.length / columns;
  for (let start = 0; start < marked.length; start++) {
    if (!marked[start]) continue;
    const box: [number, number, number, number] = [columns, rows, 0, 0];
    const open = [start];
    marked[start] = 0;
    for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
      const [x, y] = [cell % columns, Math.floor(cell / columns)];
      box.splice(0, 4, Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1));
      for (let ny = Math.max(0, y - 1); ny <= Math.min(rows - 1, y + 1); ny++)
        for (let nx = Math.max(0, x - 1); nx <= Math.min(columns - 1, x + 1); nx++) {
          const next = ny * columns + nx;
          if (marked[next]) open.push(next);
          marked[next] = 0;
        }
    }
    groups.push(box);
  }
  return groups;
}

/** Boxes of text in a probability map, `Uint8Array [heightPx, widthPx]`, in its pixels. */
export function textBoxes(map: Uint8Array, widthPx: number, heightPx: number): PixelBox[] {
  const [columns, rows] = [Math.ceil(widthPx / CELL_PX), Math.ceil(heightPx / CELL_PX)];
  const marked = new Uint8Array(columns * rows);
  for (let at = 0; at < widthPx * heightPx; at++) {
    if ((map[at] ?? 0) < LEAST_PROBABILITY) continue;
    marked[Math.floor(Math.floor(at / widthPx) / CELL_PX) * columns + Math.floor((at % widthPx) / CELL_PX)] = 1;
  }
  return groupsOf(marked, columns).map(([x1, y1, x2, y2]) => {
    const grown = (y2 - y1) * CELL_PX * GROWTH;
    return [x1 * CELL_PX - grown, y1 * CELL_PX - grown, x2 * CELL_PX + grown, y2 * CELL_PX + grown];
  });
}

/**
 * Boxes of everything in a part of a picture that is text, in pixels of the picture.
 * @param seenWidthPx breadth of the part as the network sees it
 */
export async function findText(inference: MaskInference, picture: RgbPicture, part: PixelBox, seenWidthPx: number): Promise<PixelBox[]> {
  const [left, top] = [Math.max(0, Math.floor(part[0])), Math.max(0, Math.floor(part[1]))];
  const size = {
    widthPx: Math.min(picture.widthPx, Math.ceil(part[2])) - left,
    heightPx: Math.min(picture.heightPx, Math.ceil(part[3])) - top,
  };
  if (size.widthPx < 4 || size.heightPx < 4) return [];
  const scale = Math.min(seenWidthPx, MOST_SIDE_PX, (MOST_SIDE_PX * size.widthPx) / size.heightPx) / size.widthPx;
  const scaled = await scaledPicture(cutPicture(picture, left, top, size), scale);
  const padded = (side: number) => Math.min(MOST_SIDE_PX, Math.ceil(side / SIDE_STEP_PX) * SIDE_STEP_PX);
  const { data, widthPx, heightPx } = cutPicture(scaled, 0, 0, { widthPx: padded(scaled.widthPx), heightPx: padded(scaled.heightPx) });
  const images = { name: 'images', datatype: 'UINT8', shape: [1, heightPx, widthPx, 3], data } as const;
  const { outputs } = await inference.inferTensors({ modelId: TEXT_MODEL, inputs: [images] });
  return textBoxes(outputs[0]?.data as Uint8Array, widthPx, heightPx).map(([x1, y1, x2, y2]) => [
    left + x1 / scale,
    top + y1 / scale,
    left + x2 / scale,
    top + y2 / scale,
  ]);
}
