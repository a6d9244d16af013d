import type { Schedule } from '@safecity/contracts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Every change of a zone's offset in the last fifty years fell on such a step. */
const OFFSET_STEP_MS = 15 * MINUTE_MS;

/** A moment on the wall clock: day since 1970-01-01 in local time, and minute of that day. */
interface LocalTime {
  day: number;
  minute: number;
}

/** Reads the wall clock of a time zone. Asking `Intl` costs far more than a rule, so the offset is kept for its quarter of an hour. */
function localClock(timeZone: string): (atMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  let step = Number.NaN;
  let offsetMs = 0;
  const offsetAt = (atMs: number): number => {
    const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  };
  return (atMs) => {
    const asked = Math.floor(atMs / OFFSET_STEP_MS);
    if (asked !== step) {
      step = asked;
      offsetMs = offsetAt(atMs);
    }
    const minutes = Math.floor((atMs + offsetMs) / MINUTE_MS);
    const day = Math.floor(minutes / DAY_MINUTES);
    return { day, minute: minutes - day * DAY_MINUTES };
  };
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** ISO weekday of a day since 1970-01-01, which was a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/**
 * Tells of capture times whether a rule is on. A window begins inclusively and ends exclusively; one that ends at or
 * before its beginning runs over midnight and belongs to the day on which it began. What the wall clock shows counts: an
 * hour that is repeated in autumn is in the window twice, one that is left out in spring never.
 */
export function scheduleClock(schedule: Schedule | undefined): (atMs: number) => boolean {
  if (!schedule) return () => true;
  const clock = localClock(schedule.timeZone);
  const windows = schedule.windows.map(({ days, from, to }) => ({
    isDay: (day: number) => days === undefined || days.includes(weekdayOf(day)),
    from: minuteOf(from),
    to: minuteOf(to),
  }));
  return (atMs) => {
    const { day, minute } = clock(atMs);
    return windows.some(({ isDay, from, to }) => {
      if (to > from) return isDay(day) && minute >= from && minute < to;
      return (isDay(day) && minute >= from) || (isDay(day - 1) && minute < to);
    });
  };
}
