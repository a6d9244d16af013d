import { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelEntry } from '../catalogue.js';
import { networkInput } from '../check-conversion.js';
import type { OnnxGraph } from '../onnx/proto.js';
import { type Picture, samplePictures } from '../pictures.js';
import { readNetwork } from '../prepare-model.js';
import { pullModel } from '../pull.js';
import { isCached } from '../testing/cached-model.js';
import { largestDeviation, noise, runGraph, runPrepared } from '../testing/run-graph.js';
import { type NanodetFacts, prepareNanodet } from './nanodet.js';

const cached = await isCached('nanodet-g');
const facts = (modelEntry('nanodet-g').family as { facts: NanodetFacts }).facts;
const DISTANCE_OUTPUTS = ['Identity_3', 'Identity_4', 'Identity_5'];

/** Distance that a distribution over 0..10 expects. */
function expectation(bins: Float32Array): number {
  const shares = [...bins].map((value) => Math.exp(value));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.reduce((sum, share, i) => sum + (i * share) / total, 0);
}

/** Rows as the authors' code decodes them, from the raw outputs of the unprepared network: best first, at most 300. */
async function decodedByHand(network: OnnxGraph, picture: Picture): Promise<number[][]> {
  const { widthPx, heightPx } = picture;
  const raw = await runGraph(network, new Tensor('float32', networkInput(picture, facts), [1, 3, heightPx, widthPx]));
  const rows = facts.stridesPx.flatMap((stride, grid) => {
    const scores = raw[facts.scoreOutputs[grid] as string]?.data as Float32Array;
    const bins = raw[DISTANCE_OUTPUTS[grid] as string]?.data as Float32Array;
    return Array.from({ length: (widthPx / stride) * (heightPx / stride) }, (_, cell) => {
      const [x, y] = [((cell % (widthPx / stride)) + 0.5) * stride, (Math.floor(cell / (widthPx / stride)) + 0.5) * stride];
      const distance = (side: number): number => expectation(bins.slice(cell * 44 + side * 11, cell * 44 + (side + 1) * 11)) * stride;
      const classes = scores.slice(cell * 80, (cell + 1) * 80);
      const best = Math.max(...classes);
      const box = [
        Math.max(0, x - distance(0)),
        Math.max(0, y - distance(1)),
        Math.min(widthPx, x + distance(2)),
        Math.min(heightPx, y + distance(3)),
      ];
      return [...box, best, classes.indexOf(best)];
    });
  });
  return rows.sort((a, b) => (b[4] as number) - (a[4] as number)).slice(0, 300);
}

describe.skipIf(!cached)('prepareNanodet on the real network', () => {
  let network: OnnxGraph;
  beforeAll(async () => {
    network = await readNetwork(await pullModel('nanodet-g'));
  });

  it.each([
    { widthPx: 416, heightPx: 416 },
    { widthPx: 640, heightPx: 384 },
    { widthPx: 96, heightPx: 160 },
  ])('gives the boxes that decoding by hand gives at $widthPx x $heightPx', async (size) => {
    const [picture] = (await samplePictures(process.env['SAFECITY_FOOTAGE_DIR'], size, 1)) as [Picture];
    const [rows] = await runPrepared(prepareNanodet(network, size, facts), [picture]);
    const expected = await decodedByHand(network, picture);
    // Rows of nearly equal score may change places; those that matter are far enough apart.
    const scored = (list: number[][]): number[][] =>
      list
        .filter((row) => (row[4] as number) > 0.1)
        .sort((a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number));
    expect(rows).toHaveLength(expected.length);
    expect(largestDeviation([rows?.map((row) => row[4] as number) ?? []], [expected.map((row) => row[4] as number)])).toBeLessThan(1e-4);
    expect(scored(rows as number[][]).length).toBeGreaterThan(0);
    expect(largestDeviation(scored(rows as number[][]), scored(expected))).toBeLessThan(1e-3);
  });

  it('gives each picture of a batch what it gets alone', async () => {
    const size = { widthPx: 128, heightPx: 96 };
    const graph = prepareNanodet(network, size, facts);
    const pictures = [noise(128, 96, 1), noise(128, 96, 9)];
    const together = await runPrepared(graph, pictures);
    for (const [i, picture] of pictures.entries()) {
      expect(largestDeviation(together[i] as number[][], (await runPrepared(graph, [picture]))[0] as number[][])).toBeLessThan(1e-3);
    }
  });

  it('refuses a graph with other heads', () => {
    const otherHeads = { ...facts, scoreOutputs: ['Identity_3', 'Identity_4', 'Identity_5'] };
    expect(() => prepareNanodet(network, { widthPx: 96, heightPx: 96 }, otherHeads)).toThrow(
      expect.objectContaining({
        code: 'MODELS_GRAPH_UNEXPECTED',
        message: expect.stringMatching(/ should come from Sigmoid, not from Split$/),
      }),
    );
  });
});
