import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import type { NatsConnection } from 'nats';
import type { Logger } from '../logging.js';
import { connectNats } from '../nats-connection.js';
import { freePort } from './child.js';
import { type EmbeddedServer, runServer, type StartFailure } from './server-process.js';

/** Debian puts nats-server into /usr/sbin, which is not on every user's PATH. */
const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
const START_WITHIN_MS = 15_000;

/**
 * The limit of the file store is set, because the server would otherwise take a share of what is free at its start and
 * refuse our streams on a small disk. The password keeps other users of the machine out.
 */
function configuration(port: number, storeDir: string, password: string): string {
  return [
    `listen: "127.0.0.1:${port}"`,
    'max_payload: 8MB',
    `authorization { user: safecity, password: "${password}" }`,
    `jetstream { store_dir: ${JSON.stringify(storeDir)}, max_file_store: 8GB }`,
    '',
  ].join('\n');
}

async function asked(url: string, ask: (nc: NatsConnection) => Promise<unknown>): Promise<boolean> {
  try {
    const nc = await connectNats(url, { timeout: 1000, reconnect: false });
    try {
      await ask(nc);
      return true;
    } finally {
      await nc.close();
    }
  } catch {
    return false;
  }
}

/** A server left by a killed run holds the store's lock; it is ended before a new one starts. */
function endLeftover(pidFile: string): void {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'nats-server') process.kill(pid, 'SIGKILL');
  } catch {
    // No file, no process, or no /proc: nothing to end.
  }
}

function startError(program: string, { missing, reason }: StartFailure): SafecityError {
  if (!missing) return new SafecityError('PLATFORM_NATS_START_FAILED', `nats-server did not start: ${reason}`);
  return new SafecityError(
    'PLATFORM_NATS_BINARY_MISSING',
    `${program} was not found: install it (apt-get install nats-server) or set NATS_URL`,
  );
}

/**
 * Starts `nats-server` with JetStream on a free port of 127.0.0.1, with a password of its own, and keeps it running; its
 * store lies in `<dataDir>/nats`.
 * @param options.program name or path of the program, default `nats-server`
 * @throws SafecityError `PLATFORM_NATS_BINARY_MISSING`, `PLATFORM_NATS_START_FAILED`
 */
export async function startEmbeddedNats(options: { dataDir: string; logger: Logger; program?: string }): Promise<EmbeddedServer> {
  const { program = 'nats-server' } = options;
  const directory = join(options.dataDir, 'nats');
  mkdirSync(directory, { recursive: true });
  const pidFile = join(directory, 'nats-server.pid');
  const configFile = join(directory, 'nats-server.conf');
  const port = await freePort();
  const password = randomBytes(24).toString('hex');
  const url = `nats://safecity:${password}@127.0.0.1:${port}`;
  rmSync(configFile, { force: true });
  writeFileSync(configFile, configuration(port, join(directory, 'jetstream'), password), { mode: 0o600 });
  const server = await runServer({
    name: 'the embedded nats-server',
    command: program,
    args: ['-c', configFile, '-P', pidFile],
    spawnOptions: { env: { ...process.env, PATH: SEARCH_PATH } },
    stopSignal: 'TERM',
    startWithinMs: START_WITHIN_MS,
    beforeStart: () => endLeftover(pidFile),
    answers: () => asked(url, async () => undefined),
    isHealthy: () => asked(url, async (nc) => (await nc.jetstreamManager({ timeout: 3000 })).getAccountInfo()),
    startError: (failure) => startError(program, failure),
    logger: options.logger,
  });
  return {
    url,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      await server.stop();
      rmSync(pidFile, { force: true });
    },
  };
}
