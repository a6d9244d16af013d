/** The stretch of time that the timeline shows, epoch ms. */
export interface TimeView {
  fromMs: number;
  toMs: number;
}

export const DAY_MS = 86_400_000;
const SHORTEST_MS = 60_000;
/** Viet Nam is 7 hours ahead of UTC all year. */
export const ZONE_MS = 7 * 3_600_000;
const STEPS_MS = [5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600].map((seconds) => seconds * 1000);
const LEAST_TICK_PX = 90;

export const xOf = (ms: number, { fromMs, toMs }: TimeView, widthPx: number): number => ((ms - fromMs) / (toMs - fromMs)) * widthPx;

export const msAt = (x: number, { fromMs, toMs }: TimeView, widthPx: number): number => fromMs + (x / widthPx) * (toMs - fromMs);

/** Nothing is shown beyond the present but a tenth of the view. */
function bounded(fromMs: number, lengthMs: number, nowMs: number): TimeView {
  const latestMs = nowMs + lengthMs / 10 - lengthMs;
  const from = Math.min(fromMs, latestMs);
  return { fromMs: from, toMs: from + lengthMs };
}

/** Shows `factor` times as much, between a minute and a day, with `aboutMs` staying where it is. */
export function zoomed({ fromMs, toMs }: TimeView, factor: number, aboutMs: number, nowMs: number): TimeView {
  const lengthMs = Math.min(DAY_MS, Math.max(SHORTEST_MS, (toMs - fromMs) * factor));
  const share = (aboutMs - fromMs) / (toMs - fromMs);
  return bounded(aboutMs - share * lengthMs, lengthMs, nowMs);
}

/** Moves by a time; negative shows what was earlier. */
export const moved = ({ fromMs, toMs }: TimeView, byMs: number, nowMs: number): TimeView => bounded(fromMs + byMs, toMs - fromMs, nowMs);

/** The same length about a moment. */
export const centred = ({ fromMs, toMs }: TimeView, ms: number, nowMs: number): TimeView =>
  bounded(ms - (toMs - fromMs) / 2, toMs - fromMs, nowMs);

/** Moments at which the time is written, at full local hours, minutes ...; `stepMs` apart. */
export function ticksOf({ fromMs, toMs }: TimeView, widthPx: number): { stepMs: number; ticksMs: number[] } {
  const leastMs = ((toMs - fromMs) * LEAST_TICK_PX) / Math.max(widthPx, LEAST_TICK_PX);
  const stepMs = STEPS_MS.find((step) => step >= leastMs) ?? DAY_MS;
  const first = Math.ceil((fromMs + ZONE_MS) / stepMs) * stepMs - ZONE_MS;
  const ticksMs: number[] = [];
  for (let ms = first; ms <= toMs; ms += stepMs) ticksMs.push(ms);
  return { stepMs, ticksMs };
}

/** `2026-11-28T13:05:10` of Viet Nam, as an input of type datetime-local takes and gives it. */
export const localText = (ms: number): string => new Date(ms + ZONE_MS).toISOString().slice(0, 19);

/** The moment that such a text means; null for what is none. */
export function msOfLocal(text: string): number | null {
  const ms = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
  return Number.isNaN(ms) ? null : ms - ZONE_MS;
}
