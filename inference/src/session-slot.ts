import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@safecity/platform';
import { mayBeStarved } from './process-state.js';
import type {
  ModelFacts,
  Provider,
  RefusedModel,
  SessionOrder,
  SessionProcessConfig,
  SessionReport,
  TensorFacts,
} from './session-messages.js';

/** Limits of supervision, ms. */
export interface SlotLimits {
  /** A serving process without any sign of life for this long is replaced, unless it may only be short of processor time. */
  silenceMs: number;
  /** As long as this it may be. */
  starvedMs: number;
  /** Loading and warming up all models may take this long. */
  startMs: number;
  /** First pause after repeated failures; doubles up to `maxPauseMs`. The first restart is at once. */
  pauseMs: number;
  maxPauseMs: number;
  /** After this long in service failures count from zero again. */
  settledMs: number;
  /** A process asked to stop is killed after this long. */
  stopMs: number;
}

export interface SlotOptions {
  name: string;
  /** The configuration of the next start; models that broke a process before are left out by then. */
  config: () => SessionProcessConfig;
  limits: SlotLimits;
  logger: Logger;
  onReady: (slot: SessionSlot) => void;
  onDown: (slot: SessionSlot) => void;
  /** A process ended or hung while it loaded this model. */
  onModelFatal: (modelPath: string) => void;
}

/** What a ready process serves. */
export interface SlotService {
  provider: Provider;
  providerProblem: string | undefined;
  models: (ModelFacts | TensorFacts)[];
  refused: RefusedModel[];
}

const ENTRY = fileURLToPath(new URL('./session-process.js', import.meta.url));
const TICK_MS = 250;

/** One session process and its replacements: starts it, watches it, replaces it when it dies or hangs. */
export class SessionSlot {
  /** Set while the process serves. */
  service: SlotService | undefined;
  queueDepth = 0;
  /** Starts that failed since the last settled service. */
  failures = 0;
  lastFailure: { code: string; message: string } | undefined;
  readonly #options: SlotOptions;
  #child: ChildProcess | undefined;
  #loading: string | undefined;
  #startedAtMs = 0;
  #readyAtMs = 0;
  #lastBeatMs = 0;
  #lastTickMs = 0;
  #ticker: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Process id while a process runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const child = fork(ENTRY, [JSON.stringify(this.#options.config())], { stdio: ['ignore', 2, 2, 'ipc'], execArgv: [] });
    const now = performance.now();
    this.#child = child;
    this.#loading = undefined;
    this.#startedAtMs = this.#lastBeatMs = this.#lastTickMs = now;
    this.#readyAtMs = 0;
    child.on('message', (report: SessionReport) => this.#take(report));
    child.on('error', (cause) => this.#options.logger.warn({ err: cause, session: this.name }, 'session process'));
    child.once('exit', (code, signal) => this.#ended(signal ?? `code ${code}`));
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Ends the process after its present run; resolves when it is gone. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restart);
    clearInterval(this.#ticker);
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const killer = setTimeout(() => child.kill('SIGKILL'), this.#options.limits.stopMs);
    const order: SessionOrder = { type: 'stop' };
    if (child.connected) child.send(order, () => undefined);
    await gone;
    clearTimeout(killer);
  }

  #take(report: SessionReport): void {
    this.#lastBeatMs = performance.now();
    if (report.type === 'loading') this.#loading = report.modelPath;
    else if (report.type === 'ready') this.#becomeReady(report);
    else if (report.type === 'failed') this.lastFailure = { code: report.code, message: report.message };
    else {
      this.queueDepth = report.queueDepth;
      if (report.runningForMs > report.runLimitMs) this.#kill(`a run takes ${Math.round(report.runningForMs)} ms`);
    }
  }

  #becomeReady({ provider, providerProblem, models, refused }: Extract<SessionReport, { type: 'ready' }>): void {
    this.#loading = undefined;
    this.#readyAtMs = performance.now();
    this.service = { provider, providerProblem, models, refused };
    this.#options.onReady(this);
  }

  #tick(): void {
    const { startMs } = this.#options.limits;
    const now = performance.now();
    // When this process itself was stopped or starved, the silence is its own.
    if (now - this.#lastTickMs > 2 * TICK_MS) this.#lastBeatMs = now;
    this.#lastTickMs = now;
    if (this.service && this.#isTooQuiet(now - this.#lastBeatMs))
      this.#kill(`no sign of life for ${Math.round(now - this.#lastBeatMs)} ms`);
    else if (!this.service && now - this.#startedAtMs > startMs) this.#kill(`not ready after ${Math.round(now - this.#startedAtMs)} ms`);
  }

  #isTooQuiet(quietMs: number): boolean {
    const { silenceMs, starvedMs } = this.#options.limits;
    return quietMs > starvedMs || (quietMs > silenceMs && !mayBeStarved(this.#child?.pid ?? 0));
  }

  #kill(why: string): void {
    if (this.#stopped || this.#child?.killed) return;
    this.lastFailure = { code: 'INFERENCE_SESSION_HUNG', message: why };
    this.#child?.kill('SIGKILL');
  }

  #ended(how: string): void {
    clearInterval(this.#ticker);
    this.#child = undefined;
    const wasServing = this.service !== undefined;
    this.service = undefined;
    this.queueDepth = 0;
    if (wasServing) this.#options.onDown(this);
    if (this.#stopped) return;
    const { logger, limits } = this.#options;
    if (wasServing && performance.now() - this.#readyAtMs > limits.settledMs) this.failures = 0;
    this.failures += 1;
    const failure = this.lastFailure ?? { code: 'INFERENCE_SESSION_FAILED', message: `session process ended (${how})` };
    this.lastFailure = undefined;
    const pauseMs = this.failures === 1 ? 0 : Math.min(limits.maxPauseMs, limits.pauseMs * 2 ** (this.failures - 2));
    logger.warn({ code: failure.code, session: this.name, how, pauseMs }, `${failure.message}; starting another`);
    if (this.#loading) this.#options.onModelFatal(this.#loading);
    if (!wasServing) this.#options.onDown(this);
    if (!this.#stopped) this.#restart = setTimeout(() => this.start(), pauseMs);
  }
}
