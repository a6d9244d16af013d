import { describe, expect, it } from 'vitest';
import { inferAnswer, modelMetadata, parseInferRequest } from './open-inference.js';
import type { LoadedModel } from './session-messages.js';

const MODEL: LoadedModel = {
  facts: { modelId: 'tiny', sha256: 'ab', widthPx: 2, heightPx: 1, classes: ['car'], nmsIou: 0.6 },
  boxesPerFrame: 1,
};
const INPUT = { name: 'images', datatype: 'UINT8', shape: [1, 1, 2, 3], parameters: { binary_data_size: 6 } };

const parse = (json: object | string, tensorBytes = 6) =>
  parseInferRequest(typeof json === 'string' ? json : JSON.stringify(json), MODEL, tensorBytes);

describe('parseInferRequest', () => {
  it('reads a binary request for one and for several pictures', () => {
    expect(parse({ id: '7', inputs: [INPUT] })).toEqual({ id: '7', frames: 1, binaryBoxes: false, inlineImages: undefined });
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
      expect(parse({ inputs: [{ ...INPUT, parameters: undefined, data }] }, 0).inlineImages).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
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
    expect(parse({ inputs: [INPUT], ...rest }).binaryBoxes).toBe(expected);
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
  const result = { boxes: Float32Array.of(1, 2, 3, 4, 0.5, 0), queueMs: 1.25, runMs: 20 };
  const request = { id: '7', frames: 1, binaryBoxes: true, inlineImages: undefined };

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
    expect(new Float32Array(tensor.buffer)).toEqual(result.boxes);
  });

  it('gives numbers when binary was not asked for', () => {
    const { body, headerLength } = inferAnswer(MODEL, { ...request, id: undefined, binaryBoxes: false }, result);
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
