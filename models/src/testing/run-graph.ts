import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel, type OnnxGraph } from '../onnx/proto.js';
import type { Picture } from '../pictures.js';

/** Outputs of one run by name; the session is closed again. */
export async function runGraph(graph: OnnxGraph, input: Tensor): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(encodeModel(graph, 'test'), { logSeverityLevel: 3 });
  try {
    return (await session.run({ [session.inputNames[0] as string]: input })) as Record<string, Tensor>;
  } finally {
    await session.release();
  }
}

/** Rows of a prepared model's output, one list per picture of the batch. */
export async function runPrepared(graph: OnnxGraph, pictures: readonly Picture[]): Promise<number[][][]> {
  const [{ heightPx, widthPx }] = pictures as [Picture];
  const bytes = new Uint8Array(pictures.flatMap(({ rgb }) => [...rgb]));
  const { boxes } = await runGraph(graph, new Tensor('uint8', bytes, [pictures.length, heightPx, widthPx, 3]));
  const values = [...((boxes as Tensor).data as Float32Array)];
  const rowCount = (boxes as Tensor).dims[1] as number;
  const rows = Array.from({ length: pictures.length * rowCount }, (_, i) => values.slice(6 * i, 6 * i + 6));
  return pictures.map((_, i) => rows.slice(i * rowCount, (i + 1) * rowCount));
}

/** A picture without meaning: every pixel and channel differs from its neighbours. */
export function noise(widthPx: number, heightPx: number, seed: number): Picture {
  const rgb = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) =>
    Math.floor(128 + 127 * Math.sin(seed + i * 0.37 + Math.floor(i / (3 * widthPx)) * 1.3)),
  );
  return { name: `noise ${seed}`, widthPx, heightPx, rgb };
}

/** How far two lists of rows are apart at most: absolute for small numbers, relative for those above 1. */
export function largestDeviation(a: readonly number[][], b: readonly number[][]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const deviations = a.flatMap((row, r) =>
    row.map((value, c) => Math.abs(value - (b[r]?.[c] ?? Number.NaN)) / Math.max(1, Math.abs(value))),
  );
  return deviations.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(0, ...deviations);
}
