import type { InferenceEndpoint } from '@safecity/contracts';

/** What is known about one prepared model: id, SHA-256, input size in pixels, class names by index, IoU for NMS. */
export type ModelFacts = InferenceEndpoint['models'][number];

/** The size and name of what must be run. */
export interface Wanted {
  modelId: string;
  widthPx: number;
  heightPx: number;
}

/** One endpoint with what this client knows about it. Owned by the pool; others only read it. */
export interface PooledEndpoint {
  readonly endpoint: InferenceEndpoint;
  /** Given by configuration: never expires, probed by the client instead of announced. */
  readonly lasting: boolean;
  readonly inFlight: number;
  /** `slow`: a time-out, used when nothing better is left. `failed`: not used until announced again. */
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
  /** Order of use, so that equally loaded endpoints take turns. */
  usedAt: number;
}

function serves(entry: Entry, wanted: Wanted): boolean {
  return entry.endpoint.models.some(
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

  /** Adds or renews an endpoint; a failed one is used again from here on. */
  announce(endpoint: InferenceEndpoint, lasting = false): void {
    const known = this.#entries.get(endpoint.endpointId);
    const inFlight = known?.inFlight ?? 0;
    const renewed = {
      endpoint,
      lasting,
      state: 'ok' as const,
      announcedAtMs: this.#options.nowMs(),
      foreignDepth: Math.max(0, endpoint.queueDepth - inFlight),
    };
    if (known) Object.assign(known, renewed);
    else this.#entries.set(endpoint.endpointId, { ...renewed, inFlight, usedAt: 0 });
    this.#forgetOld();
  }

  /** Removes an endpoint that said goodbye. */
  withdraw(endpointId: string): void {
    this.#entries.delete(endpointId);
  }

  /** Takes the least busy endpoint for a run, or undefined when none is left. Give it back with `release`. */
  acquire(wanted: Wanted, except: ReadonlySet<string>): PooledEndpoint | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state === 'failed' || except.has(entry.endpoint.endpointId) || !serves(entry, wanted)) continue;
      if (!best || this.#compare(entry, best) < 0) best = entry;
    }
    if (best) {
      best.inFlight += 1;
      best.usedAt = ++this.#uses;
    }
    return best;
  }

  /** Gives an endpoint back with the outcome of the run. */
  release(taken: PooledEndpoint, outcome: 'ok' | 'slow' | 'failed'): void {
    const entry = taken as Entry;
    entry.inFlight -= 1;
    if (outcome === 'ok') {
      if (entry.state === 'slow') entry.state = 'ok';
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

  /** How many endpoints are known. */
  get size(): number {
    return this.#entries.size;
  }

  #isExpired(entry: Entry): boolean {
    return !entry.lasting && this.#options.nowMs() - entry.announcedAtMs > this.#options.ttlMs;
  }

  #compare(a: Entry, b: Entry): number {
    const tier = (entry: Entry) => (entry.state === 'ok' && !this.#isExpired(entry) ? 0 : 1);
    const load = (entry: Entry) => entry.inFlight + (this.#isExpired(entry) ? 0 : entry.foreignDepth);
    return tier(a) - tier(b) || load(a) - load(b) || a.usedAt - b.usedAt;
  }

  #forgetOld(): void {
    const before = this.#options.nowMs() - this.#options.forgetMs;
    for (const [endpointId, entry] of this.#entries) {
      const failedAndGone = entry.state === 'failed' && this.#isExpired(entry);
      if (!entry.lasting && (entry.announcedAtMs < before || failedAndGone)) this.#entries.delete(endpointId);
    }
  }
}
