import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { connect } from 'nats';
import type { Logger } from '../logging.js';
import { freePort, lastLines, PROGRAM_NOT_FOUND, spawnServer, stopChild } from './child.js';

export interface EmbeddedServer {
  url: string;
  /** Of the server process. */
  pid: number;
  stop(): Promise<void>;
}

/** Debian puts nats-server into /usr/sbin, which is not on every user's PATH. */
const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

function configuration(port: number, storeDir: string): string {
  return `listen: "127.0.0.1:${port}"\nmax_payload: 8MB\njetstream { store_dir: ${JSON.stringify(storeDir)} }\n`;
}

async function answers(url: string): Promise<boolean> {
  try {
    const nc = await connect({ servers: url, timeout: 500, reconnect: false });
    await nc.close();
    return true;
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

/**
 * Starts `nats-server` with JetStream on a free port of 127.0.0.1; its store lies in `<dataDir>/nats`.
 * @param options.program name or path of the program, default `nats-server`
 * @throws SafecityError `PLATFORM_NATS_BINARY_MISSING`, `PLATFORM_NATS_START_FAILED`
 */
export async function startEmbeddedNats(options: { dataDir: string; logger: Logger; program?: string }): Promise<EmbeddedServer> {
  const { program = 'nats-server' } = options;
  const directory = join(options.dataDir, 'nats');
  mkdirSync(directory, { recursive: true });
  const pidFile = join(directory, 'nats-server.pid');
  endLeftover(pidFile);
  const port = await freePort();
  const configFile = join(directory, 'nats-server.conf');
  writeFileSync(configFile, configuration(port, join(directory, 'jetstream')));
  const child = spawnServer(program, ['-c', configFile, '-P', pidFile], 'TERM', { env: { ...process.env, PATH: SEARCH_PATH } });
  const errors = lastLines(child);
  let ended: { missing: boolean; cause: unknown } | undefined;
  child.once('error', (cause) => {
    ended = { missing: (cause as NodeJS.ErrnoException).code === 'ENOENT', cause };
  });
  child.once('exit', (code) => {
    ended ??= { missing: code === PROGRAM_NOT_FOUND, cause: new Error(`exit code ${code}`) };
  });
  const url = `nats://127.0.0.1:${port}`;
  const deadline = Date.now() + 15_000;
  while (!(await answers(url))) {
    if (ended?.missing) {
      throw new SafecityError(
        'PLATFORM_NATS_BINARY_MISSING',
        `${program} was not found: install it (apt-get install nats-server) or set NATS_URL`,
      );
    }
    if (ended || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new SafecityError('PLATFORM_NATS_START_FAILED', `nats-server did not start: ${errors() || String(ended?.cause)}`, {
        cause: ended?.cause,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  child.once('exit', (code) => options.logger.warn({ exitCode: code }, 'the embedded nats-server has ended'));
  return {
    url,
    pid: child.pid as number,
    stop: async () => {
      child.removeAllListeners('exit');
      await stopChild(child, 'SIGTERM');
      rmSync(pidFile, { force: true });
    },
  };
}
