const DAY_MS = 86_400_000;
const ZONE_MS = 7 * 3_600_000;

/** Whole days of Việt Nam (UTC+7) from now until the day, which is the last one: 0 on that day itself. */
export function daysLeft(day: string, nowMs: number): number {
  const today = Math.floor((nowMs + ZONE_MS) / DAY_MS);
  return Math.max(0, Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS) - today);
}
