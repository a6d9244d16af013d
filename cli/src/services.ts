import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { SafecityError } from '@safecity/contracts';
import { PLATE_MODELS, type Precision, plateModelsPresent, prepareModel, preparePlateModel } from '@safecity/models';
import { checkDatabase, type Logger, startEmbeddedNats, startEmbeddedPostgres } from '@safecity/platform';
import { platesWanted } from '@safecity/vms-api';
import { watchDisk } from './disk-watch.js';
import { Supervisor } from './supervisor.js';

export const ROLES = ['inference', 'ingest', 'rules', 'api', 'dispatch'] as const;
export type Role = (typeof ROLES)[number];

const require = createRequire(import.meta.url);
const ENTRIES: Record<Role, string> = {
  inference: require.resolve('@safecity/inference/main'),
  ingest: require.resolve('@safecity/ingest/main'),
  rules: require.resolve('@safecity/rules/main'),
  api: require.resolve('@safecity/vms-api/main'),
  dispatch: require.resolve('@safecity/vms-api/dispatch-main'),
};

const PID_FILE = 'safecity.pid';

/** A socket's whole path may have 107 bytes, and its own name takes some. */
const LONGEST_SOCKET_DIRECTORY_BYTES = 80;

export interface ServiceOptions {
  roles: readonly Role[];
  dataDir: string;
  host: string;
  /** Port of the API and console. */
  port: number;
  /** Models that the inference role serves. */
  modelIds: readonly string[];
  /** Precision of those models' weights and arithmetic; default `fp32`. */
  precision?: Precision;
  /** Where NATS and PostgreSQL are; undefined starts the embedded ones. */
  natsUrl: string | undefined;
  databaseUrl: string | undefined;
  logger: Logger;
  /** Receives what the roles print; undefined: stderr. */
  log?: Writable;
  /** Marks the site as a demo: exercises only, and said so on every page. */
  demo?: boolean;
  /** Networks in which cameras are; default SAFECITY_CAMERA_NETWORKS of the environment. */
  cameraNetworks?: string;
  /** Networks in which destinations are; default SAFECITY_DESTINATION_NETWORKS of the environment. */
  destinationNetworks?: string;
  /** Called when bus and database answer, before any role starts. */
  beforeRoles?: (site: { natsUrl: string; databaseUrl: string; keyFile: string }) => Promise<unknown>;
  onStep?: (step: string) => void;
}

export interface RunningServices {
  /** Where the console answers; undefined when the api role does not run here. */
  url: string | undefined;
  natsUrl: string;
  databaseUrl: string | undefined;
  keyFile: string;
  /** Process ids by name: the roles and the embedded servers. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

/** @throws SafecityError `CLI_PORT_IN_USE` when something listens on the port already */
export async function checkPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) =>
      reject(
        new SafecityError(
          'CLI_PORT_IN_USE',
          `port ${port} on ${host} is in use: end the program that holds it, or choose another with --port`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

/** @throws SafecityError `CLI_DATA_IN_USE` when another safecity runs on this data directory */
export function checkDataFree(dataDir: string): void {
  try {
    const pid = Number(readFileSync(join(dataDir, PID_FILE), 'utf8'));
    const alive = pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('safecity');
    if (alive)
      throw new SafecityError(
        'CLI_DATA_IN_USE',
        `process ${pid} runs safecity on ${dataDir}: end it first, or choose another directory with --data`,
      );
  } catch (error) {
    if (error instanceof SafecityError) throw error;
  }
}

/** Makes this process the only one on a data directory. Returns the release. @throws SafecityError `CLI_DATA_IN_USE` */
function lockDataDirectory(dataDir: string): () => void {
  checkDataFree(dataDir);
  const file = join(dataDir, PID_FILE);
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

/** Console files built by Vite. */
function consoleDirectory(): string {
  return dirname(require.resolve('@safecity/console/dist'));
}

/** While models compete, detection gets this many times the time of either network of the plate reader. */
const DETECTOR_SHARE = 6;

/** The face model for masking, when it was brought: it cannot be fetched. */
async function faceModelPath(options: { onProgress: ((text: string) => void) | undefined }): Promise<string[]> {
  try {
    return [(await prepareModel('ultraface', options)).path];
  } catch (error) {
    if (!(error instanceof SafecityError) || error.code !== 'MODELS_SOURCE_MISSING') throw error;
    options.onProgress?.('no face model: in evidence the heads of people are hidden ("safecity models pull ultraface" says how to get it)');
    return [];
  }
}

/**
 * Prepared models for the inference role. The plate reader's are served when a camera asks for plates, and also when they
 * lie in the cache, so that a camera added later finds them.
 */
async function modelPathsOf({ modelIds, precision, onStep }: ServiceOptions, databaseUrl: string | undefined): Promise<string[]> {
  const options = { onProgress: onStep };
  const paths: string[] = [];
  for (const id of modelIds) paths.push((await prepareModel(id, { ...options, precision })).path);
  paths.push(...(await faceModelPath(options)));
  if (!(await plateModelsPresent()) && (databaseUrl === undefined || !(await platesWanted(databaseUrl)))) return paths;
  for (const { id } of PLATE_MODELS) paths.push((await preparePlateModel(id, options)).path);
  return paths;
}

/** The node makes a directory of its own in the system's temporary one when the path would be too long for a socket. */
function socketDirectory(dataDir: string): Record<string, string> {
  const path = join(dataDir, 'sockets');
  return Buffer.byteLength(path) <= LONGEST_SOCKET_DIRECTORY_BYTES ? { SAFECITY_SOCKET_DIR: path } : {};
}

function environmentOf(role: Role, options: ServiceOptions, shared: Record<string, string>, modelPaths: string[]): Record<string, string> {
  switch (role) {
    case 'inference':
      return {
        ...shared,
        SAFECITY_MODELS: modelPaths.join(','),
        SAFECITY_MODEL_SHARES: options.modelIds.map((id) => `${id}=${DETECTOR_SHARE}`).join(','),
        ...socketDirectory(options.dataDir),
      };
    case 'api':
      return {
        ...shared,
        SAFECITY_HOST: options.host,
        SAFECITY_PORT: String(options.port),
        SAFECITY_CONSOLE_DIR: consoleDirectory(),
        ...(options.demo ? { SAFECITY_DEMO: '1' } : {}),
      };
    default:
      return shared;
  }
}

async function startRoles(options: ServiceOptions, supervisor: Supervisor, shared: Record<string, string>): Promise<string | undefined> {
  const modelPaths = options.roles.includes('inference') ? await modelPathsOf(options, shared['DATABASE_URL']) : [];
  let url: string | undefined;
  for (const role of ROLES.filter((name) => options.roles.includes(name))) {
    options.onStep?.(`starting ${role}`);
    const facts = await supervisor.start({ name: role, entry: ENTRIES[role], env: environmentOf(role, options, shared, modelPaths) });
    if (role === 'api') url = String(facts['url']);
  }
  return url;
}

/**
 * Starts bus, database and roles of one machine, in the order in which they need each other, and stops them in the
 * reverse order. What was started is stopped again when a later step fails.
 */
export async function startServices(options: ServiceOptions): Promise<RunningServices> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  if (options.roles.includes('api')) await checkPortFree(options.host, options.port);
  const undo: (() => Promise<void> | void)[] = [lockDataDirectory(options.dataDir)];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    undo.push(watchDisk(options.dataDir, (text) => options.onStep?.(text)));
    const needsDatabase = options.roles.some((role) => role === 'api' || role === 'dispatch') || options.beforeRoles !== undefined;
    const nats = options.natsUrl === undefined ? await startEmbeddedNats(options) : undefined;
    if (nats) undo.push(() => nats.stop());
    const database = needsDatabase && options.databaseUrl === undefined ? await startEmbeddedPostgres(options) : undefined;
    if (database) undo.push(() => database.stop());
    const natsUrl = nats?.url ?? (options.natsUrl as string);
    if (needsDatabase && options.databaseUrl !== undefined) await checkDatabase(options.databaseUrl);
    const databaseUrl = database?.url ?? options.databaseUrl;
    const keyFile = join(options.dataDir, 'site.key');
    if (databaseUrl !== undefined) await options.beforeRoles?.({ natsUrl, databaseUrl, keyFile });
    const supervisor = new Supervisor(options.logger, options.log);
    undo.push(() => supervisor.stop());
    const shared = {
      NATS_URL: natsUrl,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      SAFECITY_DATA_DIR: options.dataDir,
      SAFECITY_KEY_FILE: keyFile,
      ...(options.cameraNetworks === undefined ? {} : { SAFECITY_CAMERA_NETWORKS: options.cameraNetworks }),
      ...(options.destinationNetworks === undefined ? {} : { SAFECITY_DESTINATION_NETWORKS: options.destinationNetworks }),
    };
    const url = await startRoles(options, supervisor, shared);
    const servers = { ...(nats ? { 'nats-server': nats.pid } : {}), ...(database ? { postgres: database.pid } : {}) };
    return { url, natsUrl, databaseUrl, keyFile, pids: () => ({ ...servers, ...supervisor.pids() }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
