import { SafecityError } from '@safecity/contracts';

/** Reads a setting that a service cannot do without. @throws SafecityError `PLATFORM_ENV_MISSING` */
export function requiredEnv(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new SafecityError('PLATFORM_ENV_MISSING', `${name} is not set: start the service through "safecity start", or set it`);
}
