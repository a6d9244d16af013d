import { startEmbeddedNats } from '../embedded/nats.js';
import type { EmbeddedServer } from '../embedded/server-process.js';
import { createLogger } from '../logging.js';
import { temporaryDirectory } from './temporary-directory.js';

export { offerTestPostgres, type PostgresOffer, startTestPostgres, type TestDatabase } from './postgres.js';
export { temporaryDirectory } from './temporary-directory.js';

const quiet = createLogger('test', { write: () => undefined });

/** A real nats-server with JetStream whose store is deleted by `stop()`. */
export async function startTestNats(): Promise<EmbeddedServer> {
  const directory = temporaryDirectory('nats');
  const server = await startEmbeddedNats({ dataDir: directory.path, logger: quiet });
  return {
    url: server.url,
    pid: server.pid,
    stop: async () => {
      await server.stop();
      directory.remove();
    },
  };
}

/**
 * Polls `probe` every 20 ms until it gives something truthy, and returns that. A probe that throws counts as not yet.
 * @throws Error naming `what` after `timeoutMs` (default 10 s), with the last error of the probe as its cause
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  options: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + (options.timeoutMs ?? 10_000);
  let cause: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value as NonNullable<T>;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${options.timeoutMs ?? 10_000} ms for ${options.what ?? 'a condition'}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
