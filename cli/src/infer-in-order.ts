import { type FileFrame, inferPicture, type Tiling } from '@safecity/ingest';
import type { LocalInference } from './local-inference.js';

/** A decoded picture of a file and what the model said of it. */
export interface InferredFrame extends FileFrame {
  /** Model output `Float32Array [K, 6]` in pixels of the decoded picture. */
  boxes: Float32Array;
}

export interface InferInOrderOptions {
  /** How pictures are cut; frames come in `decodedSize`. */
  tiling: Tiling | null;
  /** Tiles are merged of boxes with this score or more (inclusive). */
  minScore: number;
  /** Classes that may leave tiles; absent: `OBJECT_CLASSES`. */
  keep?: readonly string[];
}

/** Runs frames on all sessions at once and gives the results in the order of the frames. */
export async function* inferInOrder(
  frames: AsyncIterable<FileFrame>,
  inference: LocalInference,
  options: InferInOrderOptions,
): AsyncGenerator<InferredFrame> {
  const { model } = inference;
  const { modelId, widthPx, heightPx } = model;
  const infer = async (frame: Buffer) => (await inference.client.infer({ modelId, frame, widthPx, heightPx })).boxes;
  const waiting: Promise<InferredFrame>[] = [];
  try {
    for await (const frame of frames) {
      const run = inferPicture(
        { rgb: frame.frame, source: { widthPx: frame.sourceWidthPx, heightPx: frame.sourceHeightPx } },
        { model, infer, ...options },
      ).then((boxes) => ({ ...frame, boxes }));
      // A later frame may fail while an earlier one is awaited; its rejection is seen when its turn comes.
      run.catch(() => undefined);
      waiting.push(run);
      if (waiting.length > inference.sessions) yield await (waiting.shift() as Promise<InferredFrame>);
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<InferredFrame>);
  } finally {
    await Promise.allSettled(waiting);
  }
}
