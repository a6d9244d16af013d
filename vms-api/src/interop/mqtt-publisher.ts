import { type AlertKind, matches, subjects, TracksFrame } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import { connect, type MqttClient } from 'mqtt';
import { ALERTS_CHANNEL } from '../alerts/alert-clock.js';
import { changedAlerts, newestEventId } from '../alerts/alert-store.js';
import type { Sql } from '../database/connection.js';
import { isDetected, onvifEvent } from './onvif-event.js';
import { eventMessage, metadataMessage, type TopicMessage } from './onvif-mqtt.js';

const PAGE = 200;
const LOOK_EVERY_MS = 1000;
/** Any number that no other program uses for its advisory lock. */
const LOCK = 5_137_702_467;

/** Violations are personal data and stay with traffic police. */
const KINDS: readonly AlertKind[] = ['incident', 'security', 'camera'];

/** The broker to which events and metadata go. */
export interface MqttSettings {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, with user and password when it asks for them. */
  url: string;
  /** First levels of every topic; may be empty. */
  prefix: string;
  /** Frames of metadata per camera and second at most; 0: none. */
  framesPerS: number;
}

export interface MqttPublisherOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
  nowMs: () => number;
  settings: MqttSettings;
}

/**
 * Publishes every change of an alert as an ONVIF event, and what cameras see as ONVIF metadata, to a broker. Of several
 * processes one does it, the one that holds the lock. Events go in order, at QoS 1, and the next one only after the
 * broker has acknowledged: what it has not is told again after a loss, so an event may come twice and none is left out.
 */
export class MqttPublisher {
  readonly #options: MqttPublisherOptions;
  readonly #lastFrameMs = new Map<string, number>();
  /** alertId → what was told of it last, so that a change which says nothing new to others is not told. */
  readonly #told = new Map<string, string>();
  #client: MqttClient | undefined;
  #frames: { unsubscribe(): void } | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #wake: () => void = () => undefined;
  /** Ends the wait for the acknowledgement that is waited for, if any. */
  #giveUp: (reason: Error) => void = () => undefined;

  constructor(options: MqttPublisherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    this.#giveUp(new Error('closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#lead();
      } catch (error) {
        if (!this.#closed)
          this.#options.logger.warn({ reason: (error as Error).message }, 'events did not reach the MQTT broker; trying again');
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Works for as long as the lock is held; its connection is the lock's, so that who loses one has lost the other. */
  async #lead(): Promise<void> {
    const { sql } = this.#options;
    const held = await sql.reserve();
    try {
      const [lock] = await held<{ got: boolean }[]>`SELECT pg_try_advisory_lock(${LOCK}) AS got`;
      if (!lock?.got) return;
      const listening = await sql.listen(ALERTS_CHANNEL, () => this.#wake());
      try {
        this.#connect();
        while (!this.#closed) {
          await held`SELECT 1`;
          await this.#tellNew();
          await this.#pause();
        }
      } finally {
        await listening.unlisten().catch(() => undefined);
        await held`SELECT pg_advisory_unlock(${LOCK})`.catch(() => undefined);
      }
    } finally {
      this.#disconnect();
      held.release();
    }
  }

  #connect(): void {
    const { settings, bus, logger } = this.#options;
    const client = connect(settings.url, { clientId: `safecity-${settings.prefix || 'site'}`, clean: true, reconnectPeriod: 1000 });
    // Without a listener an error would end the process; the client tries again by itself.
    client.on('error', (error) => logger.warn({ reason: error.message }, 'the MQTT broker refuses or is away'));
    client.on('connect', () => logger.info('connected to the MQTT broker'));
    this.#client = client;
    if (settings.framesPerS > 0)
      this.#frames = bus.nc.subscribe(subjects.allTracks, { callback: (_error, message) => this.#takeFrame(message.data) });
  }

  #disconnect(): void {
    this.#frames?.unsubscribe();
    this.#client?.end(true);
    this.#client = undefined;
  }

  /** Metadata are worth something now or never: nothing is kept for a broker that is away. */
  #takeFrame(bytes: Uint8Array): void {
    const { settings, nowMs } = this.#options;
    if (!this.#client?.connected) return;
    const frame = frameOf(bytes);
    if (!frame || nowMs() - (this.#lastFrameMs.get(frame.cameraId) ?? 0) < 1000 / settings.framesPerS) return;
    this.#lastFrameMs.set(frame.cameraId, nowMs());
    const { topic, payload } = metadataMessage(settings.prefix, frame);
    this.#client.publish(topic, JSON.stringify(payload), { qos: 0 });
  }

  async #tellNew(): Promise<void> {
    const { sql } = this.#options;
    let afterEventId = await this.#cursor();
    for (;;) {
      const toEventId = await newestEventId(sql);
      if (toEventId <= afterEventId || this.#closed) return;
      const page = await changedAlerts(sql, { afterEventId, toEventId, limit: PAGE });
      for (const { alert } of page) {
        if (KINDS.includes(alert.kind) && isDetected(alert))
          await this.#tell(alert.id, eventMessage(this.#options.settings.prefix, alert.cameraId, onvifEvent(alert)));
      }
      afterEventId = page.length < PAGE ? toEventId : (page.at(-1)?.eventId ?? toEventId);
      await sql`UPDATE event_cursors SET event_id = ${afterEventId} WHERE sink = ${this.#sink}`;
    }
  }

  get #sink(): string {
    return `mqtt:${this.#options.settings.prefix}`;
  }

  /** A broker that is new is told what comes, not what was. */
  async #cursor(): Promise<number> {
    const { sql } = this.#options;
    const rows = await sql<{ event_id: number }[]>`
      INSERT INTO event_cursors (sink, event_id) SELECT ${this.#sink}, last_event_id FROM alert_clock
      ON CONFLICT (sink) DO UPDATE SET sink = excluded.sink RETURNING event_id`;
    return rows[0]?.event_id ?? 0;
  }

  async #tell(alertId: string, { topic, payload }: TopicMessage): Promise<void> {
    const { Data } = payload as { Data: unknown };
    const says = JSON.stringify([topic, Data]);
    if (this.#told.get(alertId) === says) return;
    await this.#publish(topic, JSON.stringify(payload));
    this.#told.delete(alertId);
    this.#told.set(alertId, says);
    if (this.#told.size > 10 * PAGE) this.#told.delete(this.#told.keys().next().value as string);
  }

  /** Resolves when the broker has acknowledged. A client that is ended never settles what it had on its way, so close() does. */
  #publish(topic: string, payload: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed || !this.#client) return reject(new Error('closed'));
      this.#giveUp = reject;
      this.#client.publish(topic, payload, { qos: 1 }, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function frameOf(bytes: Uint8Array): TracksFrame | null {
  try {
    const frame: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return matches(TracksFrame, frame) ? frame : null;
  } catch {
    return null;
  }
}
