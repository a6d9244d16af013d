import type { InferenceEndpoint, TensorModel } from '@safecity/contracts';

/** What is known about one prepared model: id, SHA-256, input size in pixels, class names by index, IoU for NMS. */
export type ModelFacts = InferenceEndpoint['models'][number];

/** Name and input size of a detector that must be run. */
export interface WantedDetector {
  modelId: string;
  widthPx: number;
  heightPx: number;
}

/** What must be run: a detector at a size, or a model with tensors of its own. */
export type Wanted = WantedDetector | { modelId: string };

/**
 * How a run ended for the endpoint. `slow`: a time-out. `failed`: the endpoint is broken. `model-failed`: it works, this
 * model on it does not. `model-unusable`:
 * no request of it can be served there.
 */
export type Outcome = 'ok' | 'slow' | 'failed' | 'model-failed' | 'model-unusable';

/** One endpoint with what this client knows about it. Owned by the pool; others only read it. */
export interface PooledEndpoint {
  readonly endpoint: InferenceEndpoint;
  /** Given by configuration: never expires, probed by the client instead of announced. */
  readonly lasting: boolean;
  readonly inFlight: number;
  /** `slow`: a time-out, used when nothing better is left. `failed`: not used. Both until a probe says ready. */
  readonly state: 'ok' | 'slow' | 'failed';
}

interface Entry extends PooledEndpoint {
  endpoint: InferenceEndpoint;
  lasting: boolean;
  inFlight: number;
  state: 'ok' | 'slow' | 'failed';
  announcedAtMs: number;
  /** Queue depth that is not this client's own doing: announced depth less what this client had in flight then. */
  foreignDepth: number;
  /** Models that failed here without a success since: how often, why, and until when they are not asked for again. */
  modelFailures: Map<string, { inARow: number; reason: string; untilMs: number }>;
  /** Order of use: of equally idle endpoints the one used last goes first, because its model is still in the processor's caches. */
  usedAt: number;
}

/** A model that failed this often in a row on an endpoint pauses there; one odd request is no reason to. */
const MODEL_FAILURES_BEFORE_PAUSE = 3;
const MODEL_PAUSE_MS = 1000;
const MAX_MODEL_PAUSE_MS = 30_000;

function serves({ endpoint }: Entry, wanted: Wanted): boolean {
  if (!('widthPx' in wanted)) return endpoint.tensorModels?.some(({ modelId }) => modelId === wanted.modelId) ?? false;
  return endpoint.models.some(
    (model) => model.modelId === wanted.modelId && model.widthPx === wanted.widthPx && model.heightPx === wanted.heightPx,
  );
}

/**
 * The endpoints a client may use and how busy each is. Time comes from `nowMs` (any steady clock, ms).
 *
 * An endpoint not renewed within `ttlMs` is still tried when no renewed one is left, because the bus may be down while
 * the endpoint works; it is forgotten at its first failure or `forgetMs` after its last announcement.
 */
export class EndpointPool {
  readonly #entries = new Map<string, Entry>();
  readonly #options: { ttlMs: number; forgetMs: number; nowMs: () => number };
  #uses = 0;

  constructor(options: { ttlMs: number; forgetMs: number; nowMs: () => number }) {
    this.#options = options;
  }

  /**
   * Adds or renews an endpoint. One that was slow or failed stays so, because its announcer may live while it does not;
   * true when it must be probed therefore.
   */
  announce(endpoint: InferenceEndpoint, lasting = false): boolean {
    const known = this.#entries.get(endpoint.endpointId);
    const inFlight = known?.inFlight ?? 0;
    const renewed = {
      endpoint,
      lasting,
      announcedAtMs: this.#options.nowMs(),
      foreignDepth: Math.max(0, endpoint.queueDepth - inFlight),
    };
    if (known) Object.assign(known, renewed);
    else this.#entries.set(endpoint.endpointId, { ...renewed, state: 'ok', inFlight, modelFailures: new Map(), usedAt: 0 });
    this.#forgetOld();
    return known !== undefined && known.state !== 'ok';
  }

  /** The endpoint answered a probe: it is used again. */
  trust(endpointId: string): void {
    const entry = this.#entries.get(endpointId);
    if (entry) entry.state = 'ok';
  }

  /** Removes an endpoint that said goodbye. */
  withdraw(endpointId: string): void {
    this.#entries.delete(endpointId);
  }

  /** Takes the least busy endpoint for a run, or undefined when none is left. Give it back with `release`. */
  acquire(wanted: Wanted, except: ReadonlySet<string>): PooledEndpoint | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (
        entry.state === 'failed' ||
        this.#isPaused(entry, wanted.modelId) ||
        except.has(entry.endpoint.endpointId) ||
        !serves(entry, wanted)
      )
        continue;
      if (!best || this.#compare(entry, best) < 0) best = entry;
    }
    if (best) {
      best.inFlight += 1;
      best.usedAt = ++this.#uses;
    }
    return best;
  }

  /** Gives an endpoint back with the outcome of the run of a model, and the reason of one that is not `ok`. */
  release(taken: PooledEndpoint, modelId: string, outcome: Outcome, reason = ''): void {
    const entry = taken as Entry;
    entry.inFlight -= 1;
    if (outcome === 'ok') {
      if (entry.state === 'slow') entry.state = 'ok';
      entry.modelFailures.delete(modelId);
      return;
    }
    if (outcome === 'model-failed' || outcome === 'model-unusable') {
      const least = outcome === 'model-unusable' ? MODEL_FAILURES_BEFORE_PAUSE : 1;
      this.#noteModelFailure(entry, modelId, { least, reason });
      return;
    }
    entry.state = outcome;
    if (this.#isExpired(entry) && this.#entries.get(entry.endpoint.endpointId) === entry) this.#entries.delete(entry.endpoint.endpointId);
  }

  /** Endpoints of the configuration that must be probed before they are used again. */
  toProbe(): InferenceEndpoint[] {
    return [...this.#entries.values()].filter((entry) => entry.lasting && entry.state !== 'ok').map((entry) => entry.endpoint);
  }

  /** Facts of every variant (input size) of a model that any known endpoint serves, usable ones first. */
  variants(modelId: string): ModelFacts[] {
    const entries = [...this.#entries.values()].sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
    return entries.flatMap((entry) => entry.endpoint.models.filter((model) => model.modelId === modelId));
  }

  /** Facts of a model with tensors of its own that any known endpoint serves, a usable one's first. */
  tensorModel(modelId: string): TensorModel | undefined {
    const entries = [...this.#entries.values()].sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
    return entries.flatMap(({ endpoint }) => endpoint.tensorModels ?? []).find((model) => model.modelId === modelId);
  }

  /** Why a model pauses on some endpoint, or undefined when it does not. */
  whyPaused(modelId: string): string | undefined {
    const paused = [...this.#entries.values()].find((entry) => this.#isPaused(entry, modelId));
    return paused?.modelFailures.get(modelId)?.reason;
  }

  /** How many endpoints are known. */
  get size(): number {
    return this.#entries.size;
  }

  #isPaused({ modelFailures }: Entry, modelId: string): boolean {
    return (modelFailures.get(modelId)?.untilMs ?? 0) > this.#options.nowMs();
  }

  #noteModelFailure({ modelFailures }: Entry, modelId: string, { least, reason }: { least: number; reason: string }): void {
    const inARow = Math.max((modelFailures.get(modelId)?.inARow ?? 0) + 1, least);
    const doublings = inARow - MODEL_FAILURES_BEFORE_PAUSE;
    const pauseMs = doublings < 0 ? 0 : Math.min(MAX_MODEL_PAUSE_MS, MODEL_PAUSE_MS * 2 ** doublings);
    modelFailures.set(modelId, { inARow, reason, untilMs: this.#options.nowMs() + pauseMs });
  }

  #isExpired(entry: Entry): boolean {
    return !entry.lasting && this.#options.nowMs() - entry.announcedAtMs > this.#options.ttlMs;
  }

  #compare(a: Entry, b: Entry): number {
    const tier = (entry: Entry) => (entry.state === 'ok' && !this.#isExpired(entry) ? 0 : 1);
    const load = (entry: Entry) => entry.inFlight + (this.#isExpired(entry) ? 0 : entry.foreignDepth);
    return tier(a) - tier(b) || load(a) - load(b) || b.usedAt - a.usedAt;
  }

  #forgetOld(): void {
    const before = this.#options.nowMs() - this.#options.forgetMs;
    for (const [endpointId, entry] of this.#entries) {
      const failedAndGone = entry.state === 'failed' && this.#isExpired(entry);
      if (!entry.lasting && (entry.announcedAtMs < before || failedAndGone)) this.#entries.delete(endpointId);
    }
  }
}
