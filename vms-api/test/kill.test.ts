import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { subjects } from '@safecity/contracts';
import { type Bus, connectBus, embeddedPostgresHome, loadOrCreateKey, startEmbeddedPostgres } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../src/audit/verify.js';
import { isDatabaseAway, openDatabase, type Sql } from '../src/database/connection.js';
import { provisionSite } from '../src/site/provision.js';
import { createUser } from '../src/site/user-commands.js';
import { anAlert } from '../src/testing/builders.js';
import { type CutProxy, startCutProxy } from './cut-proxy.js';
import { Client, PASSWORD, quiet, SITE } from './harness.js';

const directory = temporaryDirectory('kill');
const keyFile = join(directory.path, 'key');
let nats: Awaited<ReturnType<typeof startTestNats>>;
let database: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let bus: Bus;
let api: ChildProcess;
let url: string;

/** With everything flushed, as it is in service. */
const startDatabase = () => startEmbeddedPostgres({ dataDir: directory.path, logger: quiet, durable: true });

async function startApiProcess(): Promise<void> {
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    NATS_URL: nats.url,
    SAFECITY_DATA_DIR: directory.path,
    SAFECITY_KEY_FILE: keyFile,
    SAFECITY_PORT: '0',
  };
  api = fork(join(import.meta.dirname, '../dist/main.js'), { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [message] = (await once(api, 'message')) as [{ url: string }];
  url = message.url;
}

async function killApi(): Promise<void> {
  const gone = once(api, 'exit');
  api.kill('SIGKILL');
  await gone;
}

async function withSql<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openDatabase(database.url, { name: 'test', maxConnections: 2 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), startDatabase()]);
  loadOrCreateKey(keyFile);
  await provisionSite({ databaseUrl: database.url, keyFile, site: SITE });
  await createUser({ databaseUrl: database.url, username: 'operator-k', role: 'operator', unitId: 'city', password: PASSWORD });
  bus = await connectBus({ url: nats.url, name: 'test', logger: quiet });
  await startApiProcess();
}, 60_000);
afterAll(async () => {
  api?.kill('SIGKILL');
  await bus?.close();
  await database?.stop();
  await nats?.stop();
  rmSync(embeddedPostgresHome(directory.path), { recursive: true, force: true });
  directory.remove();
});

/** Of the process that all others of the database descend from. */
const postmasterPid = () =>
  withSql(async (sql) => {
    const rows = await sql<{ data_directory: string }[]>`SHOW data_directory`;
    return Number(readFileSync(join(rows[0]?.data_directory as string, 'postmaster.pid'), 'utf8').split('\n')[0]);
  });

async function raise(count: number): Promise<string[]> {
  const alerts = Array.from({ length: count }, () => anAlert());
  await Promise.all(alerts.map((alert) => bus.publishDurable(subjects.alerts('cam-a'), alert, alert.alertId)));
  return alerts.map(({ alertId }) => alertId);
}

const stored = (ids: string[]) =>
  withSql(async (sql) => Number((await sql`SELECT count(*) AS n FROM alerts WHERE id = ANY(${ids})`)[0]?.['n']));

/** A promise, and what fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Acknowledges one after the other, four at a time, each lane until it is refused. Returns what was answered with 200, and what else. */
async function acknowledge(ids: readonly string[], client: Client, onAnswer: (count: number) => void) {
  const [open, answered, refused] = [[...ids], [] as string[], [] as string[]];
  const lane = async () => {
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const response = await client.request('POST', `/alerts/${id}/acknowledge`, {}).catch(() => null);
      if (response?.status !== 200) {
        refused.push(response ? `${response.status} ${((await response.json()) as { code: string }).code}` : 'no answer');
        return;
      }
      answered.push(id);
      onAnswer(answered.length);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return { answered, refused };
}

/** Every decision that was answered is there, with its history and its entry in an unbroken audit log. */
async function checkKept(answered: string[]): Promise<void> {
  await withSql(async (sql) => {
    const rows = await sql`SELECT id FROM alerts WHERE id = ANY(${answered}) AND state = 'acknowledged'
      AND EXISTS (SELECT 1 FROM alert_history h WHERE h.alert_id = alerts.id AND h.action = 'acknowledge')
      AND EXISTS (SELECT 1 FROM audit WHERE action = 'alert.acknowledged' AND subject = 'alert:' || alerts.id)`;
    expect(rows.length).toBe(answered.length);
  });
  expect((await verifyAudit({ databaseUrl: database.url })).firstBreak).toBeNull();
}

describe('a connection that is lost', () => {
  let proxy: CutProxy;
  let sql: Sql;
  const works = async () => expect(await sql`SELECT 7 AS n`).toEqual([{ n: 7 }]);
  const closed = { code: 'CONNECTION_CLOSED' };
  beforeAll(async () => {
    proxy = await startCutProxy(database.url);
  });
  beforeEach(() => {
    sql = openDatabase(proxy.url, { name: 'cut', maxConnections: 1 });
  });
  afterEach(() => sql.end({ timeout: 0 }));
  afterAll(() => proxy.close());

  it.each<[string, string, () => Promise<unknown>]>([
    ['while it begins', 'user', () => sql`SELECT 1`],
    ['while it reads the types of the database', 'typarray', () => sql`SELECT 1`],
    ['in a query', 'cut here', () => sql`SELECT 'cut here'`],
    ['in a transaction, which wants to roll back', 'cut here', () => sql.begin((transaction) => transaction`SELECT 'cut here'`)],
    ['in a transaction that swallows it, which wants to commit', 'cut here', () => sql.begin((t) => t`SELECT 'cut here'`.catch(() => 1))],
  ])('%s refuses what was under way, and the next query has a new one', async (_when, text, work) => {
    proxy.cutAt(text);
    const error = await work().catch((refused: unknown) => refused);
    expect(error).toMatchObject(closed);
    expect(isDatabaseAway(error)).toBe(true);
    await works();
  });

  it('because the server ended it leaves nothing of it to the next query', async () => {
    await expect(sql`SELECT pg_terminate_backend(pg_backend_pid())`).rejects.toMatchObject(closed);
    await works();
  });

  it('by who had reserved it stays lost for them, and can be given back', async () => {
    const held = await sql.reserve();
    proxy.cutAt('cut here');
    await expect(held`SELECT 'cut here'`).rejects.toMatchObject(closed);
    await expect(held`SELECT 1`).rejects.toMatchObject(closed);
    held.release();
    await works();
  });

  it('by a transaction never lets its later statements, or its end, into the transaction of another', async () => {
    await sql`CREATE TABLE written (n int)`;
    const [written, goOn] = [gate(), gate()];
    let end: Promise<unknown> = Promise.resolve();
    const lost = sql.begin((transaction) => {
      const work = async () => {
        await transaction`INSERT INTO written VALUES (1)`;
        written.open();
        await goOn.opened;
        await transaction`INSERT INTO written VALUES (2)`.catch(() => undefined);
      };
      end = work();
      return end;
    });
    await written.opened;
    proxy.cut();
    await expect(lost).rejects.toMatchObject(closed);
    const other = sql.begin(async (transaction) => {
      await transaction`INSERT INTO written VALUES (3)`;
      goOn.open();
      await end;
      await transaction`SELECT 1`;
      throw new Error('rolled back');
    });
    await expect(other).rejects.toThrow('rolled back');
    expect(await sql`SELECT n FROM written`).toEqual([]);
  });
});

describe('kill -9', () => {
  it.each(['API', 'PostgreSQL'])(
    'of %s in the middle of writes loses nothing that was answered, and no alert',
    async (victim) => {
      const ids = await raise(60);
      await waitFor(async () => (await stored(ids)) === ids.length, { what: 'the alerts' });
      const postmaster = await postmasterPid();
      const client = await new Client(url).login('operator-k');
      let killed: Promise<unknown> | undefined;
      let late: Promise<string[]> | undefined;
      const socket = client.socket('/alerts/stream');
      await once(socket, 'open');
      let dropped = false;
      socket
        .on('error', () => undefined)
        .on('close', () => {
          dropped = true;
        });
      const { answered, refused } = await acknowledge(ids, client, (count) => {
        if (count !== 15) return;
        // Alerts are being taken in as well at that moment.
        late = raise(100);
        if (victim === 'API') killed = killApi();
        else process.kill(postmaster, 'SIGKILL');
      });
      expect(answered.length).toBeGreaterThanOrEqual(15);
      await killed;
      // PostgreSQL is started again by itself.
      await waitFor(async () => (await stored([])) === 0, { what: 'the database', timeoutMs: 30_000 });
      if (victim === 'API') await startApiProcess();
      await waitFor(async () => (await fetch(`${url}/api/v1/health`)).ok, { what: 'the API', timeoutMs: 30_000 });
      await checkKept(answered);
      const lateIds = (await late) as string[];
      await waitFor(async () => (await stored(lateIds)) === lateIds.length, { what: 'the alerts that came meanwhile', timeoutMs: 30_000 });
      if (victim === 'API') return;
      // The process lives, so do its sockets, and each request under way was told why it failed.
      expect([api.exitCode, api.signalCode, dropped]).toEqual([null, null, false]);
      expect(refused).toEqual(refused.map(() => '503 API_DATABASE_AWAY'));
      expect(refused.length).toBeGreaterThan(0);
      socket.close();
    },
    90_000,
  );
});
