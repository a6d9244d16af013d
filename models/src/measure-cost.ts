import { InferenceSession, Tensor } from 'onnxruntime-node';
import { QUIET_SESSION } from './check-conversion.js';
import { encodeModel } from './onnx/proto.js';
import type { InputSize } from './prepare/anchors.js';
import { prepareModel, readNetwork } from './prepare-model.js';
import { pullModel } from './pull.js';

/** CPU time of one run on one thread, the median of several, in ms. */
export interface PreparationCost extends InputSize {
  modelId: string;
  /** The network alone, fed with float32 values that are ready. */
  bareCpuMs: number;
  /** The prepared model, fed with a picture. */
  preparedCpuMs: number;
}

const RUNS = 21;

/** CPU time of each of two sessions; they take turns, so that a slow moment of the machine meets both. */
async function medianCpuMs(runs: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < RUNS; round += 1) {
    for (const [i, run] of runs.entries()) {
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      times[i]?.push((user + system) / 1000);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[RUNS >> 1] as number);
}

/** Measures what preparation adds to the network: input conversion, box decoding and choice of the best rows. */
export async function measureCost(modelId: string, size: Partial<InputSize>): Promise<PreparationCost> {
  const prepared = await prepareModel(modelId, size);
  const { widthPx, heightPx } = prepared;
  const bare = await InferenceSession.create(encodeModel(await readNetwork(await pullModel(modelId)), modelId), QUIET_SESSION);
  const whole = await InferenceSession.create(prepared.path, QUIET_SESSION);
  const values = Float32Array.from({ length: 3 * widthPx * heightPx }, (_, i) => (i % 256) / 128 - 1);
  const bytes = Uint8Array.from({ length: 3 * widthPx * heightPx }, (_, i) => i % 256);
  const bareInput = { [bare.inputNames[0] as string]: new Tensor('float32', values, [1, 3, heightPx, widthPx]) };
  const wholeInput = { images: new Tensor('uint8', bytes, [1, heightPx, widthPx, 3]) };
  const [bareCpuMs = 0, preparedCpuMs = 0] = await medianCpuMs([() => bare.run(bareInput), () => whole.run(wholeInput)]);
  await Promise.all([bare.release(), whole.release()]);
  return { modelId, widthPx, heightPx, bareCpuMs, preparedCpuMs };
}
