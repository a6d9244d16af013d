import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { startEmbeddedNats } from '../embedded/nats.js';
import { embeddedPostgresHome, startEmbeddedPostgres } from '../embedded/postgres.js';
import type { EmbeddedServer } from '../embedded/server-process.js';
import { createLogger } from '../logging.js';

const quiet = createLogger('test', { write: () => undefined });

/** A directory of its own below the system's temporary one. */
export function temporaryDirectory(prefix: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `safecity-${prefix}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

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

/** A real, empty database; `stop()` leaves nothing of it. */
export interface TestDatabase {
  url: string;
  stop(): Promise<void>;
}

/** A real, empty PostgreSQL: one of its own, or a database made for it on the server that `DATABASE_URL` names. */
export async function startTestPostgres(): Promise<TestDatabase> {
  const external = process.env['DATABASE_URL'];
  return external === undefined ? ownPostgres() : databaseOn(external);
}

async function ownPostgres(): Promise<TestDatabase> {
  const directory = temporaryDirectory('postgres');
  const server = await startEmbeddedPostgres({ dataDir: directory.path, logger: quiet, durable: false });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
      directory.remove();
    },
  };
}

async function databaseOn(server: string): Promise<TestDatabase> {
  const name = `safecity_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = name;
  await administer(server, (sql) => sql`CREATE DATABASE ${sql(name)}`);
  return { url: url.href, stop: () => administer(server, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`) };
}

async function administer(server: string, statement: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await statement(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
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
