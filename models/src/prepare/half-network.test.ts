import { describe, expect, it } from 'vitest';
import { modelEntry } from '../catalogue.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type OnnxGraph } from '../onnx/proto.js';
import { readNetwork } from '../prepare-model.js';
import { pullModel } from '../pull.js';
import { isCached } from '../testing/cached-model.js';
import { noise, runPrepared } from '../testing/run-graph.js';
import { TINY_YOLOX, tinyYolox } from '../testing/tiny-yolox.js';
import { halfNetwork } from './half-network.js';
import { prepareNanodet } from './nanodet.js';
import { prepareYolox } from './yolox.js';

const isNanodetCached = await isCached('nanodet-g');
/** 252 anchors are fewer than the 300 rows, so that every box is in both outputs. */
const SIZE = { widthPx: 96, heightPx: 128 };
const pictures = [noise(96, 128, 1), noise(96, 128, 2)];

/** Largest difference of scores, and of sides in pixels, between rows of the same place in the order. */
async function differences(fp32: OnnxGraph, fp16: OnnxGraph): Promise<{ score: number; sidePx: number }> {
  const [exact, half] = [await runPrepared(fp32, pictures), await runPrepared(fp16, pictures)];
  let score = 0;
  let sidePx = 0;
  exact.forEach((rows, picture) => {
    for (const row of rows) {
      // Near-equal scores may change places, and boxes of neighbours may be the same: the row that differs least is meant.
      const apart = (half[picture] as number[][]).map((other) => ({
        sidePx: Math.max(...[0, 1, 2, 3].map((side) => Math.abs((other[side] as number) - (row[side] as number)))),
        score: Math.abs((other[4] as number) - (row[4] as number)),
      }));
      const twin = apart.reduce((best, one) => (one.sidePx + 100 * one.score < best.sidePx + 100 * best.score ? one : best));
      sidePx = Math.max(sidePx, twin.sidePx);
      score = Math.max(score, twin.score);
    }
  });
  return { score, sidePx };
}

function elementTypes({ inputs, outputs, initializers }: OnnxGraph) {
  const of = (values: OnnxGraph['inputs']) => values.map(({ type }) => type?.tensorType?.elemType);
  const count = (type: number) => initializers.filter(({ dataType }) => dataType === type).length;
  return { inputs: of(inputs), outputs: of(outputs), half: count(ELEMENT.half), float: count(ELEMENT.float) };
}

describe('a network in half precision', () => {
  it('takes and gives the same, with nearly the same numbers', async () => {
    const [fp32, fp16] = [prepareYolox(tinyYolox(), SIZE, TINY_YOLOX), prepareYolox(tinyYolox(), SIZE, TINY_YOLOX, 'fp16')];
    const [types, halfTypes] = [elementTypes(fp32), elementTypes(fp16)];
    expect([halfTypes.inputs, halfTypes.outputs]).toEqual([types.inputs, types.outputs]);
    expect(types.half).toBe(0);
    expect(halfTypes.half).toBeGreaterThan(halfTypes.float);
    const { score, sidePx } = await differences(fp32, fp16);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(5e-3);
    expect(sidePx).toBeLessThan(0.5);
  });

  it('is refused when a weight is too large for it', () => {
    const writer = new GraphWriter('');
    const sum = writer.add('Add', ['images', writer.floats([1], [70_000])]);
    const after = new GraphWriter('after_');
    after.addOutput('Identity', [sum], 'out');
    expect(() => halfNetwork({ nodes: writer.nodes, initializers: writer.initializers }, after.nodes)).toThrow(
      'holds 70000, which half precision cannot: use fp32',
    );
  });

  it('keeps the scales of a Resize in 32 bits, which the operator wants', () => {
    const writer = new GraphWriter('');
    const scales = writer.floats([4], [1, 1, 2, 2]);
    const wide = writer.add('Resize', [writer.add('Cast', ['images'], { to: { int: ELEMENT.float } }), '', scales], {
      mode: { text: 'nearest' },
    });
    const after = new GraphWriter('after_');
    after.addOutput('Identity', [wide], 'out');
    const { nodes } = halfNetwork({ nodes: writer.nodes, initializers: writer.initializers }, after.nodes);
    expect(nodes.map(({ opType, input }) => [opType, input?.at(-1)])).toEqual([
      ['Cast', 'images'],
      ['Resize', scales],
      ['Cast', `${wide}_half`],
    ]);
    expect(nodes.at(-1)?.output).toEqual([wide]);
  });

  it.skipIf(!isNanodetCached)('of NanoDet finds what the whole one finds', async () => {
    const { family } = modelEntry('nanodet-g');
    const network = await readNetwork(await pullModel('nanodet-g'));
    if (family.kind !== 'nanodet') throw new Error('nanodet-g is a NanoDet');
    const { score } = await differences(prepareNanodet(network, SIZE, family.facts), prepareNanodet(network, SIZE, family.facts, 'fp16'));
    expect(score).toBeLessThan(5e-3);
  });
});
