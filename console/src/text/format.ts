import type { Language } from './language.js';

const ZONE = 'Asia/Ho_Chi_Minh';
const LOCALE: Record<Language, string> = { vi: 'vi-VN', en: 'en-GB' };

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatted(ms: number, language: Language, options: Intl.DateTimeFormatOptions): string {
  const key = language + JSON.stringify(options);
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(LOCALE[language], { timeZone: ZONE, hourCycle: 'h23', ...options });
    formatters.set(key, formatter);
  }
  return formatter.format(ms);
}

/** `13:51:32`, time of day in Viet Nam whatever the workstation's zone. */
export function timeOfDay(ms: number, language: Language): string {
  return formatted(ms, language, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** `13:51:32,480`: time of day to the millisecond, as evidence is compared. */
export function preciseTime(ms: number, language: Language): string {
  return formatted(ms, language, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
}

/** `23/11/2026` in Viet Nam. */
export function dateOf(ms: number, language: Language): string {
  return formatted(ms, language, { day: '2-digit', month: '2-digit', year: 'numeric' });
}

/** `13:51` in Viet Nam. */
export function hourAndMinute(ms: number, language: Language): string {
  return formatted(ms, language, { hour: '2-digit', minute: '2-digit' });
}

/** `23/11` in Viet Nam. */
export function dayAndMonth(ms: number, language: Language): string {
  return dateOf(ms, language).slice(0, 5);
}

/** Day of the week and date, `Thứ Hai, 23/11/2026`. */
export function weekdayAndDate(ms: number, language: Language): string {
  const weekday = formatted(ms, language, { weekday: 'long' });
  return `${weekday}, ${dateOf(ms, language)}`;
}

/** Time of day, with the date before it when that is not today. */
export function moment(ms: number, nowMs: number, language: Language): string {
  const time = timeOfDay(ms, language);
  return dateOf(ms, language) === dateOf(nowMs, language) ? time : `${dateOf(ms, language)} ${time}`;
}

/** A number as the language writes it, with at most `digits` decimals. */
export function number(value: number, language: Language, digits = 1): string {
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(value);
}

const UNITS: Record<Language, { second: string; minute: string; hour: string }> = {
  vi: { second: 'giây', minute: 'phút', hour: 'giờ' },
  en: { second: 's', minute: 'min', hour: 'h' },
};

/** `12 giây`, `2 phút 05 giây`, `1 giờ 02 phút`: whole seconds, rounded down; negative counts as nothing. */
export function duration(ms: number, language: Language): string {
  const unit = UNITS[language];
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} ${unit.second}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${unit.minute} ${two(seconds % 60)} ${unit.second}`;
  return `${Math.floor(seconds / 3600)} ${unit.hour} ${two(Math.floor((seconds % 3600) / 60))} ${unit.minute}`;
}

const COARSE_FROM_MS = 600_000;

/** As `duration`, but whole minutes from ten minutes on: a list that ticks every second draws the eye for nothing. */
export function coarseDuration(ms: number, language: Language): string {
  if (ms < COARSE_FROM_MS || ms >= 3_600_000) return duration(ms, language);
  return `${Math.floor(ms / 60_000)} ${UNITS[language].minute}`;
}

/** `45 giây`, `3 phút`, `1 giờ 02 phút`: for a label on the picture, which has room for one figure. */
export function roughDuration(ms: number, language: Language): string {
  if (ms < 60_000 || ms >= 3_600_000) return duration(ms, language);
  return `${Math.floor(ms / 60_000)} ${UNITS[language].minute}`;
}

/** `1,8 Mb/s`, `640 kb/s`. */
export function bitRate(bps: number, language: Language): string {
  return bps >= 1e6 ? `${number(bps / 1e6, language)} Mb/s` : `${number(bps / 1e3, language, 0)} kb/s`;
}

/** `+34 ms`, `−1,2 s`: a difference of clocks with its sign. */
export function clockDifference(ms: number, language: Language): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  return size < 1000 ? `${sign}${number(size, language, 0)} ms` : `${sign}${number(size / 1000, language)} s`;
}

/** `82 %` of a share 0..1. */
export function percent(share: number, language: Language): string {
  return `${number(share * 100, language, 0)} %`;
}
