import { CameraNetworks, loadOrCreateKey, requiredEnv } from '@safecity/platform';
import { readProviderSettings } from './accounts/provider/provider-settings.js';
import type { ApiOptions } from './api.js';
import { readStoreConfig } from './evidence/store-config.js';
import type { MqttSettings } from './interop/mqtt-publisher.js';
import { RETENTION_CLASSES, type RetentionClass } from './retention/classes.js';
import type { RetentionDefaults } from './retention/retention-settings.js';
import { failure } from './server/failure.js';
import type { AuthorityOptions } from './time-stamp/authority.js';
import { version } from './version.js';

const DEFAULT_PORT = 8080;

function portOf(text: string | undefined): number {
  const port = text === undefined || text === '' ? DEFAULT_PORT : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_PORT must be a port number 0..65535, 0 takes a free one; got "${text}"`);
}

/** Whose word about the address of a client is taken. @throws SafecityError `PLATFORM_NETWORKS_INVALID` */
function proxiesOf(text: string | undefined): { trustedProxies?: string[] } {
  if (!text) return {};
  CameraNetworks.parse(text, undefined, 'SAFECITY_TRUSTED_PROXIES');
  return { trustedProxies: text.split(',').map((network) => network.trim()) };
}

/** Days for which a class is kept unless it is set in the console; limits as there. */
function daysOf(env: NodeJS.ProcessEnv, name: string, retentionClass: RetentionClass): RetentionDefaults {
  const text = env[name];
  if (text === undefined || text === '') return {};
  const { minDays, maxDays } = RETENTION_CLASSES[retentionClass];
  const days = Number(text);
  if (Number.isInteger(days) && days >= minDays && days <= maxDays) return { [retentionClass]: days };
  throw failure('API_CONFIG_INVALID', 500, `${name} must be a whole number of days ${minDays}..${maxDays}; got "${text}"`);
}

function hourOf(text: string | undefined): { hour?: number } {
  if (text === undefined || text === '') return {};
  const hour = Number(text);
  if (Number.isInteger(hour) && hour >= 0 && hour <= 23) return { hour };
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_RETENTION_HOUR must be an hour 0..23; got "${text}"`);
}

function publicUrlOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin;
  throw failure('API_CONFIG_INVALID', 500, `SAFECITY_PUBLIC_URL must be an http or https address; got "${text}"`);
}

const MQTT_FRAMES_PER_S = 1;

function mqttOf(env: NodeJS.ProcessEnv): MqttSettings | undefined {
  const url = env['SAFECITY_MQTT_URL'];
  if (!url) return undefined;
  // The address may carry a password, so it is not repeated.
  if (!URL.canParse(url) || !['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(new URL(url).protocol))
    throw failure('API_CONFIG_INVALID', 500, 'SAFECITY_MQTT_URL must be an address such as mqtts://user:password@broker:8883');
  const framesPerS = Number(env['SAFECITY_MQTT_FRAMES_PER_S'] || MQTT_FRAMES_PER_S);
  if (!(framesPerS >= 0 && framesPerS <= 30))
    throw failure('API_CONFIG_INVALID', 500, 'SAFECITY_MQTT_FRAMES_PER_S must be a number 0..30; 0 sends no objects');
  const prefix = env['SAFECITY_MQTT_PREFIX'] ?? 'safecity';
  if (!/^([\w-]+(\/[\w-]+)*)?$/.test(prefix))
    throw failure('API_CONFIG_INVALID', 500, 'SAFECITY_MQTT_PREFIX must be levels of letters, digits, _ and -, such as city/safecity');
  return { url, prefix, framesPerS };
}

/** The time-stamping authority, with the CAs whose stamps count: a stamp that nobody can check is none. */
function timeStampsOf(env: NodeJS.ProcessEnv): { timeStamps?: AuthorityOptions } {
  const text = env['SAFECITY_TSA_URL'];
  if (!text) return {};
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw failure('API_CONFIG_INVALID', 500, `SAFECITY_TSA_URL must be an http or https address; got "${url ? url.origin : text}"`);
  return { timeStamps: { url: url.href, caFile: requiredEnv(env, 'SAFECITY_TSA_CA_FILE') } };
}

/** Where destinations may be, for the roles api and dispatch alike. @throws SafecityError `PLATFORM_NETWORKS_INVALID` */
export const destinationNetworksOf = (env: NodeJS.ProcessEnv): CameraNetworks =>
  CameraNetworks.parse(env['SAFECITY_DESTINATION_NETWORKS'], undefined, 'SAFECITY_DESTINATION_NETWORKS');

/**
 * Reads the API's settings from the environment.
 * @throws SafecityError `PLATFORM_ENV_MISSING`, `API_CONFIG_INVALID`
 */
export function readApiConfig(env: NodeJS.ProcessEnv): Omit<ApiOptions, 'logger'> {
  const publicUrl = publicUrlOf(env['SAFECITY_PUBLIC_URL']);
  const defaults = {
    ...daysOf(env, 'SAFECITY_TRACK_RETENTION_DAYS', 'tracks'),
    ...daysOf(env, 'SAFECITY_PLATES_KEPT_DAYS', 'plates'),
  };
  const evidenceBucket = readStoreConfig(env);
  const mqtt = mqttOf(env);
  const providerFile = env['SAFECITY_OIDC_FILE'];
  const signingKeyAfter = env['SAFECITY_SIGNING_KEY_AFTER'];
  const consoleDirectory = env['SAFECITY_CONSOLE_DIR'];
  return {
    databaseUrl: requiredEnv(env, 'DATABASE_URL'),
    natsUrl: requiredEnv(env, 'NATS_URL'),
    dataDirectory: requiredEnv(env, 'SAFECITY_DATA_DIR'),
    key: loadOrCreateKey(requiredEnv(env, 'SAFECITY_KEY_FILE')),
    host: env['SAFECITY_HOST'] || '127.0.0.1',
    port: portOf(env['SAFECITY_PORT']),
    cameraNetworks: CameraNetworks.parse(env['SAFECITY_CAMERA_NETWORKS']),
    destinationNetworks: destinationNetworksOf(env),
    ...(mqtt === undefined ? {} : { mqtt }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...timeStampsOf(env),
    ...(signingKeyAfter ? { signingKeyAfter: signingKeyAfter.toLowerCase() } : {}),
    retention: { defaults, ...hourOf(env['SAFECITY_RETENTION_HOUR']) },
    ...(providerFile ? { provider: readProviderSettings(providerFile, publicUrl) } : {}),
    ...(evidenceBucket === undefined ? {} : { evidenceBucket }),
    settings: {
      version,
      demo: env['SAFECITY_DEMO'] === '1',
      secureCookies: publicUrl?.startsWith('https:') ?? false,
      ...(consoleDirectory ? { consoleDirectory } : {}),
      ...proxiesOf(env['SAFECITY_TRUSTED_PROXIES']),
    },
  };
}
