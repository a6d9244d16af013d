import { createLogger, onShutdown } from '@safecity/platform';
import { startApi } from './api.js';
import { readApiConfig } from './config.js';

const logger = createLogger('api');

try {
  const api = await startApi({ ...readApiConfig(process.env), logger });
  onShutdown(() => api.close());
  logger.info({ url: api.url }, 'API is ready');
  process.send?.({ ready: true, url: api.url });
} catch (error) {
  logger.fatal({ err: error }, error instanceof Error ? error.message : 'the API could not start');
  process.exit(1);
}
