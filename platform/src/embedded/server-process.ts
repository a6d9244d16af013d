import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import type { SafecityError } from '@safecity/contracts';
import type { Logger } from '../logging.js';
import { lastLines, stopChild } from './child.js';

/** A server of our own, as a child process. */
export interface EmbeddedServer {
  url: string;
  /** Of the server process; another one after a restart. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Why a server did not start. */
export interface StartFailure {
  /** The program was not found. */
  missing: boolean;
  /** What it printed last, or how it ended. */
  reason: string;
}

export interface ServerSpec {
  /** For the log. */
  name: string;
  command: string;
  args: string[];
  spawnOptions: SpawnOptions;
  /** Signal that ends it in order. */
  stopSignal: 'TERM' | 'INT';
  startWithinMs: number;
  /** Runs before each start: ends what a killed run left behind. */
  beforeStart(): Promise<void> | void;
  answers(): Promise<boolean>;
  /** Asked every 10 s; three times no in a row, and the server is started again. Without it only its end counts. */
  isHealthy?(): Promise<boolean>;
  startError(failure: StartFailure): SafecityError;
  logger: Logger;
}

/** Exit code of `setpriv` when it finds no such program. */
const PROGRAM_NOT_FOUND = 127;
const FIRST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 15_000;
const HEALTH_CHECK_MS = 10_000;
const UNHEALTHY_CHECKS = 3;
const STOP_WITHIN_MS = 15_000;

let canTether: boolean | undefined;

/**
 * Spawns a server in a process group of its own, so that Ctrl-C reaches it only through `stopChild`, and tethered to this
 * process where util-linux's `setpriv` allows it: the kernel sends `signal` when this process dies, however it dies.
 */
function spawnServer(command: string, args: string[], signal: 'TERM' | 'INT', options: SpawnOptions): ChildProcess {
  canTether ??= /--pdeathsig/.test(spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout ?? '');
  const own: SpawnOptions = { ...options, stdio: ['ignore', 'ignore', 'pipe'], detached: true };
  return canTether ? spawn('setpriv', ['--pdeathsig', signal, command, ...args], own) : spawn(command, args, own);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Starts the process once and waits until it answers. */
async function startOnce(spec: ServerSpec): Promise<ChildProcess> {
  await spec.beforeStart();
  const child = spawnServer(spec.command, spec.args, spec.stopSignal, spec.spawnOptions);
  const errors = lastLines(child);
  let ended: StartFailure | undefined;
  child.once('error', (error: NodeJS.ErrnoException) => {
    ended = { missing: error.code === 'ENOENT', reason: error.message };
  });
  child.once('exit', (code) => {
    ended ??= { missing: code === PROGRAM_NOT_FOUND, reason: errors() || `exit code ${code}` };
  });
  const deadline = Date.now() + spec.startWithinMs;
  while (!(await spec.answers())) {
    if (ended) throw spec.startError(ended);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw spec.startError({ missing: false, reason: errors() || `no answer within ${spec.startWithinMs / 1000} s` });
    }
    await pause(30);
  }
  return child;
}

/**
 * Starts a server and keeps it running until it is stopped: one that ends unasked, or no longer does its work (a
 * nats-server switches JetStream off when the disk is full), is started again on the same port and data, after 1 s at
 * first and up to 15 s apart.
 * @throws what `startError` gives, when the first start fails
 */
export async function runServer(spec: ServerSpec): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  let child = await startOnce(spec);
  let stopping = false;
  let restarting: Promise<void> | undefined;

  async function restart(): Promise<void> {
    for (let delayMs = FIRST_RESTART_MS; !stopping; delayMs = Math.min(delayMs * 2, LONGEST_RESTART_MS)) {
      await pause(delayMs);
      if (stopping) return;
      try {
        child = await startOnce(spec);
        watch();
        spec.logger.info(`${spec.name} runs again`);
        return;
      } catch (error) {
        spec.logger.error({ err: error }, `${spec.name} could not be started again; trying on`);
      }
    }
  }

  function watch(): void {
    child.once('exit', (code, signal) => {
      if (stopping) return;
      spec.logger.warn({ code, signal }, `${spec.name} has ended and is started again`);
      restarting = restart();
    });
  }

  let failedChecks = 0;
  const checks = setInterval(async () => {
    failedChecks = (await spec.isHealthy?.()) === false ? failedChecks + 1 : 0;
    if (failedChecks < UNHEALTHY_CHECKS || stopping) return;
    failedChecks = 0;
    spec.logger.warn(`${spec.name} does not do its work and is started again`);
    await stopChild(child, `SIG${spec.stopSignal}`, STOP_WITHIN_MS);
  }, HEALTH_CHECK_MS);
  checks.unref();
  watch();
  return {
    get pid() {
      return child.pid ?? 0;
    },
    stop: async () => {
      stopping = true;
      clearInterval(checks);
      await restarting;
      await stopChild(child, `SIG${spec.stopSignal}`, STOP_WITHIN_MS);
    },
  };
}
