import { SafecityError } from '@safecity/contracts';
import { type Bus, connectBus, createLogger, onShutdown, requiredEnv } from '@safecity/platform';
import { kvRegistry } from './announcer.js';
import { readSettings } from './config.js';
import { type InferenceNode, startInferenceNode } from './node.js';

const logger = createLogger('inference');

async function main(): Promise<void> {
  let bus: Bus | undefined;
  let node: InferenceNode | undefined;
  onShutdown(async () => {
    await node?.close();
    await bus?.close();
  });
  const settings = readSettings(process.env);
  bus = await connectBus({ url: requiredEnv(process.env, 'NATS_URL'), name: 'inference', logger });
  node = startInferenceNode({ ...settings, logger, registry: kvRegistry(bus) });
  try {
    await node.ready;
  } catch (error) {
    await node.close();
    await bus.close();
    throw error;
  }
  process.send?.({ ready: true, endpoints: node.endpoints(), refused: node.refused() });
}

main().catch((error: unknown) => {
  const code = error instanceof SafecityError ? error.code : undefined;
  if (code === 'INFERENCE_STOPPING') return;
  logger.fatal({ code, ...(code === undefined ? { err: error } : {}) }, (error as Error).message);
  process.exit(1);
});
