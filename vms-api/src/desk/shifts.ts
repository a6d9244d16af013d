import { type SiteFacts, shiftStartsOf } from '../site/settings.js';

const DAY_MS = 86_400_000;

/** Minutes since local midnight of `06:00`. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/**
 * When the shift ends that goes on at a moment: the next beginning of a shift in the site's local time, epoch ms, later than it.
 * @throws SafecityError `API_CONFIG_INVALID` for site facts without a shift
 */
export function shiftEnd(site: SiteFacts, atMs: number): number {
  const { zoneOffsetMinutes } = site;
  const offsetMs = zoneOffsetMinutes * 60_000;
  const midnightMs = Math.floor((atMs + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
  const starts = [0, 1].flatMap((day) => shiftStartsOf(site).map((time) => midnightMs + day * DAY_MS + minutesOf(time) * 60_000));
  return Math.min(...starts.filter((startMs) => startMs > atMs));
}
