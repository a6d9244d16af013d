import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Id, parseWith, SafecityError } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { createUser } from '@safecity/vms-api';
import type { Command } from 'commander';
import { type Static, Type } from 'typebox';
import { parsePrecision } from '../precision.js';
import { Progress } from '../progress.js';
import { ROLES, type Role, type RunningServices, startServices } from '../services.js';
import { untilSignal } from '../until-signal.js';

/** The file that `--config` names. Every key is optional; the command line wins over it. */
const StartConfig = Type.Object(
  {
    roles: Type.Optional(Type.Array(Type.Enum([...ROLES]), { minItems: 1 })),
    data: Type.Optional(Type.String({ minLength: 1 })),
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    models: Type.Optional(Type.Array(Id, { minItems: 1 })),
  },
  { additionalProperties: false },
);
type StartConfig = Static<typeof StartConfig>;

export const START_DEFAULTS = { roles: ROLES as readonly Role[], data: 'data', host: '127.0.0.1', port: 8080, models: ['nanodet-g'] };

interface StartOptions {
  roles?: string;
  config?: string;
  data?: string;
  host?: string;
  port?: string;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new SafecityError('CLI_USAGE', `--port ${text} is not a port: use a whole number from 0 to 65535`);
}

function parseRoles(text: string): Role[] {
  return text.split(',').map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (role) return role;
    throw new SafecityError('CLI_USAGE', `--roles: unknown role "${name.trim()}"; available are ${ROLES.join(', ')}`);
  });
}

function readConfig(file: string | undefined): StartConfig {
  if (file === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw cause;
    throw new SafecityError('CLI_USAGE', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return parseWith(StartConfig, parsed, file);
}

/** An installation with no users cannot be entered: the first start makes an administrator and prints its password. */
async function firstAdministrator(databaseUrl: string, progress: Progress): Promise<void> {
  const created = await createUser({ databaseUrl, username: 'admin', role: 'administrator', onlyIfNoUsers: true });
  if (created) progress.step(`first start: sign in as admin with the password ${created.password} and change it`);
}

async function start(options: StartOptions): Promise<void> {
  const config = readConfig(options.config);
  // Listened for from the first moment on, so that Ctrl-C while starting stops what has been started.
  const signal = untilSignal();
  const progress = new Progress();
  const services: RunningServices = await startServices({
    roles: options.roles === undefined ? (config.roles ?? START_DEFAULTS.roles) : parseRoles(options.roles),
    dataDir: resolve(options.data ?? config.data ?? START_DEFAULTS.data),
    host: options.host ?? config.host ?? START_DEFAULTS.host,
    port: options.port === undefined ? (config.port ?? START_DEFAULTS.port) : parsePort(options.port),
    modelIds: config.models ?? START_DEFAULTS.models,
    precision: parsePrecision('SAFECITY_PRECISION', process.env['SAFECITY_PRECISION']),
    natsUrl: process.env['NATS_URL'],
    databaseUrl: process.env['DATABASE_URL'],
    logger: createLogger('safecity'),
    onStep: (step) => progress.step(step),
    beforeRoles: ({ databaseUrl }) => firstAdministrator(databaseUrl, progress),
  });
  if (services.url) progress.step(`console: ${services.url}`);
  await signal;
  await services.stop();
}

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('run the service; embedded NATS and PostgreSQL when NATS_URL and DATABASE_URL are not set')
    .option('--roles <list>', `comma-separated, of ${ROLES.join(', ')}; default all`)
    .option('--config <file>', 'JSON file with roles, data, host, port, models')
    .option('--data <dir>', `data directory, default ./${START_DEFAULTS.data}`)
    .option('--host <address>', `address of API and console, default ${START_DEFAULTS.host}`)
    .option('--port <n>', `port of API and console, default ${START_DEFAULTS.port}`)
    .action(start);
}

/** Where a command keeps its data when none is named. */
export function dataDirectory(given: string | undefined): string {
  return resolve(given ?? join(process.cwd(), START_DEFAULTS.data));
}
