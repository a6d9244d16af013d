import { SafecityError } from '@safecity/contracts';
import {
  type Bus,
  connectBus,
  createInferenceClient,
  createLogger,
  type InferenceClient,
  loadOrCreateKey,
  onShutdown,
} from '@safecity/platform';
import { readConfig } from './config.js';
import { HardwareDecoding } from './decode/hardware-decoding.js';
import { servedPlateNetworks } from './plates/served-networks.js';
import { type RunningWorker, startIngestWorker } from './worker.js';

const logger = createLogger('ingest');

async function main(): Promise<void> {
  let bus: Bus | undefined;
  let client: InferenceClient | undefined;
  let worker: RunningWorker | undefined;
  onShutdown(async () => {
    await worker?.close();
    await client?.close();
    await bus?.close();
  });
  const config = readConfig(process.env);
  // Transcoders read from our own loopback HTTP, never through a proxy that the machine may have.
  process.env['no_proxy'] = [process.env['no_proxy'], '127.0.0.1'].filter(Boolean).join(',');
  const key = loadOrCreateKey(config.keyFile);
  bus = await connectBus({ url: config.natsUrl, name: config.workerId, logger });
  const inference = createInferenceClient({ bus, logger });
  client = inference;
  worker = await startIngestWorker({
    bus,
    inference: {
      plateNetworks: () => servedPlateNetworks(inference),
      model: (modelId) => inference.model(modelId) ?? null,
      infer: async (frame, { modelId, widthPx, heightPx }) => (await inference.infer({ modelId, frame, widthPx, heightPx })).boxes,
    },
    key,
    dataDir: config.dataDir,
    workerId: config.workerId,
    transcodes: config.transcodes,
    hardware: await HardwareDecoding.open(config.hwaccel, { logger }),
    pipeline: { session: { networks: config.networks } },
    logger,
  });
  process.send?.({ ready: true, workerId: config.workerId, address: worker.address });
}

main().catch((error: unknown) => {
  const code = error instanceof SafecityError ? error.code : undefined;
  logger.fatal({ code, ...(code === undefined ? { err: error } : {}) }, error instanceof Error ? error.message : 'ingest cannot start');
  process.exit(1);
});
