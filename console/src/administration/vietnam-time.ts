/** Viet Nam has one zone and no summer time. */
const OFFSET = '+07:00';
const OFFSET_MS = 7 * 3_600_000;

/** Start of a day of Viet Nam (`YYYY-MM-DD`), epoch ms. */
export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00${OFFSET}`);

/** A time of Viet Nam as `datetime-local` gives it (`YYYY-MM-DDTHH:mm`), epoch ms. */
export const localTime = (text: string): number => Date.parse(`${text}${OFFSET}`);

/** The day of Viet Nam (`YYYY-MM-DD`) in which a moment lies. */
export const dayOf = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().slice(0, 10);

/** `01/07/2026` of `2026-07-01`, as both languages of the console write it. */
export const dayInWords = (day: string): string => day.split('-').reverse().join('/');
