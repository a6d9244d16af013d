import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../onnx/proto.js';
import { listAttribute, type TinyGraph, textAttribute, tinyTfjs } from '../testing/tiny-tfjs.js';
import { loadTfjsReference } from '../tfjs-reference.js';
import { convertTfjs } from './convert-tfjs.js';
import { readTfjsModel, type TfNode } from './tfjs-model.js';

const FLOAT = { T: { type: 'DT_FLOAT' } as never };
const WINDOW = { data_format: textAttribute('NHWC'), dilations: listAttribute(1, 1, 1, 1) };

/** Values that differ from their neighbours in every direction, so that a swapped axis shows. */
const wave = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) + i / count);
const integers = (...values: number[]) => ({ shape: [values.length], values, integer: true });
const paddings = (...values: number[]) => ({ shape: [4, 2], values, integer: true });
const number = (value: number, integer = true) => ({ shape: [], values: [value], integer });
const node = (name: string, op: string, input: string[], attr: TfNode['attr'] = {}): TfNode => ({
  name,
  op,
  input,
  attr: { ...FLOAT, ...attr },
});

const kernel = { shape: [3, 3, 2, 4], values: wave(72) };
const conv = (input: string, padding: string, stride: number) =>
  node('conv', 'Conv2D', [input, 'kernel'], { ...WINDOW, padding: textAttribute(padding), strides: listAttribute(1, stride, stride, 1) });
const resize = (height: number, width: number, attr: TfNode['attr']): Omit<TinyGraph, 'inputShape'> => ({
  constants: { size: integers(height, width) },
  nodes: [node('out', 'ResizeBilinear', ['input', 'size'], attr)],
  output: 'out',
});

const cases: (TinyGraph & { name: string; nodeTypes?: string[] })[] = [
  {
    name: 'NCHW input, pad on one side only, convolution and bias become one node',
    inputShape: [1, 2, 6, 8],
    constants: {
      pads: paddings(0, 0, 0, 0, 1, 0, 0, 2),
      perm: integers(0, 2, 3, 1),
      kernel,
      bias: { shape: [4], values: wave(4) },
      back: integers(0, 3, 1, 2),
    },
    nodes: [
      node('pad', 'Pad', ['input', 'pads']),
      node('nhwc', 'Transpose', ['pad', 'perm']),
      conv('nhwc', 'VALID', 1),
      node('biased', 'AddV2', ['conv', 'bias']),
      node('nchw', 'Transpose', ['biased', 'back']),
      node('out', 'LeakyRelu', ['nchw'], { alpha: { f: 0.1 } }),
    ],
    output: 'out',
    nodeTypes: ['Conv', 'LeakyRelu', 'Transpose'],
  },
  {
    name: 'SAME padding, even size, stride 2',
    inputShape: [1, 6, 8, 2],
    constants: { kernel },
    nodes: [conv('input', 'SAME', 2)],
    output: 'conv',
  },
  {
    name: 'SAME padding, odd size, stride 2',
    inputShape: [1, 7, 5, 2],
    constants: { kernel },
    nodes: [conv('input', 'SAME', 2)],
    output: 'conv',
  },
  {
    name: 'a bias that is read before it is added stays a sum',
    inputShape: [1, 6, 6, 2],
    constants: { kernel, bias: { shape: [4], values: wave(4) } },
    nodes: [conv('input', 'VALID', 1), node('biased', 'Add', ['bias', 'conv']), node('out', 'AddV2', ['biased', 'conv'])],
    output: 'out',
  },
  {
    name: 'largest of a window over padding of -Infinity',
    inputShape: [1, 5, 7, 3],
    constants: { pads: paddings(0, 0, 1, 1, 1, 1, 0, 0), low: number(Number.NEGATIVE_INFINITY, false) },
    nodes: [
      node('pad', 'PadV2', ['input', 'pads', 'low']),
      node('out', 'MaxPool', ['pad'], {
        ...WINDOW,
        padding: textAttribute('VALID'),
        ksize: listAttribute(1, 3, 3, 1),
        strides: listAttribute(1, 2, 2, 1),
      }),
    ],
    output: 'out',
    nodeTypes: ['Transpose', 'MaxPool', 'Transpose'],
  },
  {
    name: 'padding with a value that nothing can take over, channels too',
    inputShape: [1, 3, 3, 2],
    constants: { pads: paddings(0, 0, 1, 0, 0, 2, 1, 1), fill: number(2.5, false) },
    nodes: [node('out', 'PadV2', ['input', 'pads', 'fill'])],
    output: 'out',
  },
  {
    name: 'resize, half-pixel centres, up',
    inputShape: [1, 4, 5, 2],
    ...resize(8, 10, { half_pixel_centers: { b: true }, align_corners: { b: false } }),
  },
  {
    name: 'resize, half-pixel centres, down',
    inputShape: [1, 8, 6, 2],
    ...resize(4, 3, { half_pixel_centers: { b: true }, align_corners: { b: false } }),
  },
  {
    name: 'resize, corners aligned',
    inputShape: [1, 3, 4, 2],
    ...resize(6, 8, { half_pixel_centers: { b: false }, align_corners: { b: true } }),
  },
  { name: 'resize, neither', inputShape: [1, 3, 4, 2], ...resize(6, 8, { half_pixel_centers: { b: false }, align_corners: { b: false } }) },
  {
    name: 'split and join along the channels, counted from the end',
    inputShape: [1, 3, 2, 5],
    constants: { sizes: integers(2, 3), axis: number(-1) },
    nodes: [
      node('parts', 'SplitV', ['input', 'sizes', 'axis'], { num_split: { i: '2' } }),
      node('out', 'ConcatV2', ['parts:1', 'parts', 'axis'], { N: { i: '2' } }),
    ],
    output: 'out',
  },
  {
    name: 'sum of two tensors held in different orders of axes',
    inputShape: [1, 3, 3, 3],
    constants: { perm: integers(0, 3, 2, 1) },
    nodes: [node('turned', 'Transpose', ['input', 'perm']), node('out', 'AddV2', ['turned', 'input'])],
    output: 'out',
  },
  {
    name: 'reshape to a size that the graph adds up from constants',
    inputShape: [1, 4, 3, 2],
    constants: {
      shape: integers(1, 3, -1),
      at: { shape: [0, 1], values: [], integer: true },
      length: integers(3),
      none: { shape: [0], values: [], integer: true },
      zero: number(0),
    },
    nodes: [
      { name: 'zeros', op: 'SparseToDense', input: ['at', 'length', 'none', 'zero'], attr: { T: { type: 'DT_INT32' } as never } },
      { name: 'target', op: 'AddV2', input: ['shape', 'zeros'], attr: { T: { type: 'DT_INT32' } as never } },
      node('flat', 'Reshape', ['input', 'target']),
      node('out', 'Sigmoid', ['flat']),
    ],
    output: 'out',
  },
];

describe('convertTfjs against TensorFlow.js', () => {
  it.each(cases)('$name', async ({ nodeTypes, ...graph }) => {
    const { json, weights } = tinyTfjs(graph);
    const network = convertTfjs(readTfjsModel(json, weights, 'tiny'));
    const values = Float32Array.from(wave(graph.inputShape.reduce((product, size) => product * size, 1)));
    const session = await InferenceSession.create(encodeModel(network, 'tiny'));
    const converted = (await session.run({ input: new Tensor('float32', values, graph.inputShape) }))[graph.output] as Tensor;
    const reference = await loadTfjsReference(json, weights);
    const original = (await reference.run(values, graph.inputShape, [graph.output])).get(graph.output) as Float32Array;
    reference.close();
    await session.release();
    expect(converted.data.length).toBe(original.length);
    const largest = Math.max(...original.map((value, i) => Math.abs(value - (converted.data[i] as number))));
    expect(largest).toBeLessThan(1e-5);
    if (nodeTypes) expect(network.nodes.map(({ opType }) => opType)).toEqual(nodeTypes);
  });
});

describe('what is not converted says so', () => {
  const input = { inputShape: [1, 4, 4, 2], constants: { kernel, axis: number(0) }, output: 'out' };
  it.each([
    { name: 'an unknown operation', nodes: [node('out', 'Erf', ['input'])], message: /^Erf \(out\) is not converted: known are Add, / },
    {
      name: 'NCHW convolution',
      nodes: [node('out', 'Conv2D', ['input', 'kernel'], { data_format: textAttribute('NCHW') })],
      message: /^Conv2D out: data format NCHW is not converted$/,
    },
    { name: 'a constant where a tensor belongs', nodes: [node('out', 'Sigmoid', ['kernel'])], message: /^out: an argument is a constant/ },
    {
      name: 'weights computed at run time',
      nodes: [node('out', 'Conv2D', ['input', 'input'], WINDOW)],
      message: /^out: an argument is computed at run time/,
    },
  ])('$name', ({ nodes, message }) => {
    const { json, weights } = tinyTfjs({ ...input, nodes });
    expect(() => convertTfjs(readTfjsModel(json, weights, 'tiny'))).toThrow(
      expect.objectContaining({ code: 'MODELS_OP_UNSUPPORTED', message: expect.stringMatching(message) }),
    );
  });
});
