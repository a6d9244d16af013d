import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { subjects } from '@safecity/contracts';
import { type Bus, connectBus, embeddedPostgresHome, loadOrCreateKey, startEmbeddedPostgres } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../src/audit/verify.js';
import { openDatabase, type Sql } from '../src/database/connection.js';
import { provisionSite } from '../src/site/provision.js';
import { createUser } from '../src/site/user-commands.js';
import { anAlert } from '../src/testing/builders.js';
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

/** Acknowledges one after the other, four at a time, until the server is gone. Returns what was answered with 200. */
async function acknowledge(ids: readonly string[], client: Client, onAnswer: (count: number) => void): Promise<string[]> {
  const [open, answered] = [[...ids], [] as string[]];
  const lane = async () => {
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const response = await client.request('POST', `/alerts/${id}/acknowledge`, {}).catch(() => null);
      if (response?.status !== 200) return;
      answered.push(id);
      onAnswer(answered.length);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return answered;
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
      const answered = await acknowledge(ids, client, (count) => {
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
      // postgres 3.4.9 may write to a socket that is gone, which ends the process: then, as the supervisor does, start it again.
      const ended = () => api.exitCode !== null || api.signalCode !== null;
      await waitFor(async () => ended() || (await fetch(`${url}/api/v1/health`)).ok, { what: 'the API' });
      if (ended()) await startApiProcess();
      await checkKept(answered);
      const lateIds = (await late) as string[];
      await waitFor(async () => (await stored(lateIds)) === lateIds.length, { what: 'the alerts that came meanwhile', timeoutMs: 30_000 });
    },
    90_000,
  );
});
