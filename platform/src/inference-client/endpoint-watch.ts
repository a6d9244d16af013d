import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { buckets, InferenceEndpoint, matches } from '@safecity/contracts';
import type { KV, KvEntry } from 'nats';
import type { Logger } from 'pino';
import { parseAddress } from './http-exchange.js';

/** Entries of the bucket `inference-nodes` are gone when not renewed within this time, ms. */
export const ANNOUNCEMENT_TTL_MS = 6000;

/** The part of the bus that the watch needs. */
export interface EndpointBus {
  kv(bucket: string, options?: { ttlMs?: number }): Promise<KV>;
}

/** What the watch does with what it sees. */
export interface EndpointSink {
  announce(endpoint: InferenceEndpoint): void;
  withdraw(endpointId: string): void;
}

function readAnnouncement(entry: KvEntry): InferenceEndpoint | undefined {
  try {
    const value = entry.json();
    if (!matches(InferenceEndpoint, value)) return undefined;
    parseAddress(value.address);
    return value;
  } catch {
    return undefined;
  }
}

function take(entry: KvEntry, sink: EndpointSink, logger: Logger): void {
  if (entry.operation !== 'PUT') {
    sink.withdraw(entry.key);
    return;
  }
  const endpoint = readAnnouncement(entry);
  if (endpoint) {
    // A socket of another host is not for us.
    const target = parseAddress(endpoint.address);
    if (!('path' in target) || existsSync(target.path)) sink.announce(endpoint);
  } else logger.warn({ endpointId: entry.key }, 'announcement of an inference endpoint is not valid; ignored');
}

/**
 * Follows the announcements of inference endpoints until `stop()`. Opens the bucket again when the watch ends or
 * cannot be opened, once a second.
 */
export function watchEndpoints(bus: EndpointBus, sink: EndpointSink, logger: Logger): { stop(): Promise<void> } {
  const ending = new AbortController();
  let current: { stop(): void } | undefined;
  const follow = async () => {
    const kv = await bus.kv(buckets.inferenceNodes, { ttlMs: ANNOUNCEMENT_TTL_MS });
    const entries = await kv.watch();
    current = entries;
    if (ending.signal.aborted) entries.stop();
    for await (const entry of entries) take(entry, sink, logger);
  };
  const run = async () => {
    while (!ending.signal.aborted) {
      try {
        await follow();
      } catch (cause) {
        if (!ending.signal.aborted) logger.warn({ err: cause }, 'cannot follow the inference endpoints; trying again');
      }
      await delay(1000, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      ending.abort();
      current?.stop();
      await running;
    },
  };
}
