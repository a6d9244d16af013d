import type { InferenceClient } from '@safecity/platform';
import type { PlateNetworks } from './networks.js';

const FIND = 'plate-find';
const READ = 'plate-read';

/** The plate reader's networks where inference nodes serve them; null while none does. */
export function servedPlateNetworks(client: Pick<InferenceClient, 'inferTensors' | 'tensorModel'>): PlateNetworks | null {
  if (!client.tensorModel(FIND) || !client.tensorModel(READ)) return null;
  const run = async (modelId: string, { data, widthPx, heightPx }: { data: Uint8Array; widthPx: number; heightPx: number }) => {
    const images = { name: 'images', datatype: 'UINT8', shape: [1, heightPx, widthPx, 3], data } as const;
    return (await client.inferTensors({ modelId, inputs: [images] })).outputs[0];
  };
  return {
    findText: async (picture) => (await run(FIND, picture))?.data as Uint8Array,
    readRow: async (row) => {
      const output = await run(READ, row);
      return { probabilities: output?.data as Float32Array, steps: output?.shape[1] ?? 0 };
    },
  };
}
