import { createLogger, onShutdown, requiredEnv } from '@safecity/platform';
import { startDispatch } from './start.js';

const logger = createLogger('dispatch');

try {
  const dispatch = await startDispatch({
    databaseUrl: requiredEnv(process.env, 'DATABASE_URL'),
    natsUrl: requiredEnv(process.env, 'NATS_URL'),
    logger,
  });
  onShutdown(() => dispatch.close());
  logger.info('dispatch is ready');
  process.send?.({ ready: true });
} catch (error) {
  logger.fatal({ err: error }, error instanceof Error ? error.message : 'dispatch could not start');
  process.exit(1);
}
