import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedPostgresHome, type Logger, loadOrCreateKey, startEmbeddedNats, startEmbeddedPostgres } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import { openDatabase, type RunningApi, type Sql, startApi } from '@safecity/vms-api';

/** Measurements ask with one session what a hundred people would. */
const AS_FAST_AS_IT_GOES = { session: 1_000_000, sessionMedia: 1_000_000, unknown: 1_000_000 };

/** nats-server and PostgreSQL of a measurement's own, empty at first. */
export interface OwnServers {
  natsUrl: string;
  databaseUrl: string;
  sql: Sql;
  keyFile: string;
  /** Starts an API on them, which ends with them. */
  startApi(options?: Partial<Parameters<typeof startApi>[0]>): Promise<RunningApi>;
}

/**
 * Gives `run` servers on a throw-away directory and ends them afterwards, whatever happened.
 * @param name of the directory and of the database connection
 */
export async function withOwnServers<T>(
  { name, durable, logger }: { name: string; durable: boolean; logger: Logger },
  run: (servers: OwnServers) => Promise<T>,
): Promise<T> {
  const directory = temporaryDirectory(name);
  const keyFile = join(directory.path, 'key');
  const nats = await startEmbeddedNats({ dataDir: directory.path, logger });
  const database = await startEmbeddedPostgres({ dataDir: directory.path, logger, durable });
  const sql = openDatabase(database.url, { name, maxConnections: 2 });
  let api: RunningApi | undefined;
  try {
    return await run({
      ...{ natsUrl: nats.url, databaseUrl: database.url, sql, keyFile },
      startApi: async (options) => {
        const own = {
          ...{ databaseUrl: database.url, natsUrl: nats.url, dataDirectory: directory.path, key: loadOrCreateKey(keyFile) },
          ...{ host: '127.0.0.1', port: 0, logger, settings: { version: name, demo: false, secureCookies: false } },
        };
        api = await startApi({ ...own, ...options }, { rateLimits: AS_FAST_AS_IT_GOES });
        return api;
      },
    });
  } finally {
    await api?.close();
    await sql.end({ timeout: 5 });
    await database.stop();
    await nats.stop();
    rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
    directory.remove();
  }
}
