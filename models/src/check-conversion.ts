import { readFile } from 'node:fs/promises';
import { SafecityError } from '@safecity/contracts';
import type { InferenceSession } from 'onnxruntime-node';
import { type ModelEntry, modelEntry } from './catalogue.js';
import { encodeModel } from './onnx/proto.js';
import type { Picture } from './pictures.js';
import type { NanodetFacts } from './prepare/nanodet.js';
import { readNetwork } from './prepare-model.js';
import { type PullOptions, pullModel } from './pull.js';

/** Largest absolute difference that a conversion may show on any raw output value (inclusive). */
export const CONVERSION_TOLERANCE = 1e-3;

export interface ConversionCheckOptions extends PullOptions {
  /** Converted models only; default `nanodet-g`. */
  modelId?: string;
  /** At the original's size, which for `nanodet-g` is 416x416. */
  pictures: readonly Picture[];
}

/** How far one raw output of the converted graph is from the original's. */
export interface OutputDifference {
  output: string;
  valueCount: number;
  largestDifference: number;
  /** Largest absolute value of the original, for scale. */
  largestValue: number;
}

export interface ConversionReport {
  modelId: string;
  pictures: string[];
  outputs: OutputDifference[];
  largestDifference: number;
  /** True when no value differs by more than {@link CONVERSION_TOLERANCE}. */
  ok: boolean;
}

/** Session options for a machine that does other work as well: one thread, and no busy waiting. */
export const QUIET_SESSION: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** A picture as the unprepared network takes it: float32 `[1, 3, height, width]`, BGR, normalised. */
export function networkInput({ rgb, widthPx, heightPx }: Picture, facts: NanodetFacts): Float32Array {
  const area = widthPx * heightPx;
  return Float32Array.from({ length: 3 * area }, (_, i) => {
    const bgr = Math.floor(i / area);
    return ((rgb[(i % area) * 3 + (2 - bgr)] as number) - (facts.meanBgr[bgr] as number)) / (facts.stdBgr[bgr] as number);
  });
}

function convertedEntry(id: string): { entry: ModelEntry; facts: NanodetFacts } {
  const entry = modelEntry(id);
  if (entry.source.kind === 'npm' && entry.family.kind === 'nanodet') return { entry, facts: entry.family.facts };
  throw new SafecityError('MODELS_OP_UNSUPPORTED', `${id} is published as ONNX: there is no conversion to check`);
}

function widen(difference: OutputDifference, converted: Float32Array, original: Float32Array): void {
  if (converted.length !== original.length) {
    throw new SafecityError(
      'MODELS_GRAPH_UNEXPECTED',
      `${difference.output} has ${converted.length} values, the original ${original.length}`,
    );
  }
  for (let i = 0; i < original.length; i += 1) {
    const off = Math.abs((converted[i] as number) - (original[i] as number));
    // A NaN must not pass: it fails every comparison, so it counts as infinitely far.
    difference.largestDifference = Math.max(difference.largestDifference, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
    difference.largestValue = Math.max(difference.largestValue, Math.abs(original[i] as number));
  }
  difference.valueCount += original.length;
}

/**
 * Runs the converted graph and the original (TensorFlow.js, WebAssembly backend) on the same pictures and compares every
 * raw output value. Nothing is stored.
 * @throws SafecityError whatever {@link pullModel} throws
 */
export async function checkConversion(options: ConversionCheckOptions): Promise<ConversionReport> {
  const { entry, facts } = convertedEntry(options.modelId ?? 'nanodet-g');
  const model = await pullModel(entry.id, options);
  const [json, weights] = await Promise.all([...model.files.values()].map((path) => readFile(path)));
  // Loaded only here: both runtimes are large, and every command imports this package.
  const [{ InferenceSession, Tensor }, { loadTfjsReference }] = await Promise.all([
    import('onnxruntime-node'),
    import('./tfjs-reference.js'),
  ]);
  const session = await InferenceSession.create(encodeModel(await readNetwork(model), entry.id), QUIET_SESSION);
  const reference = await loadTfjsReference((json as Buffer).toString('utf8'), weights as Buffer);
  try {
    const outputs = session.outputNames.map((output) => ({ output, valueCount: 0, largestDifference: 0, largestValue: 0 }));
    for (const picture of options.pictures) {
      const values = networkInput(picture, facts);
      const shape = [1, 3, picture.heightPx, picture.widthPx];
      const original = await reference.run(values, shape, session.outputNames);
      const converted = await session.run({ [session.inputNames[0] as string]: new Tensor('float32', values, shape) });
      for (const output of outputs)
        widen(output, converted[output.output]?.data as Float32Array, original.get(output.output) as Float32Array);
    }
    const largestDifference = Math.max(...outputs.map((output) => output.largestDifference));
    return {
      modelId: entry.id,
      pictures: options.pictures.map(({ name }) => name),
      outputs,
      largestDifference,
      ok: largestDifference <= CONVERSION_TOLERANCE,
    };
  } finally {
    reference.close();
    await session.release();
  }
}
