const HOUR_MS = 3_600_000;
/** Less time than this says nothing about an hour. */
const LEAST_MS = 60_000;

/** What this reviewer has decided on this page. */
export interface Rate {
  decided: number;
  /** Of the last hour or, until then, what an hour would give at this pace; null in the first minute. */
  perHour: number | null;
}

/**
 * @param decidedAtMs times of decisions, ascending
 * @param sinceMs when the page was opened
 */
export function rateOf(decidedAtMs: readonly number[], sinceMs: number, nowMs: number): Rate {
  const recent = decidedAtMs.filter((at) => at > nowMs - HOUR_MS).length;
  const spanMs = Math.min(HOUR_MS, nowMs - sinceMs);
  return { decided: decidedAtMs.length, perHour: spanMs < LEAST_MS ? null : Math.round((recent * HOUR_MS) / spanMs) };
}
