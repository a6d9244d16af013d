import { jsonb, type Queryable } from '../database/connection.js';
import { failure } from '../server/failure.js';

/** How this site presents itself to others. */
export interface SiteFacts {
  /** CAP `sender`: no spaces, commas, `<` or `&`. */
  sender: string;
  senderName: { vi: string; en: string };
  /** Offset of local time from UTC, minutes; Vietnam is 420. */
  zoneOffsetMinutes: number;
  /** For whom messages of scope Restricted are. */
  restriction: string;
  /** When shifts begin, local time `HH:MM`; default 06:00, 14:00, 22:00. */
  shiftStarts?: readonly string[];
}

/** When shifts begin unless the site says otherwise. */
const DEFAULT_SHIFT_STARTS: readonly string[] = ['06:00', '14:00', '22:00'];

/** What a site is until it is provisioned. */
export const DEFAULT_SITE: SiteFacts = {
  sender: 'safecity.local',
  senderName: { vi: 'Safecity – trung tâm điều hành', en: 'Safecity operations centre' },
  zoneOffsetMinutes: 420,
  restriction: 'Emergency operations centre only',
};

const LOCAL_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** When shifts begin. @throws SafecityError `API_CONFIG_INVALID`: no shift would ever end */
export function shiftStartsOf({ shiftStarts = DEFAULT_SHIFT_STARTS }: SiteFacts): readonly string[] {
  const wrong = shiftStarts.length === 0 ? shiftStarts : shiftStarts.find((time) => !LOCAL_TIME.test(time));
  if (wrong === undefined) return shiftStarts;
  throw failure(
    'API_CONFIG_INVALID',
    500,
    `site facts: shiftStarts: give one time HH:MM or more, or leave it out; found ${JSON.stringify(wrong)}`,
  );
}

interface Settings {
  publicUrl: string;
  site: SiteFacts;
}

export async function storeSetting<K extends keyof Settings>(sql: Queryable, key: K, value: Settings[K]): Promise<void> {
  await sql`INSERT INTO settings (key, value) VALUES (${key}, ${jsonb(sql, value)}) ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
}

export async function readSetting<K extends keyof Settings>(sql: Queryable, key: K): Promise<Settings[K] | null> {
  const rows = await sql<{ value: Settings[K] }[]>`SELECT value FROM settings WHERE key = ${key}`;
  return rows[0]?.value ?? null;
}
