/** How long a class of data is kept, days. */
interface Limits {
  defaultDays: number;
  minDays: number;
  maxDays: number;
}

const YEARS_10 = 3650;

/** Classes of data that the daily job deletes by age, in the order in which it goes through them. */
export const RETENTION_CLASSES = {
  /** Finished tracks, signal states, gaps and revisions in force, by whole UTC days. */
  tracks: { defaultDays: 30, minDays: 1, maxDays: YEARS_10 },
  /** Plates that were read: sightings, and what stands on tracks. */
  plates: { defaultDays: 30, minDays: 1, maxDays: YEARS_10 },
  /** Pictures and clips of what an operator called a false alarm. */
  'false-alarm-evidence': { defaultDays: 30, minDays: 1, maxDays: YEARS_10 },
  /** Pictures and clips of incidents that are over. */
  'incident-evidence': { defaultDays: 180, minDays: 7, maxDays: YEARS_10 },
  /** Alerts that are over and no violation, with all that hangs on them: as long as statistics look back. */
  alerts: { defaultDays: 400, minDays: 30, maxDays: YEARS_10 },
  /** What counting rules told, and the states of cameras: a year and a little, to compare a month with last year's. */
  statistics: { defaultDays: 400, minDays: 31, maxDays: YEARS_10 },
  /** The text of messages to other centres; that they were sent, and the receipt, stays with the alert. */
  'delivery-bodies': { defaultDays: 90, minDays: 7, maxDays: YEARS_10 },
  /** Hand-overs of shifts, drills and marks of cameras that are over, reference pictures of deleted cameras. */
  desk: { defaultDays: 400, minDays: 30, maxDays: YEARS_10 },
  /** Sessions that have ended, failed and broken-off sign-ins, invitations that nobody has used. */
  sessions: { defaultDays: 30, minDays: 1, maxDays: 365 },
} as const satisfies Record<string, Limits>;

export type RetentionClass = keyof typeof RETENTION_CLASSES;

export const RETENTION_CLASS_IDS = Object.keys(RETENTION_CLASSES) as [RetentionClass, ...RetentionClass[]];

/** What no age deletes: by a signed order alone, never, or by somebody else. */
export const KEPT_CLASSES = ['violation-evidence', 'audit', 'recordings'] as const;

export const DAY_MS = 86_400_000;

/** What is older than this (exclusive) goes. Tracks lie in days and go in days. */
export function cutoffOf(retentionClass: RetentionClass, days: number, nowMs: number): number {
  return retentionClass === 'tracks' ? (Math.floor(nowMs / DAY_MS) - days) * DAY_MS : nowMs - days * DAY_MS;
}
