import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import {
  ALERT_SEARCHES,
  PLATE_FUNCTION,
  SEARCH_CAMERAS,
  SEARCH_DAYS,
  SEARCHES,
  type SearchFigures,
  type SearchKind,
  SMALL_UNIT_CAMERAS,
  seedAlerts,
  seeded,
  seedTracks,
  timeSearches,
} from '@safecity/bench';
import { parseCamera } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { createUser, DayPartitions, DEFAULT_SITE, migrate, provisionSite, type RunningApi, type Sql } from '@safecity/vms-api';
import type { Command } from 'commander';
import { withOwnServers } from '../own-servers.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  tracks: string;
  alerts: string;
  runs: string;
}

const DAY_MS = 86_400_000;
const PASSWORD = randomBytes(24).toString('base64url');
const USERS = ['bench-all', 'bench-few'] as const;

function site() {
  const cameras = Array.from({ length: SEARCH_CAMERAS }, (_, i) =>
    parseCamera({
      id: `cam-${i + 1}`,
      name: `Camera ${i + 1}`,
      unitId: i < SMALL_UNIT_CAMERAS ? 'few' : 'all',
      source: { url: 'rtsp://127.0.0.1/bench' },
    }),
  );
  const units = [
    { id: 'all', name: { vi: 'Tất cả', en: 'All' } },
    { id: 'few', parentId: 'all', name: { vi: 'Ít', en: 'Few' } },
  ];
  return { facts: DEFAULT_SITE, units, cameras: cameras.map((camera) => ({ ...camera })) };
}

async function seedArchive(sql: Sql, total: number, endMs: number, progress: Progress): Promise<string> {
  const beganMs = Date.now();
  const partitions = new DayPartitions(sql, SEARCH_DAYS + 1);
  await partitions.make(Array.from({ length: SEARCH_DAYS + 2 }, (_, day) => endMs - day * DAY_MS));
  await seedTracks(
    (text) => sql.unsafe(text),
    total,
    endMs,
    (share) => progress.update(`making ${total} tracks`, share),
  );
  progress.done();
  const [size] = await sql<{ count: number; bytes: number; index_bytes: number }[]>`
    SELECT (SELECT count(*) FROM tracks) AS count, sum(pg_total_relation_size(inhrelid))::bigint AS bytes,
      sum(pg_indexes_size(inhrelid))::bigint AS index_bytes FROM pg_inherits WHERE inhparent = 'tracks'::regclass`;
  const gb = (bytes = 0) => (bytes / 1e9).toFixed(2);
  return `${size?.count} tracks of ${SEARCH_CAMERAS} cameras in ${SEARCH_DAYS} days: ${gb(size?.bytes)} GB, of which indexes ${gb(size?.index_bytes)} GB; made in ${Math.round((Date.now() - beganMs) / 1000)} s`;
}

async function seedWithAlerts(sql: Sql, total: number, endMs: number, progress: Progress): Promise<string> {
  const beganMs = Date.now();
  const onProgress = (share: number) => progress.update(`making ${total} alerts`, share);
  await seedAlerts((text) => sql.unsafe(text), total, endMs, onProgress);
  progress.done();
  const [size] = await sql<{ bytes: number; index_bytes: number }[]>`
    SELECT pg_total_relation_size('alerts') AS bytes, pg_indexes_size('alerts') AS index_bytes`;
  const mb = (bytes = 0) => Math.round(bytes / 1e6);
  return `${total} alerts: ${mb(size?.bytes)} MB, of which indexes ${mb(size?.index_bytes)} MB; made in ${Math.round((Date.now() - beganMs) / 1000)} s`;
}

/** Signs a user in and gives what requests need. */
async function cookieOf(url: string, username: string): Promise<string> {
  const body = JSON.stringify({ username, password: PASSWORD });
  const response = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!response.ok) throw new Error(`cannot sign in: ${response.status} ${await response.text()}`);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
}

async function measure(api: RunningApi, sql: Sql, runs: number, endMs: number, progress: Progress): Promise<SearchFigures[]> {
  const [all, few] = await Promise.all(USERS.map((username) => cookieOf(api.url, username)));
  const random = seeded(1);
  const plate = async () => {
    const vehicle = Math.floor(1_000_000 * random() ** 2);
    return (await sql<{ plate: string }[]>`SELECT made_up_plate(${vehicle}) AS plate`)[0]?.plate ?? '';
  };
  const askFor =
    (path: 'tracks' | 'alerts') =>
    async ({ smallUnit }: SearchKind, query: Record<string, string | number>) => {
      const text = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]));
      const response = await fetch(`${api.url}/api/v1/${path}?${text}`, { headers: { cookie: (smallUnit ? few : all) ?? '' } });
      const answer = (await response.json()) as { tracks?: object[]; alerts?: object[]; message?: string };
      const page = answer[path];
      if (!page) throw new Error(`${text}: ${answer.message}`);
      return page.length;
    };
  const target = { random, plate, endMs };
  const onProgress = (share: number) => progress.update('searching', share);
  const tracks = await timeSearches({ kinds: SEARCHES, runs, target }, askFor('tracks'), onProgress);
  const alerts = await timeSearches({ kinds: ALERT_SEARCHES, runs, target }, askFor('alerts'), onProgress);
  progress.done();
  return [...tracks, ...alerts];
}

function table(figures: readonly SearchFigures[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const line = (name: string, ...cells: string[]) => `${name.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join('')}\n`;
  const rows = figures.map(({ name, found, p50Ms, p95Ms, worstMs }) =>
    line(name, found.toFixed(1), p50Ms.toFixed(1), p95Ms.toFixed(1), worstMs.toFixed(1)),
  );
  return line('search (ms over HTTP, 100 a page)', 'found', 'p50', 'p95', 'worst') + rows.join('');
}

async function bench(options: Options): Promise<void> {
  const progress = new Progress();
  const total = positive('tracks', options.tracks);
  const alerts = positive('alerts', options.alerts);
  const runs = positive('runs', options.runs);
  const logger = createLogger('bench', { write: () => undefined });
  const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  await withOwnServers({ name: 'bench-search', durable: false, logger }, async ({ databaseUrl, sql, keyFile, startApi }) => {
    await migrate(sql);
    await provisionSite({ databaseUrl, keyFile, site: site() });
    for (const [username, unitId] of [
      ['bench-all', 'all'],
      ['bench-few', 'few'],
    ] as const)
      await createUser({ databaseUrl, username, displayName: username, role: 'operator', unitId, password: PASSWORD });
    await sql.unsafe(PLATE_FUNCTION);
    const size = [await seedArchive(sql, total, endMs, progress), await seedWithAlerts(sql, alerts, endMs, progress)];
    for (const line of size) progress.step(line);
    const api = await startApi({ retention: { defaults: { tracks: SEARCH_DAYS + 1 } } });
    const figures = await measure(api, sql, runs, endMs, progress);
    const [version] = await sql<{ version: string }[]>`SELECT current_setting('server_version') AS version`;
    const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, PostgreSQL ${version?.version}`;
    process.stderr.write(table(figures));
    process.stdout.write(`${JSON.stringify({ machine, size, figures })}\n`);
  });
}

/** Adds `safecity bench search`. */
export function registerBenchSearch(parent: Command): void {
  parent
    .command('search')
    .description(
      'the search of tracks and of alerts through the API, over made-up ones in a database of its own: p50 and p95 of each kind of query',
    )
    .option('--tracks <n>', 'tracks in the database', '5000000')
    .option('--alerts <n>', 'alerts in the database', '200000')
    .option('--runs <n>', 'times each query is asked', '40')
    .action(bench);
}
