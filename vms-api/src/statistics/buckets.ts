export const BUCKETS = ['hour', 'day', 'week'] as const;
/** How long the steps of a statistic are. */
export type Bucket = (typeof BUCKETS)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Viet Nam is seven hours ahead of UTC all year. */
const ZONE_MS = 7 * HOUR_MS;
/** 1970-01-05 was a Monday. */
const MONDAY_MS = 4 * DAY_MS;

/** Length of each step and how far its borders lie after multiples of that length, in UTC. */
const STEPS: Record<Bucket, { lengthMs: number; shiftMs: number }> = {
  hour: { lengthMs: HOUR_MS, shiftMs: 0 },
  day: { lengthMs: DAY_MS, shiftMs: DAY_MS - ZONE_MS },
  week: { lengthMs: 7 * DAY_MS, shiftMs: MONDAY_MS - ZONE_MS },
};

/** Most steps of one statistic: a year of days, a month of hours. */
export const MOST_STEPS: Record<Bucket, number> = { hour: 31 * 24, day: 400, week: 110 };

/** Beginning of the step in which a moment lies; hours, days and weeks (from Monday) of the clock in Viet Nam. */
export function bucketStart(atMs: number, bucket: Bucket): number {
  const { lengthMs, shiftMs } = STEPS[bucket];
  return Math.floor((atMs - shiftMs) / lengthMs) * lengthMs + shiftMs;
}

/** The steps that a span touches, each cut to it: inclusive to exclusive, in order. */
export function stepsOf({ fromMs, toMs }: { fromMs: number; toMs: number }, bucket: Bucket): { fromMs: number; toMs: number }[] {
  const steps: { fromMs: number; toMs: number }[] = [];
  for (let startMs = bucketStart(fromMs, bucket); startMs < toMs; startMs += STEPS[bucket].lengthMs)
    steps.push({ fromMs: Math.max(startMs, fromMs), toMs: Math.min(startMs + STEPS[bucket].lengthMs, toMs) });
  return steps;
}

/** What the database needs to put moments into steps. */
export const stepOf = (bucket: Bucket) => STEPS[bucket];
