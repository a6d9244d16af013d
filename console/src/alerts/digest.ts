import type { Alert } from '../api/types.js';
import { isEscalated } from './next-step.js';

/** Medium and low alerts an hour that a desk is interrupted for one by one (inclusive); this is the one place that sets it. */
export const INTERRUPTIONS_PER_HOUR = 6;

const HOUR_MS = 3_600_000;

/** True for alerts that may wait: critical, high and escalated ones always stand alone. */
function mayWait(alert: Alert): boolean {
  return (alert.severity === 'medium' || alert.severity === 'low') && !isEscalated(alert);
}

/**
 * Ids of the alerts that do not interrupt: of medium or low severity, when `perHour` or more such alerts came within the
 * hour before it. An alert's place follows from those before it alone, so that it never changes by itself as time goes by.
 * @param alerts newest first
 */
export function gatheredIds(alerts: readonly Alert[], perHour = INTERRUPTIONS_PER_HOUR): ReadonlySet<string> {
  const waiting = alerts.filter(mayWait);
  const gathered = waiting.filter(({ raisedAtMs }, index) => {
    const before = waiting[index + perHour];
    return before !== undefined && raisedAtMs - before.raisedAtMs < HOUR_MS;
  });
  return new Set(gathered.map(({ id }) => id));
}

/** What the row at the foot of the list says. */
export interface Digest {
  count: number;
  /** When the oldest was raised, epoch ms; null when that was within the last hour. */
  sinceMs: number | null;
  /** How many of each type, the most frequent first. */
  byType: { type: string; count: number }[];
}

/** Sums alerts up; null when there are none. */
export function digestOf(alerts: readonly Alert[], nowMs: number): Digest | null {
  if (alerts.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { type } of alerts) counts.set(type, (counts.get(type) ?? 0) + 1);
  const byType = [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
  const oldestMs = Math.min(...alerts.map(({ raisedAtMs }) => raisedAtMs));
  return { count: alerts.length, sinceMs: nowMs - oldestMs < HOUR_MS ? null : oldestMs, byType };
}
