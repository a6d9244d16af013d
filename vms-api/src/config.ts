import { CameraNetworks, loadOrCreateKey, requiredEnv } from '@safecity/platform';
import type { ApiOptions } from './api.js';
import { readStoreConfig } from './evidence/store-config.js';
import { failure } from './server/failure.js';
import { version } from './version.js';

const DEFAULT_PORT = 8080;

function portOf(text: string | undefined): number {
  const port = text === undefined || text === '' ? DEFAULT_PORT : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_PORT must be a port number 0..65535, 0 takes a free one; got "${text}"`);
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const days = Number(text);
  if (days > 0 && days <= 3650) return days;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_PLATES_KEPT_DAYS must be a number of days above 0 up to 3650; got "${text}"`);
}

function publicUrlOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_PUBLIC_URL must be an http or https address; got "${text}"`);
}

function trackRetentionOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_TRACK_RETENTION_DAYS must be a whole number of days 1..3650; got "${text}"`);
}

/**
 * Reads the API's settings from the environment.
 * @throws SafecityError `PLATFORM_ENV_MISSING`, `API_CONFIG_INVALID`
 */
export function readApiConfig(env: NodeJS.ProcessEnv): Omit<ApiOptions, 'logger'> {
  const publicUrl = publicUrlOf(env['SAFECITY_PUBLIC_URL']);
  const trackRetentionDays = trackRetentionOf(env['SAFECITY_TRACK_RETENTION_DAYS']);
  const platesKeptDays = daysOf(env['SAFECITY_PLATES_KEPT_DAYS']);
  const evidenceBucket = readStoreConfig(env);
  const consoleDirectory = env['SAFECITY_CONSOLE_DIR'];
  return {
    databaseUrl: requiredEnv(env, 'DATABASE_URL'),
    natsUrl: requiredEnv(env, 'NATS_URL'),
    dataDirectory: requiredEnv(env, 'SAFECITY_DATA_DIR'),
    key: loadOrCreateKey(requiredEnv(env, 'SAFECITY_KEY_FILE')),
    host: env['SAFECITY_HOST'] || '127.0.0.1',
    port: portOf(env['SAFECITY_PORT']),
    cameraNetworks: CameraNetworks.parse(env['SAFECITY_CAMERA_NETWORKS']),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(trackRetentionDays === undefined ? {} : { trackRetentionDays }),
    ...(evidenceBucket === undefined ? {} : { evidenceBucket }),
    settings: {
      version,
      ...(platesKeptDays === undefined ? {} : { platesKeptDays }),
      demo: env['SAFECITY_DEMO'] === '1',
      secureCookies: publicUrl?.startsWith('https:') ?? false,
      ...(consoleDirectory ? { consoleDirectory } : {}),
    },
  };
}
