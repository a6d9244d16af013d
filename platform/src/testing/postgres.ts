import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { embeddedPostgresHome, startEmbeddedPostgres } from '../embedded/postgres.js';
import { createLogger } from '../logging.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Holds the address under which the server of a test run is asked for. */
const OFFER = 'SAFECITY_TEST_POSTGRES';

/** A real, empty database; `stop()` leaves nothing of it. */
export interface TestDatabase {
  url: string;
  stop(): Promise<void>;
}

/** A database made for the caller on the server that `DATABASE_URL` names, else on the one that all files of a test run share. */
export async function startTestPostgres(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'] ?? (await offeredServer());
  const name = `safecity_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = name;
  await administer(server, (sql) => sql`CREATE DATABASE ${sql(name)}`);
  return { url: url.href, stop: () => administer(server, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`) };
}

/** What a test run has while it goes on. `close()` ends the server and leaves nothing of it. */
export interface PostgresOffer {
  close(): Promise<void>;
}

/**
 * Offers one PostgreSQL to every file of a test run, whatever process runs it: to make one costs seconds, a database on it
 * a part of one. It starts when the first asks.
 */
export async function offerTestPostgres(): Promise<PostgresOffer> {
  let server: ReturnType<typeof ownServer> | undefined;
  const desk = createServer((_request, response) => {
    server ??= ownServer();
    server.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await once(desk.listen(0, '127.0.0.1'), 'listening');
  process.env[OFFER] = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`;
  return {
    close: async () => {
      desk.close();
      desk.closeAllConnections();
      await (await server?.catch(() => undefined))?.stop();
    },
  };
}

async function offeredServer(): Promise<string> {
  const address = process.env[OFFER];
  if (address === undefined)
    throw new Error('no PostgreSQL for tests: run them by vitest from the root of the repository, or set DATABASE_URL');
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function ownServer(): Promise<TestDatabase> {
  const directory = temporaryDirectory('postgres');
  const logger = createLogger('test', { write: () => undefined });
  const server = await startEmbeddedPostgres({ dataDir: directory.path, logger, durable: false });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
      directory.remove();
    },
  };
}

async function administer(server: string, statement: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await statement(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
