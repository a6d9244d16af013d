import { SafecityError, subjects } from '@safecity/contracts';
import { type Bus, type CameraNetworks, type Logger, openSecret } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { Rounds } from '../server/rounds.js';
import { backOffMs } from './back-off.js';
import { type ClaimedDelivery, claimDelivery } from './claim.js';
import { hurryDestination, recordResult } from './record.js';
import { renderOnce } from './render.js';
import { type SendResult, sendMessage } from './send.js';
import { webhookHeaders } from './webhook.js';

const POLL_MS = 1000;
const AT_ONCE = 8;

/** One destination never takes all places, and one that does not answer is tried by one message at a time. */
const AT_ONCE_PER_DESTINATION = 4;

export interface DispatcherOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  /** 32 bytes, shared with the API: opens the secrets of webhooks. */
  key: Buffer;
  /** Where destinations may be; left out: everywhere. */
  destinationNetworks?: CameraNetworks | undefined;
  nowMs?: () => number;
  /** Wait before the next try after so many failed (1 or more), ms; default doubles up to 30 s with jitter. */
  backOffMs?: (attempts: number) => number;
  /** How often the table is looked at without being woken; default 1 s. */
  pollMs?: number;
}

interface DestinationState {
  inFlight: number;
  failures: number;
  retryAtMs: number;
}

/** Works the table of deliveries until closed. NATS only wakes it: the table is looked at every second anyway. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #nowMs: () => number;
  readonly #backOffMs: (attempts: number) => number;
  readonly #destinations = new Map<string, DestinationState>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #rounds: Rounds;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const rounds = { everyMs: options.pollMs ?? POLL_MS, logger: options.logger, failed: 'deliveries could not be read; trying again' };
    this.#rounds = new Rounds((closing) => this.#claimAll(closing), rounds);
    this.#nowMs = options.nowMs ?? Date.now;
    this.#backOffMs = options.backOffMs ?? ((attempts) => backOffMs(attempts, Math.random()));
  }

  start(): void {
    this.#subscription = this.#options.bus.nc.subscribe(subjects.deliveriesWaiting, { callback: () => void this.#rounds.wake() });
    void this.#rounds.start();
  }

  /** Takes no more deliveries and waits for those under way. */
  async close(): Promise<void> {
    this.#subscription?.unsubscribe();
    await this.#rounds.close();
    await Promise.all(this.#inFlight);
  }

  async #claimAll(closing: AbortSignal): Promise<void> {
    while (this.#inFlight.size < AT_ONCE && !closing.aborted) {
      const delivery = await claimDelivery(this.#options.sql, this.#busyDestinations(), this.#nowMs());
      if (!delivery) return;
      this.#launch(delivery);
    }
  }

  #stateOf(destinationId: string): DestinationState {
    const state = this.#destinations.get(destinationId) ?? { inFlight: 0, failures: 0, retryAtMs: 0 };
    this.#destinations.set(destinationId, state);
    return state;
  }

  #busyDestinations(): string[] {
    const nowMs = this.#nowMs();
    const isBusy = ({ inFlight, failures, retryAtMs }: DestinationState) =>
      failures > 0 ? inFlight > 0 || retryAtMs > nowMs : inFlight >= AT_ONCE_PER_DESTINATION;
    return [...this.#destinations].filter(([, state]) => isBusy(state)).map(([id]) => id);
  }

  #launch(delivery: ClaimedDelivery): void {
    const state = this.#stateOf(delivery.destination_id);
    state.inFlight += 1;
    const work = this.#deliver(delivery, state)
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error, delivery: delivery.id }, 'a delivery could not be worked; it will come again'),
      )
      .finally(() => {
        state.inFlight -= 1;
        this.#inFlight.delete(work);
        void this.#rounds.wake();
      });
    this.#inFlight.add(work);
  }

  /** A webhook's signature carries the time of the try, so that a receiver can refuse what is replayed to it later. */
  #headersOf({ format, sealed_secret }: ClaimedDelivery, identifier: string, body: string): Record<string, string> {
    if (format === 'cap' || sealed_secret === null) return { 'content-type': 'application/cap+xml; charset=utf-8' };
    return webhookHeaders(openSecret(this.#options.key, sealed_secret), { id: identifier, atMs: this.#nowMs(), body });
  }

  async #try(delivery: ClaimedDelivery): Promise<SendResult> {
    try {
      const { body, identifier, expiresAtMs } = await renderOnce(this.#options.sql, delivery, this.#nowMs());
      if (expiresAtMs <= this.#nowMs()) return { kind: 'refused', reason: 'expired before the destination took it' };
      const target = { url: delivery.url, networks: this.#options.destinationNetworks };
      return await sendMessage(target, { body, headers: this.#headersOf(delivery, identifier, body) }, delivery.attempts);
    } catch (error) {
      if (error instanceof SafecityError && error.code === 'API_CAP_INVALID') return { kind: 'refused', reason: error.message };
      throw error;
    }
  }

  async #deliver(delivery: ClaimedDelivery, state: DestinationState): Promise<void> {
    const { sql, logger } = this.#options;
    const result = await this.#try(delivery);
    const nowMs = this.#nowMs();
    const wasFailing = state.failures > 0;
    const unreachable = result.kind === 'retry' && result.unreachable;
    state.failures = unreachable ? state.failures + 1 : 0;
    state.retryAtMs = unreachable ? nowMs + this.#backOffMs(state.failures) : 0;
    const facts = { destination: delivery.destination_id, alertId: delivery.alert_id, attempt: delivery.attempts };
    if (result.kind === 'sent') logger.info({ ...facts, receipt: result.receipt }, 'message delivered');
    else
      logger.warn({ ...facts, reason: result.reason }, result.kind === 'retry' ? 'message not delivered; trying again' : 'message refused');
    await recordResult(sql, delivery, result, { nowMs, retryAtMs: nowMs + this.#backOffMs(delivery.attempts) });
    if (wasFailing && !unreachable) await hurryDestination(sql, delivery.destination_id, nowMs);
  }
}
