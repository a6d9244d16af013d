import { percentile } from './statistics.js';

/** Runs SQL on the database under measurement. */
export type RunSql = (text: string) => Promise<readonly Record<string, unknown>[]>;

/** Days over which the tracks are spread, and cameras, of which so many belong to a small unit. */
export const SEARCH_DAYS = 30;
export const SEARCH_CAMERAS = 500;
export const SMALL_UNIT_CAMERAS = 5;

const DAY_MS = 86_400_000;
/** Vehicles with a plate; the lower its number, the oftener one passes. */
const VEHICLES = 1_000_000;

/**
 * A plate for each vehicle number, two of three of the home province. A function of the database, so that queries look for
 * plates that are there.
 */
export const PLATE_FUNCTION = `
  CREATE FUNCTION made_up_plate(vehicle int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN h % 3 < 2 THEN '61' ELSE lpad((11 + h % 89)::text, 2, '0') END)
      || chr(65 + (h / 7 % 8)::int) || CASE WHEN h % 5 < 3 THEN (1 + h / 11 % 9)::text ELSE '' END || lpad((h / 97 % 100000)::text, 5, '0')
    FROM (SELECT hashint4extended(vehicle, 61) & 4611686018427387903 AS h)
  $$`;

/** Fills one day with `count` tracks: rush hours, mostly two-wheelers, short stays and a few very long ones, speeds where calibrated; in the order in which they end, as they are stored. */
export function seedDaySql(dayStartMs: number, count: number): string {
  return `
    INSERT INTO tracks (camera_id, track_id, first_ms, last_ms, config_revision, class, score, zone_ids, heading, speed_kmh, plate)
    SELECT 'cam-' || camera, 'made' || n || '-0', first_ms, first_ms + duration_ms, 1, class, (0.4 + 0.55 * random())::real,
      (SELECT array_agg(DISTINCT 'zone-' || (1 + (n * 7 + k * k) % 6)) FROM generate_series(0, n % 3) k),
      CASE WHEN duration_ms < 300000 AND n % 7 > 0
        THEN (ARRAY['up','up-right','right','down-right','down','down-left','left','up-left'])[1 + (camera + (n % 4 / 3) * (n % 8)) % 8] END,
      CASE WHEN camera % 5 < 3 AND class <> 'person' AND duration_ms < 300000 THEN greatest(1, random_normal(32, 14))::real END,
      CASE WHEN class IN ('motorcycle', 'car', 'truck', 'bus') AND random() < 0.7
        THEN made_up_plate((${VEHICLES} * power(random(), 2))::int) END
    FROM (
      SELECT n, 1 + (power(random(), 1.5) * ${SEARCH_CAMERAS - 1})::int AS camera,
        ${dayStartMs} + floor(86400000 * CASE WHEN random() < 0.6 THEN 0.25 + 0.5 * random() ELSE random() END) AS first_ms,
        floor(6000 * exp(random_normal(0, 1.1)) * CASE WHEN random() < 0.01 THEN 200 ELSE 1 END) AS duration_ms,
        CASE WHEN r < 0.46 THEN 'motorcycle' WHEN r < 0.7 THEN 'car' WHEN r < 0.92 THEN 'person' WHEN r < 0.96 THEN 'truck'
          WHEN r < 0.98 THEN 'bicycle' WHEN r < 0.9999 THEN 'bus' ELSE 'train' END AS class
      FROM (SELECT n, random() AS r FROM generate_series(1, ${count}) n)
    ) ORDER BY first_ms + duration_ms`;
}

/** Takes the indexes that are not keys away, for filling the tables; the returned function makes them again as they were. */
async function withoutIndexes(run: RunSql): Promise<() => Promise<void>> {
  const indexes = await run(`SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE tablename IN ('tracks', 'plates') AND indexname NOT LIKE '%\\_pkey'`);
  for (const { name } of indexes) await run(`DROP INDEX ${String(name)}`);
  return async () => {
    for (const { definition } of indexes)
      await run(`SET maintenance_work_mem = '256MB'; ${String(definition).replace(' ON ONLY ', ' ON ')}`);
  };
}

/** Seeds `total` tracks up to `endMs`; partitions and `made_up_plate` must be there. */
export async function seedTracks(run: RunSql, total: number, endMs: number, onProgress: (share: number) => void): Promise<void> {
  const makeIndexes = await withoutIndexes(run);
  await run('ALTER TABLE tracks DISABLE TRIGGER USER');
  const lastDay = Math.floor(endMs / DAY_MS) - 1;
  for (let day = 0; day < SEARCH_DAYS; day++) {
    await run(seedDaySql((lastDay - day) * DAY_MS, Math.round(total / SEARCH_DAYS)));
    onProgress((0.6 * (day + 1)) / SEARCH_DAYS);
  }
  await run(`INSERT INTO plates SELECT plate, max(floor(first_ms / ${DAY_MS})) FROM tracks WHERE plate IS NOT NULL GROUP BY plate`);
  await run('ALTER TABLE tracks ENABLE TRIGGER USER');
  await makeIndexes();
  await run('VACUUM ANALYZE tracks');
  await run('VACUUM ANALYZE plates');
}

/** What a query may be about: of all that is varied from one run of it to the next. */
export interface SearchTarget {
  /** 0..1 */
  random: () => number;
  plate: () => Promise<string>;
  endMs: number;
}

/** One kind of search, as the query of `GET /api/v1/tracks` or `/alerts`. */
export interface SearchKind {
  name: string;
  /** Somebody who sees `SMALL_UNIT_CAMERAS` cameras only. */
  smallUnit?: boolean;
  query(target: SearchTarget): Promise<Record<string, string | number>>;
}

function span({ random, endMs }: SearchTarget, lengthMs: number) {
  const fromMs = Math.round(endMs - SEARCH_DAYS * DAY_MS + random() * (SEARCH_DAYS * DAY_MS - lengthMs));
  return { fromMs, toMs: fromMs + lengthMs };
}

const camera = ({ random }: SearchTarget) => `cam-${1 + Math.floor(random() ** 1.5 * (SEARCH_CAMERAS - 1))}`;
const misread = (plate: string, places: number[]) =>
  places.reduce((text, place) => text.slice(0, place) + String((Number(text[place]) + 1) % 10) + text.slice(place + 1), plate);

/** The searches of tracks that people make. */
export const SEARCHES: readonly SearchKind[] = [
  { name: 'newest, all cameras', query: async () => ({}) },
  { name: 'an hour, all cameras', query: async (target) => span(target, 3_600_000) },
  { name: 'an hour, a unit of 5 cameras', smallUnit: true, query: async (target) => span(target, 3_600_000) },
  { name: 'newest persons, a unit of 5 cameras', smallUnit: true, query: async () => ({ class: 'person' }) },
  { name: 'a camera, a day', query: async (target) => ({ cameraId: camera(target), ...span(target, DAY_MS) }) },
  { name: 'a camera and a class, 30 days', query: async (target) => ({ cameraId: camera(target), class: 'bicycle' }) },
  {
    name: 'a zone of a camera, a week',
    query: async (target) => ({ cameraId: camera(target), zoneId: 'zone-3', ...span(target, 7 * DAY_MS) }),
  },
  { name: 'a rare class, 30 days', query: async () => ({ class: 'train' }) },
  { name: 'a class and a direction, a day', query: async (target) => ({ class: 'truck', heading: 'left', ...span(target, DAY_MS) }) },
  { name: 'faster than 80 km/h, 30 days', query: async () => ({ minSpeedKmh: 80 }) },
  { name: 'faster than nothing goes, 30 days', query: async () => ({ minSpeedKmh: 150, class: 'vehicle' }) },
  {
    name: 'trucks to the left above 60 km/h, a week',
    query: async (target) => ({ class: 'truck', heading: 'left', minSpeedKmh: 60, ...span(target, 7 * DAY_MS) }),
  },
  { name: 'longer than an hour, 30 days', query: async () => ({ minDurationMs: 3_600_000 }) },
  {
    name: 'persons longer than 10 min, a day',
    query: async (target) => ({ class: 'person', minDurationMs: 600_000, ...span(target, DAY_MS) }),
  },
  { name: 'plate, exact', query: async ({ plate }) => ({ plate: await plate() }) },
  { name: 'plate, begins with 4 characters', query: async ({ plate }) => ({ plate: `${(await plate()).slice(0, 4)}*` }) },
  { name: 'plate, ends with 4 characters', query: async ({ plate }) => ({ plate: `*${(await plate()).slice(-4)}` }) },
  { name: 'plate, 4 characters within', query: async ({ plate }) => ({ plate: `*${(await plate()).slice(2, 6)}*` }) },
  {
    name: 'plate, 2 of its characters unknown',
    query: async ({ plate }) => ({ plate: (await plate()).replace(/^(..)./, '$1?').replace(/.$/, '?') }),
  },
  { name: 'plate, 1 character wrong', query: async ({ plate }) => ({ plate: misread(await plate(), [5]), plateDistance: 1 }) },
  { name: 'plate, 2 characters wrong', query: async ({ plate }) => ({ plate: misread(await plate(), [4, 6]), plateDistance: 2 }) },
  { name: 'plate that is nowhere, 2 characters free', query: async () => ({ plate: '99Z88888', plateDistance: 2 }) },
];

export interface SearchFigures {
  name: string;
  runs: number;
  /** Mean of what was on the page. */
  found: number;
  p50Ms: number;
  p95Ms: number;
  worstMs: number;
}

/** Random numbers that are the same every time (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Times each kind of search `runs` times, one after the other, kinds in turn so that none has the cache for itself.
 * @param ask makes the request of a kind and resolves with how much came
 */
export async function timeSearches(
  { kinds, runs, target }: { kinds: readonly SearchKind[]; runs: number; target: SearchTarget },
  ask: (kind: SearchKind, query: Record<string, string | number>) => Promise<number>,
  onProgress: (share: number) => void,
): Promise<SearchFigures[]> {
  const samples = kinds.map(() => ({ ms: [] as number[], found: 0 }));
  for (let run = 0; run < runs; run++) {
    for (const [index, kind] of kinds.entries()) {
      const query = await kind.query(target);
      const before = performance.now();
      const found = await ask(kind, query);
      const sample = samples[index] as (typeof samples)[number];
      sample.ms.push(performance.now() - before);
      sample.found += found;
    }
    onProgress((run + 1) / runs);
  }
  return kinds.map(({ name }, index) => {
    const { ms, found } = samples[index] as (typeof samples)[number];
    return { name, runs, found: found / runs, p50Ms: percentile(ms, 50), p95Ms: percentile(ms, 95), worstMs: Math.max(...ms) };
  });
}
