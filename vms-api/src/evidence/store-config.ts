import { readFileSync } from 'node:fs';
import { requiredEnv } from '@safecity/platform';
import { failure } from '../server/failure.js';
import type { BucketOptions } from './evidence-bucket.js';

function invalid(name: string, needs: string, got: string | undefined): Error {
  return failure('API_CONFIG_INVALID', 500, `${name} must be ${needs}; got "${got ?? ''}"`);
}

function secretOf(env: NodeJS.ProcessEnv): string {
  const file = env['SAFECITY_S3_SECRET_KEY_FILE'];
  if (!file) return requiredEnv(env, 'SAFECITY_S3_SECRET_KEY');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw failure('API_CONFIG_INVALID', 500, `SAFECITY_S3_SECRET_KEY_FILE must name a file that can be read; got "${file}"`, cause);
  }
}

function endpointOf(text: string | undefined, region: string): string {
  if (!text) return `https://s3.${region}.amazonaws.com`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.username && !url.search) return url.origin;
  throw invalid('SAFECITY_S3_ENDPOINT', 'an http or https address without a path', url ? url.origin : text);
}

function lockDaysOf(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 36_500) return days;
  throw invalid('SAFECITY_S3_LOCK_DAYS', 'a whole number of days 1..36500', text);
}

/**
 * Where evidence lies, from the environment: `SAFECITY_EVIDENCE_STORE=s3://bucket/prefix` and the variables of the store.
 * @returns undefined for the data directory
 * @throws SafecityError `API_CONFIG_INVALID`, `PLATFORM_ENV_MISSING`
 */
export function readStoreConfig(env: NodeJS.ProcessEnv): BucketOptions | undefined {
  const store = env['SAFECITY_EVIDENCE_STORE'];
  if (!store) return undefined;
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*)?\/?)?$/.exec(store);
  if (!match) throw invalid('SAFECITY_EVIDENCE_STORE', 's3://bucket or s3://bucket/prefix', store);
  const region = env['SAFECITY_S3_REGION'] || 'us-east-1';
  const pathStyle = env['SAFECITY_S3_PATH_STYLE'] || (env['SAFECITY_S3_ENDPOINT'] ? '1' : '0');
  if (pathStyle !== '0' && pathStyle !== '1') throw invalid('SAFECITY_S3_PATH_STYLE', '0 or 1', pathStyle);
  const lockDays = lockDaysOf(env['SAFECITY_S3_LOCK_DAYS']);
  return {
    ...{ endpoint: endpointOf(env['SAFECITY_S3_ENDPOINT'], region), region, bucket: match[1] as string, prefix: match[2] ?? '' },
    ...{ accessKey: requiredEnv(env, 'SAFECITY_S3_ACCESS_KEY'), secretKey: secretOf(env), pathStyle: pathStyle === '1' },
    ...(lockDays === undefined ? {} : { lockDays }),
  };
}
