import { buckets, type InferenceEndpoint } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';

/** An entry not renewed within this time is gone, ms. */
const ANNOUNCEMENT_TTL_MS = 6000;

/** Where endpoints are announced. */
export interface EndpointRegistry {
  put(endpoint: InferenceEndpoint): Promise<void>;
  remove(endpointId: string): Promise<void>;
}

/** The NATS KV bucket `inference-nodes`; opened on first use and again after a failure. */
export function kvRegistry(bus: Pick<Bus, 'kv'>): EndpointRegistry {
  let opened: ReturnType<Bus['kv']> | undefined;
  const use = async (act: (kv: Awaited<ReturnType<Bus['kv']>>) => Promise<unknown>) => {
    opened ??= bus.kv(buckets.inferenceNodes, { ttlMs: ANNOUNCEMENT_TTL_MS });
    try {
      await act(await opened);
    } catch (cause) {
      opened = undefined;
      throw cause;
    }
  };
  return {
    put: (endpoint) => use((kv) => kv.put(endpoint.endpointId, JSON.stringify(endpoint))),
    remove: (endpointId) => use((kv) => kv.delete(endpointId)),
  };
}

/**
 * Keeps a registry in step with the endpoints in service: all of them every `everyMs`, each change at once. A registry
 * that fails is reported once, and once when it is back.
 */
export class Announcer {
  readonly #registry: EndpointRegistry;
  readonly #endpoints: () => InferenceEndpoint[];
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #isFailing = false;
  #closed = false;

  constructor(options: { registry: EndpointRegistry; endpoints: () => InferenceEndpoint[]; logger: Logger; everyMs: number }) {
    this.#registry = options.registry;
    this.#endpoints = options.endpoints;
    this.#logger = options.logger;
    this.#timer = setInterval(() => this.announce(), options.everyMs);
  }

  /** Announces every endpoint in service now. */
  announce(): void {
    if (this.#closed) return;
    for (const endpoint of this.#endpoints()) void this.#attempt(() => this.#registry.put(endpoint));
  }

  /** Takes an endpoint back that serves no more. */
  async withdraw(endpointId: string): Promise<void> {
    await this.#attempt(() => this.#registry.remove(endpointId));
  }

  /** Takes every endpoint back and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#endpoints().map(({ endpointId }) => this.withdraw(endpointId)));
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      if (this.#isFailing) this.#logger.info('inference endpoints are announced again');
      this.#isFailing = false;
    } catch (cause) {
      if (!this.#isFailing) this.#logger.warn({ err: cause }, 'cannot announce inference endpoints; trying again');
      this.#isFailing = true;
    }
  }
}
