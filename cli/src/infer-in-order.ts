import type { FileFrame } from '@safecity/ingest';
import type { LocalInference } from './local-inference.js';

/** A decoded picture of a file and what the model said of it. */
export interface InferredFrame extends FileFrame {
  /** Model output `Float32Array [K, 6]`. */
  boxes: Float32Array;
}

/** Runs frames on all sessions at once and gives the results in the order of the frames. */
export async function* inferInOrder(frames: AsyncIterable<FileFrame>, inference: LocalInference): AsyncGenerator<InferredFrame> {
  const { modelId, widthPx, heightPx } = inference.model;
  const waiting: Promise<InferredFrame>[] = [];
  try {
    for await (const frame of frames) {
      const run = inference.client.infer({ modelId, frame: frame.frame, widthPx, heightPx }).then(({ boxes }) => ({ ...frame, boxes }));
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
