import { jsonb, type Queryable } from '../database/connection.js';

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
export const DEFAULT_SHIFT_STARTS: readonly string[] = ['06:00', '14:00', '22:00'];

/** What a site is until it is provisioned. */
export const DEFAULT_SITE: SiteFacts = {
  sender: 'safecity.local',
  senderName: { vi: 'Safecity – trung tâm điều hành', en: 'Safecity operations centre' },
  zoneOffsetMinutes: 420,
  restriction: 'Emergency operations centre only',
};

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
