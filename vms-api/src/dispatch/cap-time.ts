const pad = (value: number): string => String(value).padStart(2, '0');

/** A time as CAP wants it, `2026-11-22T19:20:05+07:00`: local time with its offset, whole seconds (rounded down). */
export function capTime(epochMs: number, zoneOffsetMinutes: number): string {
  const local = new Date(Math.floor(epochMs / 1000) * 1000 + zoneOffsetMinutes * 60_000).toISOString().slice(0, 19);
  const offset = Math.abs(zoneOffsetMinutes);
  return `${local}${zoneOffsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(offset / 60))}:${pad(offset % 60)}`;
}
