import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { checkGpuProvider, findGpus, systemProbes } from '@safecity/inference';
import { readHwaccel, tryCudaDecoding } from '@safecity/ingest';
import { listModels } from '@safecity/models';
import { connectBus, createLogger, startEmbeddedPostgres } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import type { Command } from 'commander';
import { checkPortFree } from '../services.js';
import { dataDirectory, parsePort, START_DEFAULTS } from './start.js';

/** One line of the report. `mend` is there when something should be done. */
interface Check {
  name: string;
  state: 'ok' | 'warning' | 'miss';
  found: string;
  mend?: string;
}

const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
/** The oldest nats-server that a shared installation may run; the embedded one may be older. */
const OLDEST_SHARED_NATS = [2, 10, 27] as const;
const LOW_DISK_BYTES = 5e9;

function versionOf(command: string, argument: string): string | undefined {
  const result = spawnSync(command, [argument], { encoding: 'utf8', env: { ...process.env, PATH: SEARCH_PATH } });
  return result.status === 0 ? result.stdout.split('\n')[0] : undefined;
}

/** True when version `a.b.c` is `oldest` or newer. */
export function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of oldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function checkFfmpeg(): Check {
  const found = versionOf('ffmpeg', '-version');
  const major = Number(/version n?(\d+)/.exec(found ?? '')?.[1] ?? 0);
  if (major >= 5) return { name: 'ffmpeg', state: 'ok', found: found as string };
  return { name: 'ffmpeg', state: 'miss', found: found ?? 'not found', mend: 'install ffmpeg 5 or newer: apt-get install ffmpeg' };
}

async function checkNats(url: string | undefined): Promise<Check> {
  if (url === undefined) {
    const found = versionOf('nats-server', '--version');
    if (found) return { name: 'NATS (embedded)', state: 'ok', found };
    return { name: 'NATS (embedded)', state: 'miss', found: 'not found', mend: 'apt-get install nats-server, or set NATS_URL' };
  }
  const bus = await connectBus({ url, name: 'doctor', logger: createLogger('doctor', { write: () => undefined }) });
  const version = bus.nc.info?.version ?? 'unknown';
  await bus.close();
  if (isAtLeast(version, OLDEST_SHARED_NATS)) return { name: 'NATS (NATS_URL)', state: 'ok', found: version };
  return {
    name: 'NATS (NATS_URL)',
    state: 'miss',
    found: version,
    mend: `upgrade the shared server to ${OLDEST_SHARED_NATS.join('.')} or newer`,
  };
}

async function checkDatabase(url: string | undefined): Promise<Check> {
  const { default: postgres } = await import('postgres');
  const throwAway = temporaryDirectory('doctor');
  const server =
    url === undefined
      ? await startEmbeddedPostgres({ dataDir: throwAway.path, logger: createLogger('doctor'), durable: false })
      : undefined;
  const sql = postgres(url ?? (server?.url as string), { max: 1, connect_timeout: 5 });
  try {
    const rows = await sql`select current_setting('server_version') as version`;
    return {
      name: url === undefined ? 'PostgreSQL (embedded)' : 'PostgreSQL (DATABASE_URL)',
      state: 'ok',
      found: String(rows[0]?.['version']),
    };
  } finally {
    await sql.end();
    await server?.stop();
    throwAway.remove();
  }
}

async function checkModels(): Promise<Check[]> {
  const models = await listModels();
  return models.map((model) => {
    if (model.prepared) return { name: `model ${model.id}`, state: 'ok' as const, found: 'prepared' };
    const isDefault = START_DEFAULTS.models.includes(model.id);
    return {
      name: `model ${model.id}`,
      state: isDefault ? ('miss' as const) : ('warning' as const),
      found: 'not in the cache',
      mend: `npx safecity models pull ${model.id}`,
    };
  });
}

/** What `SAFECITY_PROVIDER` wants is checked through; a GPU that lies idle is worth a warning with what it would need. */
function checkProviders(wanted: string): Check[] {
  if (wanted === 'cuda' || wanted === 'tensorrt')
    return checkGpuProvider(wanted).map((check) => ({ ...check, state: check.mend ? 'miss' : 'ok' }));
  const name = 'inference provider';
  if (wanted !== 'cpu')
    return [{ name, state: 'miss', found: `SAFECITY_PROVIDER is "${wanted}"`, mend: 'set it to cpu, cuda or tensorrt' }];
  const gpus = findGpus(systemProbes());
  if (gpus === undefined) return [{ name, state: 'ok', found: 'cpu (nvidia-smi lists no GPU)' }];
  const missing = checkGpuProvider('cuda').flatMap(({ mend }) => mend ?? []);
  const mend = ['to use it set SAFECITY_PROVIDER=cuda', ...missing].join('; ');
  return [{ name, state: 'warning', found: `cpu, although there is a GPU: ${gpus}`, mend }];
}

/** What `SAFECITY_HWACCEL` wants is tried; where nothing is wanted, hardware that would decode is worth a word. */
export async function checkVideoDecoding(
  environment: NodeJS.ProcessEnv,
  probes = { tryDecoding: tryCudaDecoding, hasGpu: () => findGpus(systemProbes()) !== undefined },
): Promise<Check> {
  const wanted = readHwaccel(environment);
  const name = 'video decoding';
  if (wanted === 'off' && !probes.hasGpu()) return { name, state: 'ok', found: 'software' };
  const problem = await probes.tryDecoding();
  if (wanted === 'off') {
    if (problem !== undefined) return { name, state: 'ok', found: `software (the GPU would not do: ${problem})` };
    return { name, state: 'warning', found: 'software, although the GPU decodes', mend: 'to use it set SAFECITY_HWACCEL=cuda' };
  }
  if (problem === undefined) return { name, state: 'ok', found: 'NVDEC' };
  const mend = 'install the NVIDIA driver with its video libraries (libnvcuvid.so.1) and an ffmpeg with cuda, or set SAFECITY_HWACCEL=off';
  return { name, state: wanted === 'auto' ? 'ok' : 'miss', found: `software: ${problem}`, ...(wanted === 'auto' ? {} : { mend }) };
}

function checkDisk(dataDir: string): Check {
  let place = dataDir;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  const found = `${(freeBytes / 1e9).toFixed(1)} GB free for ${dataDir}`;
  return freeBytes > LOW_DISK_BYTES
    ? { name: 'disk', state: 'ok', found }
    : { name: 'disk', state: 'warning', found, mend: 'make room: evidence and messages need it' };
}

async function guarded(name: string, mend: string, check: () => Promise<Check | Check[]> | Check | Check[]): Promise<Check[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    const found = (error as Error).message;
    // Our own errors name the mend themselves.
    return [error instanceof SafecityError ? { name, state: 'miss', found } : { name, state: 'miss', found, mend }];
  }
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check ffmpeg, nats-server, database, models, providers, port and disk, and say what to do for each miss')
    .option('--data <dir>', `data directory, default ./${START_DEFAULTS.data}`)
    .option('--port <n>', 'port of API and console', String(START_DEFAULTS.port))
    .action(async (options: { data?: string; port: string }) => {
      const port = parsePort(options.port);
      const checks = [
        ...(await guarded('ffmpeg', 'apt-get install ffmpeg', checkFfmpeg)),
        ...(await guarded('NATS', 'check NATS_URL', () => checkNats(process.env['NATS_URL']))),
        ...(await guarded('PostgreSQL', 'check DATABASE_URL, or run npm ci', () => checkDatabase(process.env['DATABASE_URL']))),
        ...(await guarded('models', 'npx safecity models pull nanodet-g', checkModels)),
        ...(await guarded('inference provider', 'run npm ci', () => checkProviders(process.env['SAFECITY_PROVIDER'] || 'cpu'))),
        ...(await guarded('video decoding', 'check ffmpeg', () => checkVideoDecoding(process.env))),
        ...(await guarded('port', `end the program that holds it, or use --port`, async () => {
          await checkPortFree(START_DEFAULTS.host, port);
          return { name: 'port', state: 'ok', found: `${port} is free` };
        })),
        ...(await guarded('disk', 'choose another --data', () => checkDisk(dataDirectory(options.data)))),
      ];
      const mark = { ok: 'ok     ', warning: 'warning', miss: 'MISS   ' };
      for (const check of checks)
        process.stdout.write(`${mark[check.state]} ${check.name}: ${check.found}${check.mend ? `\n        → ${check.mend}` : ''}\n`);
      if (checks.some((check) => check.state === 'miss')) process.exitCode = 1;
    });
}
