import { describe, expect, it } from 'vitest';
import { tinyTfjs } from '../testing/tiny-tfjs.js';
import { convertTfjs } from './convert-tfjs.js';
import { halfToFloat, readTfjsModel } from './tfjs-model.js';

const sound = tinyTfjs({
  inputShape: [1, 2],
  constants: { a: { shape: [2], values: [1.5, -2] } },
  nodes: [{ name: 'out', op: 'AddV2', input: ['input', 'a'] }],
  output: 'out',
});

describe('halfToFloat', () => {
  it.each([
    { name: 'zero', bits: 0x0000, value: 0 },
    { name: 'one', bits: 0x3c00, value: 1 },
    { name: 'negative', bits: 0xc100, value: -2.5 },
    { name: 'smallest above zero', bits: 0x0001, value: 2 ** -24 },
    { name: 'largest', bits: 0x7bff, value: 65504 },
    { name: '-Infinity', bits: 0xfc00, value: Number.NEGATIVE_INFINITY },
    { name: 'not a number', bits: 0x7e00, value: Number.NaN },
  ])('$name', ({ bits, value }) => expect(halfToFloat(bits)).toBe(value));
});

describe('readTfjsModel', () => {
  it('reads constants, input and outputs', () => {
    const model = readTfjsModel(sound.json, sound.weights, 'tiny');
    expect(model.constants.get('a')).toEqual({ shape: [2], values: Float32Array.of(1.5, -2) });
    expect(model.input).toEqual({ name: 'input', shape: [1, 2] });
    expect(model.outputs).toEqual(['out']);
  });

  it.each([
    { name: 'no JSON', json: '<html>', weights: sound.weights, code: 'MODELS_NOT_TFJS', message: 'tiny is not JSON; pull the model again' },
    {
      name: 'another JSON',
      json: '{"format":"layers-model"}',
      weights: sound.weights,
      code: 'MODELS_NOT_TFJS',
      message: 'tiny is not a TensorFlow.js graph model; pull the model again',
    },
    {
      name: 'null',
      json: 'null',
      weights: sound.weights,
      code: 'MODELS_NOT_TFJS',
      message: 'tiny is not a TensorFlow.js graph model; pull the model again',
    },
    {
      name: 'weights cut short',
      json: sound.json,
      weights: sound.weights.subarray(0, 7),
      code: 'MODELS_NOT_TFJS',
      message: 'tiny: the weights end before a; pull the model again',
    },
    {
      name: 'weights left over',
      json: sound.json,
      weights: new Uint8Array(12),
      code: 'MODELS_NOT_TFJS',
      message: 'tiny: 4 bytes of weights are left over; pull the model again',
    },
    {
      name: 'weights of 8 bits',
      json: sound.json.replace('"dtype":"float32"', '"dtype":"float32","quantization":{"dtype":"uint8"}'),
      weights: sound.weights,
      code: 'MODELS_OP_UNSUPPORTED',
      message: 'weight a is stored as float32/uint8: only float32, float16 and int32 are read',
    },
  ])('refuses $name', ({ json, weights, code, message }) => {
    expect(() => readTfjsModel(json, weights, 'tiny')).toThrow(expect.objectContaining({ code, message }));
  });

  it('a node that reads another which is not there is named', () => {
    const model = readTfjsModel(sound.json.replace('"input":["input","a"]', '"input":["input","b"]'), sound.weights, 'tiny');
    expect(() => convertTfjs(model)).toThrow(
      expect.objectContaining({ code: 'MODELS_NOT_TFJS', message: 'the graph reads b, which it does not hold' }),
    );
  });
});
