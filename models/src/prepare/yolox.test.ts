import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../pictures.js';
import { largestDeviation, noise, runGraph, runPrepared } from '../testing/run-graph.js';
import { TINY_YOLOX, tinyYolox } from '../testing/tiny-yolox.js';
import { prepareYolox } from './yolox.js';

/** The published network's input: BGR 0..255, NCHW. */
function networkInput({ rgb, widthPx, heightPx }: Picture): Tensor {
  const area = widthPx * heightPx;
  const values = Float32Array.from({ length: 3 * area }, (_, i) => rgb[(i % area) * 3 + 2 - Math.floor(i / area)] as number);
  return new Tensor('float32', values, [1, 3, heightPx, widthPx]);
}

/** Rows as the YOLOX paper decodes them, written independently of the graph: best first, at most 300. */
async function decodedByHand(picture: Picture): Promise<number[][]> {
  const { output } = await runGraph(tinyYolox(), networkInput(picture));
  const values = (output as Tensor).data as Float32Array;
  const width = 5 + TINY_YOLOX.classCount;
  const rows: number[][] = [];
  let anchor = 0;
  for (const stride of TINY_YOLOX.stridesPx) {
    for (let y = 0; y < picture.heightPx / stride; y += 1) {
      for (let x = 0; x < picture.widthPx / stride; x += 1, anchor += 1) {
        const [dx, dy, w, h, objectness, ...classes] = values.slice(anchor * width, (anchor + 1) * width) as unknown as [
          number,
          number,
          number,
          number,
          number,
          ...number[],
        ];
        const best = Math.max(...classes);
        const [cx, cy, halfWidth, halfHeight] = [
          (x + dx) * stride,
          (y + dy) * stride,
          (Math.exp(w) * stride) / 2,
          (Math.exp(h) * stride) / 2,
        ];
        const inside = (value: number, size: number): number => Math.min(size, Math.max(0, value));
        const corners = [
          [cx - halfWidth, cy - halfHeight],
          [cx + halfWidth, cy + halfHeight],
        ].flatMap(([px, py]) => [inside(px as number, picture.widthPx), inside(py as number, picture.heightPx)]);
        rows.push([...corners, objectness * best, classes.indexOf(best)]);
      }
    }
  }
  return rows.sort((a, b) => (b[4] as number) - (a[4] as number)).slice(0, 300);
}

describe('prepareYolox', () => {
  it.each([
    { name: 'more anchors than rows', widthPx: 160, heightPx: 128, rowCount: 300 },
    { name: 'fewer anchors than rows', widthPx: 96, heightPx: 128, rowCount: 252 },
  ])('gives the boxes that decoding by hand gives: $name', async ({ widthPx, heightPx, rowCount }) => {
    const picture = noise(widthPx, heightPx, 1);
    const [rows] = await runPrepared(prepareYolox(tinyYolox(), picture, TINY_YOLOX), [picture]);
    expect(rows).toHaveLength(rowCount);
    expect(largestDeviation(rows as number[][], await decodedByHand(picture))).toBeLessThan(1e-4);
  });

  it('takes a graph that was exported for one size and prepares it for another', async () => {
    const picture = noise(128, 96, 2);
    const [fromFixed] = await runPrepared(prepareYolox(tinyYolox(416), picture, TINY_YOLOX), [picture]);
    expect(largestDeviation(fromFixed as number[][], await decodedByHand(picture))).toBeLessThan(1e-4);
  });

  it('gives each picture of a batch what it gets alone', async () => {
    const pictures = [noise(96, 96, 3), noise(96, 96, 4), noise(96, 96, 5)];
    const graph = prepareYolox(tinyYolox(), { widthPx: 96, heightPx: 96 }, TINY_YOLOX);
    const together = await runPrepared(graph, pictures);
    for (const [i, picture] of pictures.entries()) {
      expect(largestDeviation(together[i] as number[][], (await runPrepared(graph, [picture]))[0] as number[][])).toBeLessThan(1e-5);
    }
  });

  it.each([
    { name: 'other heads', change: { stridesPx: [8, 16], classCount: 3 }, message: 'output joins 3 grids, not 2' },
    { name: 'no stacking of blocks', reader: 'Relu', message: /^.* should come from Concat, not from Relu$/ },
  ])('refuses a graph with $name', ({ change, reader, message }) => {
    const graph = tinyYolox();
    if (reader) for (const node of graph.nodes) if (node.opType === 'Concat' && node.input?.length === 4) node.opType = reader;
    const prepare = () => prepareYolox(graph, { widthPx: 96, heightPx: 96 }, change ?? TINY_YOLOX);
    expect(prepare).toThrow(expect.objectContaining({ code: 'MODELS_GRAPH_UNEXPECTED', message: expect.stringMatching(message) }));
  });
});
