import type { AlertState } from '../api/types.js';
import type { LineCounts, OutcomeRow, UptimeRow } from './use-statistics.js';

/** Below this share of the time watched (exclusive), a step is called unwatched. */
const WATCHED_SHARE = 0.95;

/** How many all of them are. */
export const sum = (rows: LineCounts['rows']) => rows.reduce((total, { count }) => total + count, 0);

/** Counts of each class in each step, most counted class first; nothing where nobody watched. */
export function seriesOf({ steps, rows }: LineCounts, nameOf: (id: string) => string) {
  const classes = [...new Set(rows.map((row) => row.class))].map((id) => ({ id, rows: rows.filter((row) => row.class === id) }));
  return classes
    .sort((a, b) => sum(b.rows) - sum(a.rows))
    .map(({ id, rows: own }) => ({
      label: nameOf(id),
      values: steps.map(({ fromMs, watchedMs }) => (watchedMs === 0 ? null : sum(own.filter((row) => row.fromMs === fromMs)))),
    }));
}

/** True when some step that is over was watched in part only. */
export const isPartlyWatched = ({ steps }: LineCounts, nowMs: number): boolean =>
  steps.some(({ fromMs, toMs, rules, watchedMs }) => rules > 0 && toMs <= nowMs && watchedMs < WATCHED_SHARE * rules * (toMs - fromMs));

/** States of an alert in the order of its life. */
export const STATES: AlertState[] = ['new', 'acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm'];

/** Alerts of each type by state, most first. */
export function byType(rows: readonly OutcomeRow[]): { type: string; total: number; states: { state: AlertState; count: number }[] }[] {
  const types = [...new Set(rows.map(({ type }) => type))].map((type) => {
    const count = (state: AlertState) => rows.reduce((sum, row) => sum + (row.type === type && row.state === state ? row.count : 0), 0);
    const states = STATES.map((state) => ({ state, count: count(state) })).filter((one) => one.count > 0);
    return { type, states, total: states.reduce((sum, one) => sum + one.count, 0) };
  });
  return types.sort((a, b) => b.total - a.total);
}

/** Steps of one camera, with their sums. */
export interface CameraUptime {
  cameraId: string;
  name: string;
  upMs: number;
  downMs: number;
  unknownMs: number;
  /** 0..1 of what is known; null when nothing is. */
  share: number | null;
  steps: UptimeRow[];
}

/** Cameras with their steps; the one that was lost longest first, then the one of which least is known. */
export function perCamera(rows: readonly UptimeRow[]): CameraUptime[] {
  const cameras = new Map<string, CameraUptime>();
  for (const row of rows) {
    const { cameraId, cameraName: name } = row;
    const camera = cameras.get(cameraId) ?? { cameraId, name, upMs: 0, downMs: 0, unknownMs: 0, share: null, steps: [] };
    camera.upMs += row.upMs;
    camera.downMs += row.downMs;
    camera.unknownMs += row.unknownMs;
    camera.steps.push(row);
    cameras.set(cameraId, camera);
  }
  const all = [...cameras.values()];
  for (const camera of all) camera.share = camera.upMs + camera.downMs === 0 ? null : camera.upMs / (camera.upMs + camera.downMs);
  return all.sort((a, b) => b.downMs - a.downMs || b.unknownMs - a.unknownMs);
}
