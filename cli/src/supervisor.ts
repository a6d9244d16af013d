import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';

/** One child process that the supervisor keeps running. */
export interface ProcessSpec {
  /** Short name for messages: `ingest`, `api` ... */
  name: string;
  /** Compiled module to fork. */
  entry: string;
  env: Record<string, string>;
}

/** What a child tells when it is ready, for example `{ url }`. */
export type ReadyFacts = Record<string, unknown>;

interface Supervised {
  spec: ProcessSpec;
  child: ChildProcess;
  restartDelayMs: number;
  startedAtMs: number;
}

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 10_000;
/** A child that ran this long was healthy; its next restart is quick again. */
const HEALTHY_MS = 60_000;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 12_000;

/**
 * Forks role processes, restarts one that ends unasked (after 0.5 s, doubling to 10 s), and stops all of them in the
 * reverse order of their start. One role's crash does not touch another.
 */
export class Supervisor {
  readonly #children: Supervised[] = [];
  readonly #logger: Logger;
  readonly #log: Writable | undefined;
  #stopping = false;

  /** @param log receives what the children print; without it they print to stderr. The caller ends it. */
  constructor(logger: Logger, log?: Writable) {
    this.#logger = logger;
    this.#log = log;
  }

  /** Starts a process and resolves with what it says when it is ready. @throws SafecityError `CLI_ROLE_FAILED` */
  async start(spec: ProcessSpec): Promise<ReadyFacts> {
    const supervised: Supervised = { spec, child: this.#fork(spec), restartDelayMs: FIRST_RESTART_MS, startedAtMs: Date.now() };
    const ready = this.#ready(supervised, lastLogMessage(supervised.child));
    this.#children.push(supervised);
    const facts = await ready;
    this.#watch(supervised);
    return facts;
  }

  /** Process ids by name. */
  pids(): Record<string, number> {
    return Object.fromEntries(this.#children.map(({ spec, child }) => [spec.name, child.pid ?? 0]));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#children.reverse()) await stopProcess(child);
    this.#children.length = 0;
  }

  #fork(spec: ProcessSpec): ChildProcess {
    const child = fork(spec.entry, [], { env: { ...process.env, ...spec.env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const sink = this.#log ?? process.stderr;
    child.stdout?.pipe(sink, { end: false });
    child.stderr?.pipe(sink, { end: false });
    return child;
  }

  async #ready({ spec, child }: Supervised, lastMessage: () => string): Promise<ReadyFacts> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new SafecityError('CLI_ROLE_FAILED', `${spec.name} did not start: ${why}`));
      const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
      const onExit = (code: number | null) => {
        clearTimeout(timer);
        fail(lastMessage() || `it ended with code ${code}`);
      };
      child.once('exit', onExit);
      child.on('message', (message: { ready?: boolean }) => {
        if (message.ready !== true) return;
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(message as ReadyFacts);
      });
    });
  }

  #watch(supervised: Supervised): void {
    supervised.child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      if (Date.now() - supervised.startedAtMs > HEALTHY_MS) supervised.restartDelayMs = FIRST_RESTART_MS;
      this.#logger.warn(
        { role: supervised.spec.name, code, signal, restartInMs: supervised.restartDelayMs },
        'a role has ended and is started again',
      );
      setTimeout(() => this.#restart(supervised), supervised.restartDelayMs);
      supervised.restartDelayMs = Math.min(supervised.restartDelayMs * 2, LONGEST_RESTART_MS);
    });
  }

  #restart(supervised: Supervised): void {
    if (this.#stopping) return;
    supervised.startedAtMs = Date.now();
    supervised.child = this.#fork(supervised.spec);
    this.#watch(supervised);
  }
}

/** What a role said last in its log, for the message when it does not start. */
function lastLogMessage(child: ChildProcess): () => string {
  let message = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) message = messageOf(line);
  });
  return () => message;
}

/** A line of the log is JSON; what a crash prints is not. */
function messageOf(line: string): string {
  try {
    return String((JSON.parse(line) as { msg?: unknown }).msg ?? line);
  } catch {
    return line;
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}
