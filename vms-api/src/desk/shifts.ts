import { DEFAULT_SHIFT_STARTS, type SiteFacts } from '../site/settings.js';

const DAY_MS = 86_400_000;

/** Minutes since local midnight of `06:00`. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** When the shift ends that goes on at a moment: the next beginning of a shift in the site's local time, epoch ms, later than it. */
export function shiftEnd({ zoneOffsetMinutes, shiftStarts = DEFAULT_SHIFT_STARTS }: SiteFacts, atMs: number): number {
  const offsetMs = zoneOffsetMinutes * 60_000;
  const midnightMs = Math.floor((atMs + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
  const starts = [0, 1].flatMap((day) => shiftStarts.map((time) => midnightMs + day * DAY_MS + minutesOf(time) * 60_000));
  return Math.min(...starts.filter((startMs) => startMs > atMs));
}
