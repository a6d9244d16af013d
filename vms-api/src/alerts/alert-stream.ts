import type { Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { DESK_CHANNEL } from '../desk/desk-changes.js';
import type { BoundedSocket } from '../server/bounded-socket.js';
import { Rounds } from '../server/rounds.js';
import { ALERTS_CHANNEL } from './alert-clock.js';
import { type Alert, DESK_PARTS } from './alert-schemas.js';
import { type AlertScope, alertFor, partsReaching } from './alert-scope.js';
import { type ChangedAlert, changedAlerts, moreChangedThan, newestEventId } from './alert-store.js';

const PAGE = 200;

/** A console that has missed more changes than this reads its list again: the stream is not a way to read the whole history. */
const CATCH_UP_LIMIT = 1000;

/** Notifications can be lost with a connection, so the clock is looked at anyway. */
const POLL_MS = 2000;

/** How a change is written for a subscriber; null: it is not for them. */
export type AlertForm = (alert: Alert) => string | null;

/** For consoles. */
const FULL: AlertForm = (alert) => JSON.stringify({ alert });

interface Subscriber {
  socket: BoundedSocket;
  scope: AlertScope;
  form: AlertForm;
  /** Everything up to this event id has been sent. */
  sentEventId: number;
  /** False while it still reads older changes by itself. */
  live: boolean;
}

/** Tells every connected console of each change of an alert, once, in order, from the event id it has seen last. */
export class AlertStreamHub {
  readonly #sql: Sql;
  readonly #catchUpLimit: number;
  readonly #subscribers = new Set<Subscriber>();
  #broadcastEventId = 0;
  readonly #rounds: Rounds;
  readonly #listening: { unlisten(): Promise<void> }[] = [];

  /** @param catchUpLimit changes that a console may have missed to be sent them */
  constructor(sql: Sql, logger: Logger, catchUpLimit = CATCH_UP_LIMIT) {
    this.#sql = sql;
    this.#catchUpLimit = catchUpLimit;
    const failed = 'alert stream could not read the database; trying again';
    this.#rounds = new Rounds(() => this.#broadcastNew(), { everyMs: POLL_MS, logger, failed });
  }

  async start(): Promise<void> {
    this.#broadcastEventId = await newestEventId(this.#sql);
    this.#listening.push(await this.#sql.listen(ALERTS_CHANNEL, () => void this.#rounds.wake()));
    this.#listening.push(
      await this.#sql.listen(
        DESK_CHANNEL,
        (part) => this.#tellChanged(part),
        () => this.#relistened(),
      ),
    );
    void this.#rounds.start();
  }

  async close(): Promise<void> {
    for (const listening of this.#listening) await listening.unlisten().catch(() => undefined);
    await this.#rounds.close();
    this.#subscribers.clear();
  }

  /**
   * Sends everything after `sinceEventId` (exclusive; absent: only what comes), then every change as it happens. A console that
   * has missed too much is told to read its list again instead.
   */
  async subscribe(socket: BoundedSocket, scope: AlertScope, sinceEventId: number | undefined, form: AlertForm = FULL): Promise<void> {
    // An id from the future comes from a client of another database: it starts from now.
    const sentEventId = Math.min(sinceEventId ?? this.#broadcastEventId, this.#broadcastEventId);
    const subscriber: Subscriber = { socket, scope, form, sentEventId, live: false };
    this.#subscribers.add(subscriber);
    socket.onClose(() => this.#subscribers.delete(subscriber));
    if (form === FULL) await this.#skipFarBehind(subscriber);
    await this.#catchUp(subscriber);
  }

  /** Other systems read page by page what they have missed, however much; they have no list to read instead. */
  async #skipFarBehind(subscriber: Subscriber): Promise<void> {
    const [afterEventId, toEventId] = [subscriber.sentEventId, this.#broadcastEventId];
    const range = { afterEventId, toEventId, limit: this.#catchUpLimit };
    if (!(await moreChangedThan(this.#sql, range, subscriber.scope))) return;
    subscriber.socket.sendJson({ reload: toEventId });
    subscriber.sentEventId = toEventId;
  }

  async #catchUp(subscriber: Subscriber): Promise<void> {
    while (subscriber.socket.open) {
      const toEventId = this.#broadcastEventId;
      if (subscriber.sentEventId >= toEventId) {
        subscriber.live = true;
        return;
      }
      const page = await changedAlerts(this.#sql, { afterEventId: subscriber.sentEventId, toEventId, limit: PAGE }, subscriber.scope);
      for (const change of page) this.#send(subscriber, change);
      if (page.length < PAGE) subscriber.sentEventId = toEventId;
      await subscriber.socket.drained();
    }
  }

  #send(subscriber: Subscriber, change: ChangedAlert): void {
    const text = subscriber.form(alertFor(change.alert, change.unitId, subscriber.scope));
    if (text !== null) subscriber.socket.send(text);
    subscriber.sentEventId = change.eventId;
  }

  #tellChanged(changed: string): void {
    // Only consoles have a desk.
    for (const { socket, form } of this.#subscribers) if (form === FULL) socket.sendJson({ changed });
  }

  /** What was said while nobody listened is lost: everything is read again. */
  #relistened(): void {
    for (const part of DESK_PARTS) this.#tellChanged(part);
  }

  async #broadcastNew(): Promise<void> {
    for (;;) {
      const toEventId = await newestEventId(this.#sql);
      if (toEventId <= this.#broadcastEventId) return;
      const page = await changedAlerts(this.#sql, { afterEventId: this.#broadcastEventId, toEventId, limit: PAGE });
      for (const change of page) this.#broadcast(change);
      this.#broadcastEventId = page.length < PAGE ? toEventId : (page.at(-1) as ChangedAlert).eventId;
    }
  }

  #broadcast(change: ChangedAlert): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.live || change.eventId <= subscriber.sentEventId) continue;
      const { cameraId, kind } = change.alert;
      if (partsReaching(subscriber.scope, { unitId: change.unitId, cameraId, kind }).length > 0) this.#send(subscriber, change);
    }
  }
}
