import { describe, expect, it } from 'vitest';
import { GraphWriter } from './graph-writer.js';
import { permute } from './permute.js';
import { decodeModel, ELEMENT, encodeModel, floatsOf, valueShape } from './proto.js';

describe('ONNX files', () => {
  it('what is written is read back, and the same graph gives the same bytes', () => {
    const writer = new GraphWriter('x_');
    const constant = writer.floats([2], [1.5, -2]);
    writer.addOutput('Add', ['in', constant], 'out');
    const graph = {
      nodes: writer.nodes,
      initializers: writer.initializers,
      inputs: [valueShape('in', ELEMENT.float, ['batch', 2])],
      outputs: [valueShape('out', ELEMENT.float, ['batch', 2])],
    };
    const bytes = encodeModel(graph, 'sum');
    const read = decodeModel(bytes, 'sum');
    expect(read.nodes.map(({ opType, input, output }) => ({ opType, input, output }))).toEqual([
      { opType: 'Add', input: ['in', constant], output: ['out'] },
    ]);
    expect(floatsOf(read.initializers[0] as never)).toEqual(Float32Array.of(1.5, -2));
    expect(Buffer.compare(encodeModel(graph, 'sum'), bytes)).toBe(0);
  });

  it.each([
    {
      name: 'text',
      bytes: Buffer.from('<html>not found</html>'),
      message: /^a\.onnx (is not an ONNX model|holds no ONNX graph): delete it and pull it again$/,
    },
    { name: 'nothing', bytes: Buffer.alloc(0), message: /^a\.onnx holds no ONNX graph: delete it and pull it again$/ },
    {
      name: 'a file cut short',
      bytes: Buffer.from([0x3a, 0xff, 0x7f, 0x0a]),
      message: /^a\.onnx is not an ONNX model: delete it and pull it again$/,
    },
  ])('refuses $name', ({ bytes, message }) => {
    expect(() => decodeModel(bytes, 'a.onnx')).toThrow(
      expect.objectContaining({ code: 'MODELS_NOT_ONNX', message: expect.stringMatching(message) }),
    );
  });
});

describe('permute', () => {
  it.each([
    { name: 'transpose', shape: [2, 3], axes: [1, 0], expected: [0, 3, 1, 4, 2, 5] },
    { name: 'unchanged', shape: [2, 3], axes: [0, 1], expected: [0, 1, 2, 3, 4, 5] },
    { name: 'three axes', shape: [1, 2, 3], axes: [2, 0, 1], expected: [0, 3, 1, 4, 2, 5] },
    { name: 'scalar', shape: [], axes: [], expected: [0] },
  ])('$name', ({ shape, axes, expected }) => {
    const values = Float32Array.from({ length: expected.length }, (_, i) => i);
    expect([...permute(values, shape, axes)]).toEqual(expected);
  });
});
