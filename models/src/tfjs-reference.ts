import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { engine, type NamedTensorMap, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

/** Values of one output, row-major. */
export type Outputs = Map<string, Float32Array>;

/** A TensorFlow.js graph ready to run; `close` frees its memory. */
export interface TfjsReference {
  /** @param values row-major over `shape`, which is the graph's own fixed input shape */
  run(values: Float32Array, shape: readonly number[], outputs: readonly string[]): Promise<Outputs>;
  close(): void;
}

async function readOut(tensors: Tensor[], names: readonly string[]): Promise<Outputs> {
  const outputs: Outputs = new Map();
  for (const [i, name] of names.entries()) outputs.set(name, Float32Array.from(await (tensors[i] as Tensor).data()));
  return outputs;
}

/**
 * Loads a TensorFlow.js graph model from memory into the WebAssembly backend: the reference that a conversion is held against.
 * @param json text of `model.json`
 * @param weights bytes of its weight file
 */
export async function loadTfjsReference(json: string, weights: Uint8Array): Promise<TfjsReference> {
  await setBackend('wasm');
  const { modelTopology, weightsManifest, signature, format } = JSON.parse(json);
  const weightSpecs = weightsManifest.flatMap((group: { weights: unknown[] }) => group.weights);
  const weightData = Uint8Array.from(weights).buffer;
  const model = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData, signature, format }) });
  return {
    async run(values, shape, outputs) {
      const input = tensor(values, [...shape]);
      const feed: NamedTensorMap = { [model.inputNodes[0] as string]: input };
      const tensors = model.execute(feed, [...outputs]);
      const list = Array.isArray(tensors) ? tensors : [tensors];
      try {
        return await readOut(list, outputs);
      } finally {
        for (const used of [input, ...list]) used.dispose();
      }
    },
    close() {
      model.dispose();
      engine().disposeVariables();
    },
  };
}
