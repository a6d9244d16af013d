import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, test, vi } from 'vitest';
import { connectBus } from '../bus.js';
import { createLogger } from '../logging.js';
import { connectNats } from '../nats-connection.js';
import { offerTestPostgres, startTestNats, startTestPostgres, temporaryDirectory, waitFor } from '../testing/index.js';
import { startEmbeddedNats } from './nats.js';
import { embeddedPostgresHome, startEmbeddedPostgres } from './postgres.js';

const logger = createLogger('test', { write: () => undefined });

describe('embedded nats-server', () => {
  test('keeps what was acknowledged across a restart and stores a repeated id once', async () => {
    const directory = temporaryDirectory('bus');
    const first = await startEmbeddedNats({ dataDir: directory.path, logger });
    const bus = await connectBus({ url: first.url, name: 'test', logger });
    await bus.publishDurable('alerts.alert.v1.cam1', { a: 1 }, 'one');
    await bus.publishDurable('alerts.alert.v1.cam1', { a: 1 }, 'one');
    await bus.publishDurable('alerts.alert.v1.cam1', { a: 2 }, 'two');
    await bus.close();
    await first.stop();
    const second = await startEmbeddedNats({ dataDir: directory.path, logger });
    const again = await connectBus({ url: second.url, name: 'test', logger });
    expect((await again.jsm.streams.info('ALERTS')).state.messages).toBe(2);
    await again.close();
    await second.stop();
    directory.remove();
  });

  test('stop() ends the server', async () => {
    const server = await startTestNats();
    await server.stop();
    await expect(connectNats(server.url, { timeout: 300, reconnect: false })).rejects.toThrow();
  });
});

describe('embedded PostgreSQL', () => {
  test('keeps committed rows across a restart, under a data directory of its own', async () => {
    const directory = temporaryDirectory('pg');
    const first = await startEmbeddedPostgres({ dataDir: directory.path, logger });
    const sql = postgres(first.url, { max: 1 });
    await sql`create table kept (id int)`;
    await sql`insert into kept values (7)`;
    await sql.end();
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir: directory.path, logger });
    const again = postgres(second.url, { max: 1 });
    expect(await again`select id from kept`).toEqual([{ id: 7 }]);
    await again.end();
    await second.stop();
    rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
    directory.remove();
  });

  test('a data directory that was deleted and made anew does not get the old rows back', async () => {
    const directory = temporaryDirectory('pg');
    const first = await startEmbeddedPostgres({ dataDir: directory.path, logger, durable: false });
    const sql = postgres(first.url, { max: 1 });
    await sql`create table kept (id int)`;
    await sql.end();
    await first.stop();
    directory.remove();
    const second = await startEmbeddedPostgres({ dataDir: directory.path, logger, durable: false });
    const again = postgres(second.url, { max: 1 });
    expect(await again`select to_regclass('kept') as kept`).toEqual([{ kept: null }]);
    await again.end();
    await second.stop();
    rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
    directory.remove();
  });

  test('the server of a test run starts with the first database that is asked for, and leaves nothing behind', async () => {
    vi.stubEnv('DATABASE_URL', undefined);
    vi.stubEnv('SAFECITY_TEST_POSTGRES', undefined);
    await expect(startTestPostgres()).rejects.toThrow('no PostgreSQL for tests');
    const offer = await offerTestPostgres();
    const databases = await Promise.all([startTestPostgres(), startTestPostgres()]);
    vi.unstubAllEnvs();
    const directories = await Promise.all(databases.map(({ url }) => dataDirectoryOf(url)));
    expect(new Set(databases.map(({ url }) => url)).size).toBe(2);
    expect(directories[1]).toBe(directories[0]);
    expect(existsSync(directories[0] as string)).toBe(true);
    await databases[0]?.stop();
    await offer.close();
    expect(existsSync(directories[0] as string)).toBe(false);
  });
});

async function dataDirectoryOf(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql<{ directory: string }[]>`select setting as directory from pg_settings where name = 'data_directory'`;
  await sql.end();
  return row?.directory as string;
}

test('a server does not outlive the process that started it, even when that is killed', async () => {
  const directory = temporaryDirectory('tether');
  const script = `
    import { startEmbeddedNats, createLogger } from ${JSON.stringify(import.meta.resolve('../../dist/index.js'))};
    await startEmbeddedNats({ dataDir: ${JSON.stringify(directory.path)}, logger: createLogger('test') });
    console.log('up');
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  const pid = Number(readFileSync(join(directory.path, 'nats', 'nats-server.pid'), 'utf8'));
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  parent.kill('SIGKILL');
  await waitFor(() => !existsSync(`/proc/${pid}`), { what: 'nats-server to end' });
  directory.remove();
});

test('a nats-server that is killed runs again on its port, with what it had acknowledged, closed to other users', async () => {
  const directory = temporaryDirectory('killed');
  const server = await startEmbeddedNats({ dataDir: directory.path, logger });
  const bus = await connectBus({ url: server.url, name: 'test', logger });
  await bus.publishDurable('alerts.alert.v1.cam1', { a: 1 }, 'one');
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  await waitFor(() => server.pid !== pid && existsSync(`/proc/${server.pid}`), { timeoutMs: 15_000, what: 'the server to run again' });
  await waitFor(async () => (await bus.jsm.streams.info('ALERTS')).state.messages === 1, { timeoutMs: 15_000, what: 'the stored message' });
  const withoutPassword = server.url.replace(/:\/\/.*@/, '://');
  await expect(connectNats(withoutPassword, { timeout: 1000, reconnect: false })).rejects.toThrow(/Authorization/i);
  await bus.close();
  await server.stop();
  directory.remove();
});

test('a missing nats-server is named with the mend', async () => {
  const directory = temporaryDirectory('missing');
  const start = startEmbeddedNats({ dataDir: directory.path, logger, program: 'nats-server-that-is-not-there' });
  await expect(start).rejects.toMatchObject({
    code: 'PLATFORM_NATS_BINARY_MISSING',
    message: expect.stringContaining('nats-server-that-is-not-there was not found: install it'),
  });
  directory.remove();
});
