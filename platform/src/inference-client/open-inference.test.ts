import { describe, expect, it } from 'vitest';
import { inferRequestStart, parseAnswer, refusalText } from './open-inference.js';

function anAnswer(header: object, tensors: Uint8Array): { body: Buffer; headerLength: string } {
  const json = Buffer.from(JSON.stringify(header));
  return { body: Buffer.concat([json, tensors]), headerLength: String(json.length) };
}

function bytesOf(values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

const BOXES = { name: 'boxes', datatype: 'FP32', shape: [1, 2, 6], parameters: { binary_data_size: 48 } };
const TWELVE = Array.from({ length: 12 }, (_, index) => index / 2);

describe('inferRequestStart', () => {
  it('says where JSON ends and how long everything is', () => {
    const [head, json] = inferRequestStart({ modelId: 'tiny', widthPx: 16, heightPx: 8 }).toString().split('\r\n\r\n') as [string, string];
    expect(head.split('\r\n')[0]).toBe('POST /v2/models/tiny/infer HTTP/1.1');
    expect(head).toContain(`\r\nInference-Header-Content-Length: ${json.length}\r\n`);
    expect(head).toContain(`\r\nContent-Length: ${json.length + 384}`);
    expect(JSON.parse(json)).toEqual({
      inputs: [{ name: 'images', shape: [1, 8, 16, 3], datatype: 'UINT8', parameters: { binary_data_size: 384 } }],
      outputs: [{ name: 'boxes', parameters: { binary_data: true } }],
    });
  });
});

describe('parseAnswer', () => {
  it('reads boxes at any alignment, and times when they are given', () => {
    for (const padding of ['', 'x', 'xy', 'xyz']) {
      const { body, headerLength } = anAnswer(
        { id: padding, parameters: { queue_us: 1500, run_us: 20_250 }, outputs: [BOXES] },
        bytesOf(TWELVE),
      );
      expect(parseAnswer(body, headerLength)).toEqual({ boxes: Float32Array.from(TWELVE), queueMs: 1.5, runMs: 20.25 });
    }
  });

  it('reads what Triton gives: no times, other outputs before', () => {
    const other = { name: 'count', datatype: 'INT32', shape: [1], parameters: { binary_data_size: 4 } };
    const { body, headerLength } = anAnswer(
      { model_name: 'm', model_version: '1', outputs: [other, BOXES] },
      Buffer.concat([Buffer.from([1, 0, 0, 0]), bytesOf(TWELVE)]),
    );
    const { boxes, queueMs, runMs } = parseAnswer(body, headerLength);
    expect([...boxes]).toEqual(TWELVE);
    expect([queueMs, runMs]).toEqual([undefined, undefined]);
  });

  it.each([
    { name: 'no header length', header: { outputs: [BOXES] }, headerLength: undefined },
    { name: 'a header length beyond the body', header: { outputs: [BOXES] }, headerLength: '99999' },
    { name: 'a header length inside the JSON', header: { outputs: [BOXES] }, headerLength: '10' },
    { name: 'no outputs', header: {}, headerLength: 'right' },
    { name: 'JSON data', header: { outputs: [{ ...BOXES, parameters: {}, data: TWELVE }] }, headerLength: 'right' },
    { name: 'another datatype', header: { outputs: [{ ...BOXES, datatype: 'FP16' }] }, headerLength: 'right' },
    { name: 'another shape', header: { outputs: [{ ...BOXES, shape: [1, 12] }] }, headerLength: 'right' },
    { name: 'a shape that does not fit', header: { outputs: [{ ...BOXES, shape: [1, 3, 6] }] }, headerLength: 'right' },
    { name: 'two pictures', header: { outputs: [{ ...BOXES, shape: [2, 1, 6] }] }, headerLength: 'right' },
    {
      name: 'boxes cut short',
      header: { outputs: [{ ...BOXES, shape: [1, 3, 6], parameters: { binary_data_size: 72 } }] },
      headerLength: 'right',
    },
  ])('refuses $name', ({ header, headerLength }) => {
    const answer = anAnswer(header, bytesOf(TWELVE));
    expect(() => parseAnswer(answer.body, headerLength === 'right' ? answer.headerLength : headerLength)).toThrow(
      expect.objectContaining({ code: 'PLATFORM_INFERENCE_BAD_ANSWER' }),
    );
  });
});

describe('refusalText', () => {
  it.each([
    { body: '{"error":"unknown model"}', expected: 'unknown model' },
    { body: '<html>bad gateway</html>', expected: '<html>bad gateway</html>' },
    { body: '{"detail":1}', expected: '{"detail":1}' },
    { body: 'x'.repeat(500), expected: 'x'.repeat(300) },
  ])('reads $expected', ({ body, expected }) => {
    expect(refusalText(Buffer.from(body))).toBe(expected);
  });
});
