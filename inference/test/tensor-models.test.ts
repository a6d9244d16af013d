import { basename } from 'node:path';
import type { NamedTensor } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { describe, expect, it } from 'vitest';
import { aClientOf, aDirectory, aFrame, aNode, SIZE } from './running-node.js';
import { writeTinyModel } from './tiny-model.js';
import { READER, writeTinyReader } from './tiny-tensor-model.js';

const GAIN: NamedTensor = { name: 'gain', datatype: 'FP32', shape: [5], data: Float32Array.of(1, -2, 0.5, 3, 1.25) };

/** Crops of 2 rows with bytes that repeat nowhere near; below 255. */
function crops(count: number, widthPx: number, seed = 1): NamedTensor {
  const data = Uint8Array.from({ length: count * 2 * widthPx * 3 }, (_, index) => ((index + seed) * 7919) % 251);
  return { name: 'crops', datatype: 'UINT8', shape: [count, 2, widthPx, 3], data };
}

function cropOf({ data, shape, ...rest }: NamedTensor, index: number): NamedTensor {
  const bytes = data.length / shape[0]!;
  return { ...rest, shape: [1, ...shape.slice(1)], data: (data as Uint8Array).slice(index * bytes, (index + 1) * bytes) };
}

const ask = (input: NamedTensor) => ({ modelId: 'reader', inputs: [input, GAIN] });

async function aReader() {
  const directory = aDirectory();
  const { node } = aNode({ modelPaths: [writeTinyModel(directory), writeTinyReader(directory)] });
  await node.ready;
  return { node, client: aClientOf(node) };
}

describe('a model with tensors of its own', () => {
  it('is announced beside a detector and gives the same bits for crops together as for each alone', async () => {
    const { node, client } = await aReader();
    expect(node.endpoints()[0]!).toMatchObject({
      models: [{ modelId: 'tiny' }],
      tensorModels: [{ modelId: 'reader', inputs: READER.inputs }],
    });
    expect(await client.waitForTensorModel('reader', 1000)).toMatchObject({ outputs: READER.outputs });
    const together = crops(7, 10);
    const { outputs } = await client.inferTensors(ask(together));
    expect(outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }))).toEqual([
      { name: 'best', datatype: 'INT64', shape: [7, 2] },
      { name: 'scores', datatype: 'FP32', shape: [7, 2, 5] },
    ]);
    const alone = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((index) => client.inferTensors(ask(cropOf(together, index)))));
    for (const [place, whole] of outputs.entries()) {
      const pieces = alone.map((result) => result.outputs[place]!.data);
      expect(Buffer.concat(pieces.map((data) => Buffer.from(data.buffer)))).toEqual(Buffer.from(whole.data.buffer));
    }
    // The bits are worth comparing only when the crops differ.
    expect(new Set(outputs[1]!.data as Float32Array).size).toBeGreaterThan(50);
    expect((await client.infer({ modelId: 'tiny', frame: aFrame(9), ...SIZE })).boxes[0]).toBe(9);
  });

  it('refuses what does not fit its description with the reason, and a graph that throws takes nothing else away', async () => {
    const { client } = await aReader();
    await expect(client.inferTensors(ask(crops(1, 11)))).rejects.toMatchObject({
      code: 'PLATFORM_INFERENCE_REFUSED',
      message: expect.stringContaining('input crops has shape [1,2,11,3]; model reader takes [-1,2,-1,3] up to [8,2,10,3]'),
    });
    await expect(client.inferTensors({ modelId: 'reader', inputs: [GAIN] })).rejects.toMatchObject({
      code: 'PLATFORM_INFERENCE_REFUSED',
      message: expect.stringContaining('expected 2 input but got 1'),
    });
    const throwing = { ...crops(1, 4), data: new Uint8Array(24).fill(255) };
    for (let count = 0; count < 4; count++)
      await expect(client.inferTensors(ask(throwing))).rejects.toMatchObject({
        code: 'PLATFORM_INFERENCE_MODEL_FAILED',
        message: expect.stringMatching(/model reader cannot run this request: .*Gather/),
      });
    expect((await client.infer({ modelId: 'tiny', frame: aFrame(9), ...SIZE })).boxes[0]).toBe(9);
    await waitFor(async () => (await client.inferTensors(ask(crops(1, 4)))).outputs.length === 2, { what: 'the reader to be used again' });
  });

  it('is left out with the reason when its description is not what it is', async () => {
    const directory = aDirectory();
    const [crop, gain] = READER.inputs;
    const sidecars = {
      name: { inputs: [{ ...crop, name: 'images' }, gain] },
      missing: { inputs: [crop] },
      type: { inputs: [crop, { ...gain, datatype: 'FP16' }] },
      side: { inputs: [{ ...crop, shape: [-1, 3, -1, 3], maxShape: [8, 3, 10, 3] }, gain] },
      output: { outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 2, 6] }] },
      outputName: { outputs: [{ name: 'text', datatype: 'FP32', shape: [-1, 2, 5] }] },
      unbounded: { inputs: [{ ...crop, maxShape: undefined }, gain] },
      hash: { sha256: 'a'.repeat(64) },
    };
    const paths = Object.entries(sidecars).map(([fileName, sidecar]) =>
      writeTinyReader(directory, { fileName, sidecar: { ...sidecar, modelId: fileName } }),
    );
    const { node } = aNode({ modelPaths: [writeTinyModel(directory), ...paths] });
    await node.ready;
    const reasons = Object.fromEntries(
      node.refused().map(({ modelPath, code, message }) => [basename(modelPath, '.onnx'), `${code} ${message.replace(directory, '')}`]),
    );
    expect(reasons).toEqual({
      name: 'INFERENCE_MODEL_SHAPE /name.onnx takes crops uint8 [n, 2, w, 3], not images uint8 [batch, 2, any, 3]',
      missing: 'INFERENCE_MODEL_SHAPE /missing.onnx takes gain float32 [5] too, which its description does not name',
      type: 'INFERENCE_MODEL_SHAPE /type.onnx takes gain float32 [5], not gain float16 [5]',
      side: 'INFERENCE_MODEL_SHAPE /side.onnx takes crops uint8 [n, 2, w, 3], not crops uint8 [batch, 3, any, 3]',
      output: 'INFERENCE_MODEL_SHAPE /output.onnx gives scores float32 [8, 2, 5], not scores float32 [batch, 2, 6]',
      outputName: 'INFERENCE_MODEL_SHAPE /outputName.onnx gives outputs named best, scores, not text float32 [batch, 2, 5]',
      unbounded: expect.stringContaining('inputs/0/maxShape: is needed because shape leaves a side free (-1)'),
      hash: expect.stringMatching(/^INFERENCE_MODEL_HASH .*prepare the model again/),
    });
    expect(node.endpoints()[0]).toMatchObject({ models: [{ modelId: 'tiny' }] });
  });
});
