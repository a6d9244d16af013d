import { DateTime } from 'luxon';

const ZONE = 'Asia/Ho_Chi_Minh';

/** The day in Viet Nam, `YYYY-MM-DD`, in which a moment lies. */
export function dayOf(atMs: number): string {
  return DateTime.fromMillis(atMs, { zone: ZONE }).toISODate() as string;
}

/** The day `days` calendar days after the day of `atMs` in Viet Nam, `YYYY-MM-DD`; that day is the last of the time limit. */
export function lastDay(atMs: number, days: number): string {
  return DateTime.fromMillis(atMs, { zone: ZONE }).plus({ days }).toISODate() as string;
}

/** `09 giờ 05 phút 07 giây, ngày 28/11/2026`, in Viet Nam. */
export function timeInWords(atMs: number): string {
  return DateTime.fromMillis(atMs, { zone: ZONE }).toFormat("HH 'giờ' mm 'phút' ss 'giây, ngày' dd/MM/yyyy");
}

/** `28/11/2026` of `2026-11-28`. */
export function dayInWords(day: string): string {
  return DateTime.fromISO(day, { zone: ZONE }).toFormat('dd/MM/yyyy');
}

/** Day, month and year in Viet Nam. */
export function dayParts(atMs: number): { day: string; month: string; year: number } {
  const local = DateTime.fromMillis(atMs, { zone: ZONE });
  return { day: local.toFormat('dd'), month: local.toFormat('MM'), year: local.year };
}
