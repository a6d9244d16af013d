import { connectBus, createLogger, onShutdown, requiredEnv } from '@safecity/platform';
import { startRules } from './shell/service.js';

const logger = createLogger('rules');
try {
  const bus = await connectBus({ url: requiredEnv(process.env, 'NATS_URL'), name: 'rules', logger });
  const service = await startRules({ bus, logger });
  onShutdown(async () => {
    await service.close();
    await bus.close();
  });
  logger.info({ cameras: service.cameraIds().length, streamSeq: service.position() }, 'rules is ready');
  process.send?.({ ready: true, cameras: service.cameraIds().length });
} catch (error) {
  logger.fatal({ err: error }, error instanceof Error ? error.message : String(error));
  process.exit(1);
}
