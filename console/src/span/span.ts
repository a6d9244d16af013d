/** A stretch of time: from inclusive, to exclusive, epoch ms. */
export interface Span {
  fromMs: number;
  toMs: number;
}

export const RANGES = ['today', 'yesterday', '7-days', '30-days', 'custom'] as const;
/** Stretches of time that people ask for by name. */
export type Range = (typeof RANGES)[number];

const DAY_MS = 86_400_000;
/** Viet Nam is seven hours ahead of UTC all year. */
const ZONE_MS = 7 * 3_600_000;

/** Midnight in Viet Nam at or before a moment. */
export const dayStart = (atMs: number): number => Math.floor((atMs + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS;

/** `2026-11-28T13:05`, the clock in Viet Nam, as an input for date and time shows it. */
export const localTime = (atMs: number): string => new Date(atMs + ZONE_MS).toISOString().slice(0, 16);

/** What stands in such an input as a moment; null while it is not filled in. */
export function momentOf(local: string): number | null {
  const atMs = Date.parse(`${local}Z`) - ZONE_MS;
  return Number.isFinite(atMs) ? atMs : null;
}

/** The stretch that a query names: by its range, or by `from` and `to`; today when it says neither. */
export function spanOf(query: URLSearchParams, nowMs: number): Span {
  const midnight = dayStart(nowMs);
  const end = midnight + DAY_MS;
  switch (query.get('range')) {
    case 'yesterday':
      return { fromMs: midnight - DAY_MS, toMs: midnight };
    case '7-days':
      return { fromMs: midnight - 6 * DAY_MS, toMs: end };
    case '30-days':
      return { fromMs: midnight - 29 * DAY_MS, toMs: end };
    case 'custom': {
      const fromMs = momentOf(query.get('from') ?? '') ?? midnight;
      const toMs = momentOf(query.get('to') ?? '') ?? end;
      return { fromMs, toMs: Math.max(toMs, fromMs + 60_000) };
    }
    default:
      return { fromMs: midnight, toMs: end };
  }
}

/** The range that a query names. */
export const rangeOf = (query: URLSearchParams, fallback: Range = 'today'): Range =>
  RANGES.find((range) => range === query.get('range')) ?? fallback;
