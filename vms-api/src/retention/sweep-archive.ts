import type { Transaction } from '../database/connection.js';
import { dropOldestDay, oldestDay, tidyArchive } from '../tracks/day-partitions.js';
import { forgetTrackPlates, lockTrackPlates } from '../tracks/track-plates.js';
import type { Batch, Preview, Sweep } from './batch.js';

const AT_ONCE = 5000;
const DAY_MS = 86_400_000;

const none = { files: 0, alertIds: [] };

/** A day of the archive at a time, each as a whole; then what lies in no partitions. */
export const trackSweep: Sweep = {
  async batch(transaction, beforeMs): Promise<Batch | null> {
    const dropped = await dropOldestDay(transaction, beforeMs);
    if (dropped)
      return { ...none, lines: dropped.lines, items: dropped.tracks, oldestMs: dropped.fromMs, newestMs: dropped.fromMs + DAY_MS - 1 };
    const lines = await tidyArchive(transaction, beforeMs);
    return lines.length === 0 ? null : { ...none, lines, items: 0, oldestMs: null, newestMs: null };
  },
  async preview(sql, beforeMs): Promise<Preview> {
    const fromMs = await oldestDay(sql);
    if (fromMs === null || fromMs >= beforeMs) return { items: 0, oldestMs: null, newestMs: null };
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(first_ms) AS "oldestMs", max(first_ms) AS "newestMs" FROM tracks WHERE first_ms < ${beforeMs}`;
    return row as Preview;
  },
};

/** A line per UTC day: how many, and the hash of which, so that where a vehicle was is not kept by saying that it is forgotten. */
async function forgetSome(transaction: Transaction, beforeMs: number) {
  return transaction<{ line: string; items: number; oldest: number; newest: number }[]>`
    WITH gone AS (
      DELETE FROM plate_sightings WHERE (camera_id, track_id) IN (
        SELECT camera_id, track_id FROM plate_sightings WHERE at_ms < ${beforeMs} ORDER BY at_ms LIMIT ${AT_ONCE})
      RETURNING camera_id, track_id, at_ms)
    SELECT to_char(to_timestamp(floor(at_ms / 86400000) * 86400) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || ' ' || count(*) || ' '
        || encode(sha256(convert_to(string_agg(camera_id || '/' || track_id, E'\n' ORDER BY camera_id, track_id), 'UTF8')), 'hex') AS line,
      count(*) AS items, min(at_ms) AS oldest, max(at_ms) AS newest
    FROM gone GROUP BY floor(at_ms / 86400000) ORDER BY 1`;
}

/** Sightings of plates, and the plates that stand on tracks; the tracks stay. */
export const plateSweep: Sweep = {
  async batch(transaction, beforeMs) {
    await lockTrackPlates(transaction, 'tracks');
    const days = await forgetSome(transaction, beforeMs);
    const onTracks = await forgetTrackPlates(transaction, beforeMs);
    const lines = [...days.map(({ line }) => line), ...(onTracks > 0 ? [`plates on tracks ${onTracks}`] : [])];
    if (lines.length === 0) return null;
    const [oldest, newest] = [days.map((day) => day.oldest), days.map((day) => day.newest)];
    const times = days.length === 0 ? { oldestMs: null, newestMs: null } : { oldestMs: Math.min(...oldest), newestMs: Math.max(...newest) };
    return { ...none, lines, items: days.reduce((sum, { items }) => sum + items, 0) + onTracks, ...times };
  },
  async preview(sql, beforeMs) {
    const [row] = await sql<Preview[]>`
      SELECT count(*) AS items, min(at_ms) AS "oldestMs", max(at_ms) AS "newestMs" FROM plate_sightings WHERE at_ms < ${beforeMs}`;
    return row as Preview;
  },
};
