import { type AlertMessage, deriveId } from '@safecity/contracts';
import { type RunSql, SEARCH_CAMERAS, SEARCH_DAYS, type SearchKind, SMALL_UNIT_CAMERAS } from './search-tracks.js';

const DAY_MS = 86_400_000;
const AT_ONCE = 20_000;

/** What each made-up alert says, beside its names, times and plates. */
function template(): AlertMessage {
  const reason = {
    text: { vi: 'Xe trong danh sách theo dõi đi qua cổng', en: 'A vehicle of the watchlist passes the gate' },
    measures: [{ name: 'confidence', value: 0.93, comparison: '>=' as const, threshold: 0.8 }],
  };
  const plate = { text: '', confidence: 0.95, format: 'car' as const, colour: 'white' as const, looks: 4, agreeing: 3, atMs: 0 };
  const what = { type: 'plate-watchlist' as const, cameraId: 'cam-1', startMs: 0, confidence: 0.9, reason };
  const finding = {
    ...{ id: deriveId('finding', 'bench'), ...what, ruleId: 'gate', ruleName: 'Gate', configRevision: 1, trackIds: ['t-1'], raisedAtMs: 0 },
    ...{ subject: { kind: 'track' as const, id: 't-1' }, moments: [], plate },
  };
  const alertId = deriveId('alert', 'bench');
  return {
    alertId,
    revision: 1,
    phase: 'closed',
    kind: 'security',
    severity: 'medium',
    updatedMs: 0,
    findings: [finding],
    simulated: false,
    ...what,
  };
}

/** So many alerts, newest last; every fourth names a plate. */
const seedSql = (from: number, to: number, total: number, endMs: number) => `
  INSERT INTO alerts (id, revision, state, kind, type, severity, camera_id, camera_name, place, unit_id, start_ms, updated_ms, end_ms,
    raised_at_ms, simulated, received_at_ms, message)
  SELECT gen_random_uuid(), 1, CASE WHEN n % 3 = 0 THEN 'false-alarm' ELSE 'resolved' END, 'security', 'plate-watchlist', 'medium',
    'cam-' || camera, 'Camera ' || camera, 'Ngã tư ' || place || ', phường ' || place % 40,
    CASE WHEN camera <= ${SMALL_UNIT_CAMERAS} THEN 'few' ELSE 'all' END, at_ms, at_ms, at_ms, at_ms, false, at_ms,
    CASE WHEN n % 4 = 0 THEN jsonb_set(message, '{findings,0,plate,text}', to_jsonb(made_up_plate((1000000 * power(random(), 2))::int)))
      ELSE message #- '{findings,0,plate}' END
  FROM (SELECT n, 1 + n * 7 % ${SEARCH_CAMERAS} AS camera, n * 13 % 2000 AS place,
      ${endMs} - ${SEARCH_DAYS * DAY_MS} + floor(${SEARCH_DAYS * DAY_MS}::float8 * n / ${total}) AS at_ms,
      jsonb_set('${JSON.stringify(template())}', '{findings,0,ruleName}', to_jsonb('Cổng số ' || n % 300)) AS message
    FROM generate_series(${from}, ${to}) n)`;

/** Seeds `total` alerts up to `endMs`; cameras and units of the tracks' measurement and `made_up_plate` must be there. */
export async function seedAlerts(run: RunSql, total: number, endMs: number, onProgress: (share: number) => void): Promise<void> {
  for (let from = 1; from <= total; from += AT_ONCE) {
    const to = Math.min(total, from + AT_ONCE - 1);
    await run(seedSql(from, to, total, endMs));
    onProgress(to / total);
  }
  await run('VACUUM ANALYZE alerts');
}

const place = (random: () => number) => Math.floor(random() * 2000);

/** The searches of alerts that read words and plates. */
export const ALERT_SEARCHES: readonly SearchKind[] = [
  { name: 'newest alerts', query: async () => ({}) },
  { name: 'a word that every alert has', query: async () => ({ text: 'danh sách' }) },
  { name: 'a place', query: async ({ random }) => ({ text: `Ngã tư ${place(random)},` }) },
  { name: 'a place, a unit of 5 cameras', smallUnit: true, query: async ({ random }) => ({ text: `Ngã tư ${place(random)},` }) },
  { name: 'a text that is nowhere', query: async () => ({ text: 'không đâu có' }) },
  { name: 'two characters that are nowhere', query: async () => ({ text: 'zq' }) },
  { name: 'two characters that begin a word', query: async ({ random }) => ({ text: String(10 + Math.floor(random() * 90)) }) },
  { name: 'alert by plate, exact', query: async ({ plate }) => ({ plate: await plate() }) },
  { name: 'alert by plate, begins with 4 characters', query: async ({ plate }) => ({ plate: `${(await plate()).slice(0, 4)}*` }) },
  { name: 'alert by plate, ends with 4 characters', query: async ({ plate }) => ({ plate: `*${(await plate()).slice(-4)}` }) },
  { name: 'alert by plate that is nowhere', query: async () => ({ plate: '99Z88888' }) },
];
