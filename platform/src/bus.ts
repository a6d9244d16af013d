import { SafecityError, streams } from '@safecity/contracts';
import { type JetStreamClient, type JetStreamManager, type KV, type NatsConnection, nanos, RetentionPolicy, StorageType } from 'nats';
import type { Logger } from './logging.js';
import { connectNats } from './nats-connection.js';

/** A connection to NATS with the project's streams in place. Owned by the service that made it; `close()` drains it. */
export interface Bus {
  nc: NatsConnection;
  js: JetStreamClient;
  jsm: JetStreamManager;
  /** Opens a KV bucket, making it when it does not exist. `ttlMs`: entries not renewed within it disappear. */
  kv(bucket: string, options?: { ttlMs?: number; history?: number }): Promise<KV>;
  /** Fire and forget, core NATS. */
  publishJson(subject: string, value: unknown): void;
  /** Resolves when JetStream has stored the message; a repeated `msgId` within the stream's window is stored once. */
  publishDurable(subject: string, value: unknown, msgId: string): Promise<void>;
  close(): Promise<void>;
}

const encoder = new TextEncoder();

async function ensureStreams(jsm: JetStreamManager): Promise<void> {
  for (const stream of Object.values(streams)) {
    const settings = {
      subjects: [...stream.subjects],
      max_age: nanos(stream.maxAgeMs),
      max_bytes: stream.maxBytes,
      duplicate_window: nanos(stream.duplicateWindowMs),
    };
    try {
      const { config } = await jsm.streams.info(stream.name);
      // A stream of an earlier version takes new subjects on; nothing stored is touched.
      const missing = settings.subjects.filter((subject) => !config.subjects.includes(subject));
      if (missing.length > 0) await jsm.streams.update(stream.name, { subjects: [...config.subjects, ...missing] });
    } catch {
      await jsm.streams.add({ name: stream.name, retention: RetentionPolicy.Limits, storage: StorageType.File, ...settings });
    }
  }
}

async function watchConnection(nc: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') logger.warn({ code: 'PLATFORM_NATS_UNREACHABLE' }, 'NATS connection lost; reconnecting');
    if (status.type === 'reconnect') logger.info('NATS connection is back');
  }
}

/**
 * Connects and makes sure that the streams of `contracts` exist. Reconnects for ever once connected.
 * @throws SafecityError `PLATFORM_NATS_UNREACHABLE` when the first connection fails
 */
export async function connectBus(options: { url: string; name: string; logger: Logger }): Promise<Bus> {
  let nc: NatsConnection;
  try {
    nc = await connectNats(options.url, { name: options.name, maxReconnectAttempts: -1, reconnectTimeWait: 500, timeout: 5000 });
  } catch (cause) {
    throw new SafecityError('PLATFORM_NATS_UNREACHABLE', 'cannot reach NATS: check NATS_URL and that the server runs', { cause });
  }
  void watchConnection(nc, options.logger);
  const jsm = await nc.jetstreamManager();
  await ensureStreams(jsm);
  const js = nc.jetstream();
  return {
    nc,
    js,
    jsm,
    kv: (bucket, kvOptions = {}) =>
      js.views.kv(bucket, { history: kvOptions.history ?? 1, ...(kvOptions.ttlMs === undefined ? {} : { ttl: kvOptions.ttlMs }) }),
    publishJson: (subject, value) => nc.publish(subject, encoder.encode(JSON.stringify(value))),
    publishDurable: async (subject, value, msgID) => {
      await js.publish(subject, encoder.encode(JSON.stringify(value)), { msgID });
    },
    close: async () => {
      if (!nc.isClosed()) await nc.drain();
    },
  };
}
