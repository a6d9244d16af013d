import { createLogger, loadOrCreateKey, onShutdown, requiredEnv } from '@safecity/platform';
import { destinationNetworksOf } from '../config.js';
import { startDispatch } from './start.js';

const logger = createLogger('dispatch');

try {
  const dispatch = await startDispatch({
    databaseUrl: requiredEnv(process.env, 'DATABASE_URL'),
    natsUrl: requiredEnv(process.env, 'NATS_URL'),
    key: loadOrCreateKey(requiredEnv(process.env, 'SAFECITY_KEY_FILE')),
    destinationNetworks: destinationNetworksOf(process.env),
    logger,
  });
  onShutdown(() => dispatch.close());
  logger.info('dispatch is ready');
  process.send?.({ ready: true });
} catch (error) {
  logger.fatal({ err: error }, error instanceof Error ? error.message : 'dispatch could not start');
  process.exit(1);
}
