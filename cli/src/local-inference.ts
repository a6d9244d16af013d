import type { InferenceEndpoint } from '@safecity/contracts';
import { startInferenceNode } from '@safecity/inference';
import { type Precision, type PreparedModel, prepareModel } from '@safecity/models';
import { createInferenceClient, createLogger, type InferenceClient } from '@safecity/platform';
import type { Progress } from './progress.js';

/** One model served by a node of this command's own; `close()` ends its processes. */
export interface LocalInference {
  model: PreparedModel;
  client: InferenceClient;
  /** Frames it can run at the same time. */
  sessions: number;
  close(): Promise<void>;
}

/**
 * Prepares a model and serves it with the node and the client of the live service, one session per core.
 * @param form input size and precision; the catalogue's own size and 32-bit floats when absent
 */
export async function serveLocally(
  modelId: string,
  progress: Progress,
  form?: { widthPx?: number; heightPx?: number; precision?: Precision },
): Promise<LocalInference> {
  const model = await prepareModel(modelId, { ...form, onProgress: (text) => progress.step(text) });
  const logger = createLogger('safecity');
  logger.level = 'warn';
  const node = startInferenceNode({ modelPaths: [model.path], logger });
  try {
    await node.ready;
  } catch (error) {
    await node.close();
    throw error;
  }
  const endpoints: InferenceEndpoint[] = node.endpoints();
  const client = createInferenceClient({ endpoints, logger, timeoutMs: 10_000 });
  return {
    model,
    client,
    sessions: endpoints.length,
    close: async () => {
      await client.close();
      await node.close();
    },
  };
}
