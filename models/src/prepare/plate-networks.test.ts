import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, encodeModel, valueShape } from '../onnx/proto.js';
import { PLATE_CHARACTERS, preparePlateRecognition, prepareTextDetection } from './plate-networks.js';

async function run(bytes: Uint8Array, pixels: readonly number[], shape: readonly number[]) {
  const session = await InferenceSession.create(bytes);
  const answer = await session.run({ images: new Tensor('uint8', Uint8Array.from(pixels), [...shape]) });
  await session.release();
  return answer;
}

it('the detector is fed scaled planes and its map comes out in bytes', async () => {
  const writer = new GraphWriter('n_');
  const mean = writer.add('ReduceMean', ['x'], { axes: { ints: [1] }, keepdims: { int: 1 } });
  writer.addOutput('Sigmoid', [mean], 'y');
  const network = {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [valueShape('x', ELEMENT.float, [1, 3, 'h', 'w'])],
    outputs: [valueShape('y', ELEMENT.float, [1, 1, 'h', 'w'])],
    opset: 11,
  };
  const map = (await run(encodeModel(prepareTextDetection(network), 'find'), [255, 255, 255, 0, 0, 0], [1, 1, 2, 3]))['map'] as Tensor;
  expect(map.dims).toEqual([1, 1, 1, 2]);
  const mean255 = ((1 - 0.485) / 0.229 + (1 - 0.456) / 0.224 + (1 - 0.406) / 0.225) / 3;
  const mean0 = -(0.485 / 0.229 + 0.456 / 0.224 + 0.406 / 0.225) / 3;
  const expected = [mean255, mean0].map((value) => Math.floor(255 / (1 + Math.exp(-value)) + 0.5));
  expect([...(map.data as Uint8Array)]).toEqual(expected);
});

it('the recogniser keeps blank and the characters of plates, small letters with the capitals', async () => {
  const alphabet = ['电', '7', 'a', 'A', '·'];
  const classes = alphabet.length + 2;
  const writer = new GraphWriter('n_');
  const pooled = writer.add('ReduceMean', ['x'], { axes: { ints: [1, 2] }, keepdims: { int: 0 } });
  const steps = writer.add('Reshape', [pooled, writer.ints([1, -1, 1])]);
  const zero = writer.add('Mul', [steps, writer.floats([1], [0])]);
  writer.addOutput('Add', [zero, writer.floats([classes], [0.1, 0.2, 0.3, 0.15, 0.05, 0.12, 0.08])], 'y');
  const network = {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [valueShape('x', ELEMENT.float, ['n', 3, 48, 'w'])],
    outputs: [valueShape('y', ELEMENT.float, ['n', 'steps', classes])],
    opset: 9,
  };
  const pixels = new Array(48 * 2 * 3).fill(128);
  const { probabilities } = await run(encodeModel(preparePlateRecognition(network, alphabet), 'read'), pixels, [1, 48, 2, 3]);
  expect(probabilities?.dims).toEqual([1, 2, PLATE_CHARACTERS.length + 1]);
  const values = probabilities?.data as Float32Array;
  const of = (character: string) => values[PLATE_CHARACTERS.indexOf(character) + 1];
  expect(values[0]).toBeCloseTo(0.1);
  expect(of('7')).toBeCloseTo(0.3);
  expect(of('A')).toBeCloseTo(0.2);
  expect(of('.')).toBeCloseTo(0.12);
  expect(of(' ')).toBeCloseTo(0.08);
  expect(of('B')).toBe(0);
});
