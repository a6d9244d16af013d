import { describe, expect, it } from 'vitest';
import type { RunResult } from './engine.js';
import { interfaceOf } from './model-interface.js';
import { type InferRequest, inferAnswer, modelMetadata, parseInferRequest } from './open-inference.js';
import type { LoadedModel, ModelFacts, TensorFacts } from './session-messages.js';

const FACTS: ModelFacts = { modelId: 'tiny', sha256: 'ab', widthPx: 2, heightPx: 1, classes: ['car'], nmsIou: 0.6 };
const MODEL: LoadedModel = { facts: FACTS, ...interfaceOf(FACTS), outputs: [{ name: 'boxes', datatype: 'FP32', shape: [-1, 1, 6] }] };
const READER: TensorFacts = {
  modelId: 'reader',
  sha256: 'cd',
  inputs: [
    { name: 'crops', datatype: 'UINT8', shape: [-1, 1, -1, 3], maxShape: [2, 1, 3, 3] },
    { name: 'gain', datatype: 'FP32', shape: [1] },
  ],
  outputs: [
    { name: 'text', datatype: 'FP32', shape: [-1, 2] },
    { name: 'length', datatype: 'INT64', shape: [-1] },
  ],
};
const TENSOR_MODEL: LoadedModel = { facts: READER, ...interfaceOf(READER) };
const INPUT = { name: 'images', datatype: 'UINT8', shape: [1, 1, 2, 3], parameters: { binary_data_size: 6 } };

const parse = (json: object | string, tensorBytes = 6) =>
  parseInferRequest(typeof json === 'string' ? json : JSON.stringify(json), MODEL, tensorBytes);

describe('parseInferRequest', () => {
  it('reads a binary request for one and for several pictures', () => {
    expect(parse({ id: '7', inputs: [INPUT] })).toEqual({
      id: '7',
      frames: 1,
      inputs: [{ name: 'images', datatype: 'UINT8', shape: [1, 1, 2, 3], byteOffset: 0 }],
      outputs: [{ name: 'boxes', binary: false }],
      inlineData: undefined,
      shared: [],
    });
    expect(parse({ inputs: [{ ...INPUT, shape: [3, 1, 2, 3], parameters: { binary_data_size: 18 } }] }, 18).frames).toBe(3);
  });

  it('reads pictures given as numbers, nested or flat', () => {
    for (const data of [
      [1, 2, 3, 4, 5, 6],
      [
        [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
      ],
    ]) {
      const { inlineData } = parse({ inputs: [{ ...INPUT, parameters: undefined, data }] }, 0);
      expect(new Uint8Array(inlineData!)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    }
  });

  it.each([
    { name: 'nothing said', rest: {}, expected: false },
    { name: 'all outputs', rest: { parameters: { binary_data_output: true } }, expected: true },
    { name: 'this output', rest: { outputs: [{ name: 'boxes', parameters: { binary_data: true } }] }, expected: true },
    {
      name: 'all outputs but this one',
      rest: { parameters: { binary_data_output: true }, outputs: [{ name: 'boxes', parameters: { binary_data: false } }] },
      expected: false,
    },
  ])('gives boxes in binary or not: $name', ({ rest, expected }) => {
    expect(parse({ inputs: [INPUT], ...rest }).outputs).toEqual([{ name: 'boxes', binary: expected }]);
  });

  it.each([
    { name: 'broken JSON', json: '{"inputs":', message: /does not begin with a JSON object/ },
    { name: 'no object', json: '[]', message: 'request is not a JSON object' },
    { name: 'no inputs', json: {}, message: 'request has no list of inputs' },
    { name: 'two inputs', json: { inputs: [INPUT, INPUT] }, message: 'expected 1 input but got 2' },
    { name: 'an empty input', json: { inputs: [null] }, message: 'unexpected input "undefined": the model takes images' },
    { name: 'another input', json: { inputs: [{ ...INPUT, name: 'image' }] }, message: 'unexpected input "image": the model takes images' },
    {
      name: 'another datatype',
      json: { inputs: [{ ...INPUT, datatype: 'FP32' }] },
      message: 'input images has datatype FP32; model tiny takes UINT8',
    },
    {
      name: 'another shape',
      json: { inputs: [{ ...INPUT, shape: [1, 3, 1, 2] }] },
      message: 'input images has shape [1,3,1,2]; model tiny takes [-1,1,2,3]',
    },
    {
      name: 'no pictures',
      json: { inputs: [{ ...INPUT, shape: [0, 1, 2, 3] }] },
      message: 'input images has shape [0,1,2,3]; model tiny takes [-1,1,2,3]',
    },
    {
      name: 'too many pictures',
      json: { inputs: [{ ...INPUT, shape: [9, 1, 2, 3] }] },
      message: 'input images has 9 pictures; at most 8 go in one request',
    },
    {
      name: 'a size that does not fit the shape',
      json: { inputs: [{ ...INPUT, parameters: { binary_data_size: 5 } }] },
      message: 'input images has binary_data_size 5, its shape needs 6',
    },
    { name: 'bytes missing', json: { inputs: [INPUT] }, tensorBytes: 5, message: '5 bytes follow the JSON, binary_data_size is 6' },
    {
      name: 'no data at all',
      json: { inputs: [{ ...INPUT, parameters: {} }] },
      tensorBytes: 0,
      message: /neither binary_data_size nor a list/,
    },
    {
      name: 'values missing',
      json: { inputs: [{ ...INPUT, parameters: {}, data: [1] }] },
      tensorBytes: 0,
      message: 'input images has 1 values, its shape needs 6',
    },
    {
      name: 'values too many',
      json: { inputs: [{ ...INPUT, parameters: {}, data: [1, 2, 3, 4, 5, 6, 7] }] },
      tensorBytes: 0,
      message: /more than 6 values/,
    },
    {
      name: 'a value that is no byte',
      json: { inputs: [{ ...INPUT, parameters: {}, data: [256, 1, 1, 1, 1, 1] }] },
      tensorBytes: 0,
      message: /0\.\.255/,
    },
    {
      name: 'another output',
      json: { inputs: [INPUT], outputs: [{ name: 'scores' }] },
      message: 'unexpected output "scores": the model gives boxes',
    },
  ])('refuses $name', ({ json, tensorBytes, message }) => {
    expect(() => parse(json, tensorBytes)).toThrow(
      expect.objectContaining({
        code: 'INFERENCE_REQUEST_INVALID',
        httpStatus: 400,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    );
  });
});

describe('inferAnswer', () => {
  const boxes = Float32Array.of(1, 2, 3, 4, 0.5, 0);
  const result: RunResult = { outputs: [{ name: 'boxes', datatype: 'FP32', shape: [1, 1, 6], data: boxes }], queueMs: 1.25, runMs: 20 };
  const request: InferRequest = {
    id: '7',
    frames: 1,
    inputs: [],
    outputs: [{ name: 'boxes', binary: true }],
    inlineData: undefined,
    shared: [],
  };

  it('puts boxes behind the JSON', () => {
    const { body, headerLength } = inferAnswer(MODEL, request, result);
    expect(JSON.parse(body.toString('utf8', 0, headerLength))).toEqual({
      model_name: 'tiny',
      model_version: '1',
      id: '7',
      parameters: { queue_us: 1250, run_us: 20_000 },
      outputs: [{ name: 'boxes', datatype: 'FP32', shape: [1, 1, 6], parameters: { binary_data_size: 24 } }],
    });
    const tensor = Uint8Array.from(body.subarray(headerLength));
    expect(new Float32Array(tensor.buffer)).toEqual(boxes);
  });

  it('gives numbers when binary was not asked for', () => {
    const { body, headerLength } = inferAnswer(MODEL, { ...request, id: undefined, outputs: [{ name: 'boxes', binary: false }] }, result);
    expect(headerLength).toBeUndefined();
    expect(JSON.parse(body.toString())).toMatchObject({ outputs: [{ name: 'boxes', data: [1, 2, 3, 4, 0.5, 0] }] });
  });
});

describe('modelMetadata', () => {
  it('describes input and output', () => {
    expect(modelMetadata(MODEL)).toMatchObject({
      name: 'tiny',
      inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, 1, 2, 3] }],
      outputs: [{ name: 'boxes', datatype: 'FP32', shape: [-1, 1, 6] }],
    });
  });
});

describe('a model with tensors of its own', () => {
  const crops = { name: 'crops', datatype: 'UINT8', shape: [2, 1, 3, 3] };
  const gain = { name: 'gain', datatype: 'FP32', shape: [1] };
  const binary = (size: number) => ({ parameters: { binary_data_size: size } });
  const ask = (json: object, tensorBytes: number) => parseInferRequest(JSON.stringify(json), TENSOR_MODEL, tensorBytes);

  it('takes inputs in any order, with free sides up to their bound', () => {
    const inputs = [
      { ...crops, shape: [1, 1, 2, 3], ...binary(6) },
      { ...gain, ...binary(4) },
    ];
    const request = ask({ inputs, outputs: [{ name: 'length' }] }, 10);
    expect(request.inputs).toEqual([
      { name: 'crops', datatype: 'UINT8', shape: [1, 1, 2, 3], byteOffset: 0 },
      { name: 'gain', datatype: 'FP32', shape: [1], byteOffset: 6 },
    ]);
    expect([request.frames, request.outputs]).toEqual([1, [{ name: 'length', binary: false }]]);
    expect(ask({ inputs: inputs.toReversed() }, 10).inputs.map(({ byteOffset }) => byteOffset)).toEqual([0, 4]);
  });

  it('takes numbers in JSON, each element where the runtime can read it', () => {
    const { inputs, inlineData } = ask(
      {
        inputs: [
          { ...crops, shape: [1, 1, 1, 3], data: [1, 2, 3] },
          { ...gain, data: [0.5] },
        ],
      },
      0,
    );
    expect(inputs.map(({ byteOffset }) => byteOffset)).toEqual([0, 4]);
    expect(new Float32Array(inlineData!, 4, 1)[0]).toBe(0.5);
  });

  it.each([
    {
      name: 'a side beyond its bound',
      inputs: [
        { ...crops, shape: [1, 1, 4, 3], ...binary(12) },
        { ...gain, ...binary(4) },
      ],
      message: 'input crops has shape [1,1,4,3]; model reader takes [-1,1,-1,3] up to [2,1,3,3]',
    },
    {
      name: 'an empty side',
      inputs: [
        { ...crops, shape: [1, 1, 0, 3], ...binary(0) },
        { ...gain, ...binary(4) },
      ],
      message: /has shape \[1,1,0,3\]/,
    },
    {
      name: 'an input twice',
      inputs: [
        { ...gain, ...binary(4) },
        { ...gain, ...binary(4) },
      ],
      message: /unexpected input "gain"/,
    },
    { name: 'an input missing', inputs: [{ ...gain, ...binary(4) }], message: 'expected 2 input but got 1' },
    {
      name: 'half in JSON',
      inputs: [
        { ...crops, ...binary(18) },
        { ...gain, data: [1] },
      ],
      message: /input gain has binary_data_size undefined/,
    },
    {
      name: 'text for a number',
      inputs: [
        { ...crops, data: Array(18).fill(0) },
        { ...gain, data: ['1'] },
      ],
      tensorBytes: 0,
      message: /not a number/,
    },
  ])('refuses $name', ({ inputs, tensorBytes = 22, message }) => {
    expect(() => ask({ inputs }, tensorBytes)).toThrow(
      expect.objectContaining({ httpStatus: 400, message: typeof message === 'string' ? message : expect.stringMatching(message) }),
    );
  });

  it('gives the outputs asked for, binary and not, in the order asked', () => {
    const outputs: RunResult['outputs'] = [
      { name: 'text', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.25, 1) },
      { name: 'length', datatype: 'INT64', shape: [1], data: BigInt64Array.of(7n) },
    ];
    const wanted = [
      { name: 'length', binary: false },
      { name: 'text', binary: true },
    ];
    const { body, headerLength } = inferAnswer(
      TENSOR_MODEL,
      { id: undefined, frames: 1, inputs: [], outputs: wanted, inlineData: undefined, shared: [] },
      { outputs, queueMs: 0, runMs: 1 },
    );
    expect(JSON.parse(body.toString('utf8', 0, headerLength)).outputs).toEqual([
      { name: 'length', datatype: 'INT64', shape: [1], data: [7] },
      { name: 'text', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
    ]);
    expect(body.length - headerLength!).toBe(8);
  });
});
