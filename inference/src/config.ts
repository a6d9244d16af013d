import { isAbsolute, resolve } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import type { NodeListen } from './addresses.js';
import type { Provider } from './session-messages.js';

/** Settings of the inference node, from its environment. */
export interface InferenceSettings {
  modelPaths: string[];
  sessions: number | undefined;
  provider: Provider;
  /** By model id. */
  shares: Record<string, number>;
  listen: NodeListen;
  hungRunMs: number;
}

const PROVIDERS: readonly string[] = ['cpu', 'cuda', 'tensorrt'];
const WILDCARDS: readonly string[] = ['0.0.0.0', '[::]', ''];

function invalid(name: string, rule: string, value: string | undefined): SafecityError {
  return new SafecityError('INFERENCE_CONFIG_INVALID', `${name} ${rule}; got ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
}

function readInteger(env: NodeJS.ProcessEnv, name: string, least: number, most: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(name, `must be a whole number from ${least} to ${most}`, text);
  return value;
}

function readModels(env: NodeJS.ProcessEnv): string[] {
  const paths = (env['SAFECITY_MODELS'] ?? '').split(',').map((path) => path.trim());
  const given = paths.filter((path) => path !== '').map((path) => (isAbsolute(path) ? path : resolve(path)));
  if (given.length === 0) throw invalid('SAFECITY_MODELS', 'must list prepared .onnx files, separated by commas', env['SAFECITY_MODELS']);
  const odd = given.find((path) => !path.endsWith('.onnx'));
  if (odd !== undefined) throw invalid('SAFECITY_MODELS', 'must list .onnx files', odd);
  return [...new Set(given)];
}

function readListen(env: NodeJS.ProcessEnv): NodeListen {
  const text = env['SAFECITY_INFERENCE_LISTEN'];
  if (text === undefined || text === '')
    return { kind: 'sockets', directory: env['SAFECITY_SOCKET_DIR'] ? resolve(env['SAFECITY_SOCKET_DIR']) : undefined };
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  if (url?.pathname !== '/' || url.username || !/:\d+$/.test(text)) throw invalid('SAFECITY_INFERENCE_LISTEN', 'must be host:port', text);
  if (WILDCARDS.includes(url.hostname)) {
    throw invalid('SAFECITY_INFERENCE_LISTEN', 'must name the address that clients reach, which is announced to them', text);
  }
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), basePort: Number(url.port || 80) };
}

/** `nanodet-g=3,plate-text=1`: whole or decimal numbers above 0. */
function readShares(env: NodeJS.ProcessEnv): Record<string, number> {
  const text = env['SAFECITY_MODEL_SHARES'] ?? '';
  const parts = text.split(',').map((part) => part.trim());
  const pairs = parts.filter((part) => part !== '').map((part) => /^([^=\s]+)=(\d+(?:\.\d+)?)$/.exec(part));
  const shares = pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])] as const);
  if (shares.some(([modelId, share]) => modelId === '' || !(share > 0)))
    throw invalid('SAFECITY_MODEL_SHARES', 'must be pairs model=share separated by commas, each share a number above 0', text);
  return Object.fromEntries(shares);
}

/**
 * Reads and checks the settings: `SAFECITY_MODELS`, `SAFECITY_SESSIONS`, `SAFECITY_PROVIDER`, `SAFECITY_MODEL_SHARES`, `SAFECITY_SOCKET_DIR`,
 * `SAFECITY_INFERENCE_LISTEN`, `SAFECITY_HUNG_RUN_MS`.
 * @throws SafecityError `INFERENCE_CONFIG_INVALID`
 */
export function readSettings(env: NodeJS.ProcessEnv): InferenceSettings {
  const provider = env['SAFECITY_PROVIDER'] || 'cpu';
  if (!PROVIDERS.includes(provider)) throw invalid('SAFECITY_PROVIDER', `must be one of ${PROVIDERS.join(', ')}`, provider);
  return {
    modelPaths: readModels(env),
    sessions: readInteger(env, 'SAFECITY_SESSIONS', 1, 256),
    provider: provider as Provider,
    shares: readShares(env),
    listen: readListen(env),
    hungRunMs: readInteger(env, 'SAFECITY_HUNG_RUN_MS', 500, 600_000) ?? 2000,
  };
}
