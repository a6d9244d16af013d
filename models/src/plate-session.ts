import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PreparedPlateModel } from './plate-models.js';

/** The plate reader's networks in this process, for commands that read files. A run blocks the thread. */
export interface PlateSession {
  /** Text probability, `Uint8Array [heightPx, widthPx]`, of an RGB picture whose sides are multiples of 32. */
  findText(picture: { data: Uint8Array; widthPx: number; heightPx: number }): Promise<Uint8Array>;
  /** Class probabilities `Float32Array [steps, classes]` of an RGB row 48 pixels high. */
  readRow(row: { data: Uint8Array; widthPx: number; heightPx: number }): Promise<{ probabilities: Float32Array; steps: number }>;
  close(): Promise<void>;
}

async function open({ path }: PreparedPlateModel): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** Loads both networks. */
export async function openPlateSession(find: PreparedPlateModel, read: PreparedPlateModel): Promise<PlateSession> {
  const [finder, reader] = await Promise.all([open(find), open(read)]);
  const feed = ({ data, widthPx, heightPx }: { data: Uint8Array; widthPx: number; heightPx: number }) => ({
    images: new Tensor('uint8', data, [1, heightPx, widthPx, 3]),
  });
  return {
    findText: async (picture) => (await finder.run(feed(picture)))['map']?.data as Uint8Array,
    readRow: async (row) => {
      const { probabilities } = (await reader.run(feed(row))) as { probabilities: Tensor };
      return { probabilities: probabilities.data as Float32Array, steps: probabilities.dims[1] as number };
    },
    close: async () => {
      await Promise.all([finder.release(), reader.release()]);
    },
  };
}
