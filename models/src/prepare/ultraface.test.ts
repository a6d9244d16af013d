import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { modelEntry } from '../catalogue.js';
import { decodeModel } from '../onnx/proto.js';
import type { Picture } from '../pictures.js';
import { pullModel } from '../pull.js';
import { isCached } from '../testing/cached-model.js';
import { largestDeviation, noise, runGraph, runPrepared } from '../testing/run-graph.js';
import { prepareUltraface, type UltrafaceFacts } from './ultraface.js';

const facts = modelEntry('ultraface').family.facts as UltrafaceFacts;
const network = (await isCached('ultraface')) ? await readNetwork() : undefined;

async function readNetwork() {
  const [path = ''] = (await pullModel('ultraface')).files.values();
  return decodeModel(await readFile(path), path);
}

/** Rows as the published network itself decodes them, corners in pixels, best first. */
async function decodedByNetwork({ rgb, widthPx, heightPx }: Picture): Promise<number[][]> {
  const area = widthPx * heightPx;
  const values = Float32Array.from({ length: 3 * area }, (_, i) => ((rgb[(i % area) * 3 + Math.floor(i / area)] as number) - 127) / 128);
  const { scores, boxes } = await runGraph(network as never, new Tensor('float32', values, [1, 3, heightPx, widthPx]));
  const [score, box] = [scores, boxes].map((tensor) => (tensor as Tensor).data as Float32Array) as [Float32Array, Float32Array];
  const rows = Array.from({ length: score.length / 2 }, (_, i) => {
    const corners = [0, 1, 2, 3].map((side) => {
      const most = side % 2 === 0 ? widthPx : heightPx;
      return Math.min(most, Math.max(0, (box[4 * i + side] as number) * most));
    });
    return [...corners, score[2 * i + 1] as number, 0];
  });
  return rows.sort((a, b) => (b[4] as number) - (a[4] as number));
}

describe.skipIf(!network)('prepareUltraface', () => {
  it('gives the boxes that the published network gives at its own size', async () => {
    const picture = noise(320, 240, 1);
    const [rows] = await runPrepared(prepareUltraface(network as never, picture, facts), [picture]);
    expect(rows).toHaveLength(300);
    const wanted = (await decodedByNetwork(picture)).slice(0, 100);
    expect(largestDeviation((rows as number[][]).slice(0, 100), wanted)).toBeLessThan(1e-3);
  });

  it('gives each picture of a batch at another size what it gets alone', async () => {
    const pictures = [noise(192, 128, 3), noise(192, 128, 4)];
    const graph = prepareUltraface(network as never, { widthPx: 192, heightPx: 128 }, facts);
    const together = await runPrepared(graph, pictures);
    for (const [i, picture] of pictures.entries())
      expect(largestDeviation(together[i] as number[][], (await runPrepared(graph, [picture]))[0] as number[][])).toBeLessThan(1e-4);
  });

  it('refuses a graph with another number of grids', () => {
    const prepare = () => prepareUltraface(network as never, { widthPx: 192, heightPx: 128 }, { ...facts, stridesPx: [8, 16] });
    expect(prepare).toThrow(expect.objectContaining({ code: 'MODELS_GRAPH_UNEXPECTED' }));
  });
});
