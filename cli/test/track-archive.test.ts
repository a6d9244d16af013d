import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BacktestStatus, type Detection, type DetectionsFrame, streams, subjects } from '@safecity/contracts';
import { type Bus, connectBus, createLogger, loadOrCreateKey } from '@safecity/platform';
import { startTestNats, startTestPostgres, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { createUser, openDatabase, provisionSite, type RunningApi, type Sql, startApi } from '@safecity/vms-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const RULES_MAIN = createRequire(import.meta.url).resolve('@safecity/rules/main');
const PASSWORD = 'correct horse battery';
const quiet = createLogger('test', { write: () => undefined });
const scratch = temporaryDirectory('archive');
/** Ten minutes ago, so that the archive takes it. */
const T0 = Date.now() - 600_000;
const STEP_MS = 250;
const END_MS = 150_000;

const stalled = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'road', dwellMs: 20_000 };
const camera = {
  id: 'street',
  name: 'Street',
  unitId: 'city',
  simulated: true,
  source: { url: 'rtsp://127.0.0.1:8554/street' },
  zones: [
    {
      id: 'road',
      name: 'lòng đường',
      polygon: [
        [0.1, 0.1],
        [0.9, 0.1],
        [0.9, 0.9],
        [0.1, 0.9],
      ],
    },
  ],
  signals: [
    {
      id: 'north',
      name: 'đèn',
      source: {
        kind: 'script',
        epochMs: T0,
        cycle: [
          { state: 'red', durationMs: 60_000 },
          { state: 'green', durationMs: 30_000 },
        ],
      },
    },
  ],
  rules: [stalled],
};

function boxAt(x: number, y: number): Detection['box'] {
  return [x - 0.08, y - 0.15, x + 0.08, y];
}

/** A truck that comes, stands for 40 s and goes; cars that drive by; at the end an empty street. */
function detectionsAt(atMs: number): Detection[] {
  const x = atMs < 10_000 ? atMs / 20_000 : atMs < 50_000 ? 0.5 : 0.5 + (atMs - 50_000) / 15_000;
  const passing = (atMs % 15_000) / 6000;
  return [
    ...(x < 1.2 ? [{ class: 'truck' as const, score: 0.8, box: boxAt(x, 0.5) }] : []),
    ...(passing < 1 && atMs < 110_000 ? [{ class: 'car' as const, score: 0.7, box: boxAt(passing, 0.8) }] : []),
  ];
}

const frames = Array.from({ length: END_MS / STEP_MS }, (_, index): DetectionsFrame => {
  const atMs = index * STEP_MS;
  return {
    ...{ cameraId: 'street', configRevision: 1, capturedAtMs: T0 + atMs, widthPx: 1280, heightPx: 720, modelId: 'nanodet-g' },
    ...(index === 0 ? { discontinuity: 'start' as const } : {}),
    detections: detectionsAt(atMs),
  };
});

let nats: Awaited<ReturnType<typeof startTestNats>>;
let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
let bus: Bus;
let sql: Sql;
let api: RunningApi;
const children: ChildProcess[] = [];

async function launchRules(): Promise<ChildProcess> {
  const child = fork(RULES_MAIN, {
    env: { ...process.env, NATS_URL: nats.url, SAFECITY_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`rules exited with ${code}`)));
  });
  return child;
}

async function publish(list: readonly DetectionsFrame[]): Promise<void> {
  for (const frame of list) await bus.publishDurable(subjects.detections('street'), frame, `street:${frame.capturedAtMs}`);
}

async function signIn(): Promise<Record<string, string>> {
  const body = JSON.stringify({ username: 'admin', password: PASSWORD });
  const response = await fetch(`${api.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { csrfToken } = (await response.json()) as { csrfToken: string };
  return { cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] as string, 'x-csrf-token': csrfToken };
}

function backtest(
  rules: object[],
  name: string,
): { rules: Record<string, unknown>[]; findings: Record<string, unknown>[]; revisions: number[] } {
  const file = join(scratch.path, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...camera, rules }));
  const program = join(root, 'cli', 'bin', 'safecity.mjs');
  const args = [program, 'backtest', '--camera', file, '--tracks', join(scratch.path, 'archive.jsonl')];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as ReturnType<typeof backtest>;
}

beforeAll(async () => {
  [nats, postgres] = await Promise.all([startTestNats(), startTestPostgres()]);
  const keyFile = join(scratch.path, 'key');
  await provisionSite({
    databaseUrl: postgres.url,
    keyFile,
    site: { units: [{ id: 'city', name: { vi: 'Thành phố', en: 'City' } }], cameras: [camera] },
  });
  await createUser({ databaseUrl: postgres.url, username: 'admin', role: 'administrator', unitId: 'city', password: PASSWORD });
  bus = await connectBus({ url: nats.url, name: 'test', logger: quiet });
  sql = openDatabase(postgres.url, { name: 'test', maxConnections: 2 });
  api = await startApi({
    ...{
      databaseUrl: postgres.url,
      natsUrl: nats.url,
      dataDirectory: scratch.path,
      key: loadOrCreateKey(keyFile),
      host: '127.0.0.1',
      port: 0,
    },
    ...{ settings: { version: 'test', demo: true, secureCookies: false }, logger: quiet },
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await api?.close();
  await sql?.end({ timeout: 5 });
  await bus?.close();
  await Promise.all([nats?.stop(), postgres?.stop()]);
  scratch.remove();
});

describe('from live rules to a backtest', () => {
  it('a kill -9 in the middle stores no track twice and loses none', async () => {
    const first = await launchRules();
    await publish(frames.slice(0, 350));
    await waitFor(async () => Number((await sql`SELECT count(*) AS n FROM tracks WHERE class = 'truck'`)[0]?.['n']) > 0, {
      what: 'tracks before the kill',
    });
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    await launchRules();
    await publish(frames.slice(350));
    const cars = () => sql`SELECT track_id, count(*) AS rows FROM tracks WHERE class = 'car' GROUP BY track_id`;
    await waitFor(async () => (await cars()).length === 8, { what: 'every car' });
    await waitFor(async () => (await bus.jsm.consumers.info(streams.tracks.name, 'vms-api-tracks')).num_ack_pending === 0, {
      what: 'the last batch',
    });
    expect((await cars()).map(({ rows }) => rows)).toEqual(Array.from({ length: 8 }, () => 1));
    const [paths] = await sql`SELECT count(*) AS rows, count(DISTINCT track_id) AS tracks FROM track_paths`;
    expect(paths).toEqual({ rows: 9, tracks: 9 });
    expect((await sql`SELECT state FROM signal_states ORDER BY from_ms`).map(({ state }) => state)).toEqual(['red', 'green', 'red']);
    const [truck] = await sql`SELECT zone_ids, heading FROM tracks WHERE class = 'truck'`;
    expect(truck).toEqual({ zone_ids: ['road'], heading: 'right' });
  });

  it('the archive of the API gives what a changed rule would have found, beside what was raised', async () => {
    const headers = await signIn();
    await waitFor(async () => Number((await sql`SELECT count(*) AS n FROM alerts`)[0]?.['n']) === 1, { what: 'the alert' });
    const answer = await fetch(`${api.url}/api/v1/cameras/street/archive?fromMs=${T0}&toMs=${T0 + END_MS}`, { headers });
    writeFileSync(join(scratch.path, 'archive.jsonl'), await answer.text());
    const same = backtest([stalled], 'same');
    expect(same.rules).toEqual([{ rule: 'stalled', type: 'stalled-vehicle', now: 1, before: 1, both: 1, onlyNow: 0, onlyThen: 0 }]);
    expect(same.revisions).toEqual([1]);
    expect(backtest([{ ...stalled, dwellMs: 30_000 }], 'longer').rules).toMatchObject([{ now: 1, before: 1, both: 1 }]);
    expect(backtest([{ ...stalled, dwellMs: 60_000 }], 'longest').rules).toMatchObject([{ now: 0, before: 1, onlyThen: 1 }]);
    const other = backtest([{ id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'road', classes: ['truck'] }], 'other');
    expect(other.findings).toMatchObject([{ type: 'intrusion', rule: 'fence', class: 'truck' }]);
  });

  it('rules rehearses a changed rule for the API, and says how it goes', async () => {
    const headers = await signIn();
    const path = `${api.url}/api/v1/cameras/street/backtests`;
    const start = (changes: object) =>
      fetch(path, {
        ...{ method: 'POST', headers: { ...headers, 'content-type': 'application/json' } },
        body: JSON.stringify({ fromMs: T0, toMs: T0 + END_MS, ...changes }),
      });
    const begun = (await (await start({ rules: [{ ...stalled, dwellMs: 60_000 }] })).json()) as BacktestStatus;
    expect(begun).toMatchObject({ cameraId: 'street', state: 'waiting' });
    const ended = await waitFor(
      async () => {
        const status = (await (await fetch(`${path}/${begun.id}`, { headers })).json()) as BacktestStatus;
        return status.state === 'done' || status.state === 'failed' ? status : null;
      },
      { what: 'the backtest' },
    );
    expect(ended.result).toMatchObject({ tracks: 9, revisions: [1], rules: [{ rule: 'stalled', now: 0, before: 1, onlyThen: 1 }] });
    expect((await start({ rules: [{ ...stalled, zoneId: 'nowhere' }] })).status).toBe(400);
    expect((await start({ toMs: T0 + 8 * 86_400_000 })).status).toBe(400);
    for (const child of children) child.kill('SIGKILL');
    const refused = await waitFor(
      async () => {
        const answer = await start({});
        return answer.status === 503 ? ((await answer.json()) as { code: string }) : null;
      },
      { what: 'the refusal without rules' },
    );
    expect(refused.code).toBe('API_NO_RULES');
  });
});
