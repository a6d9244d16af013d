/** `2026-11-28_19-30-05`, local time. */
const local = (ms: number, zoneOffsetMinutes: number): string =>
  new Date(ms + zoneOffsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');

/** Name of a file of recorded video: the camera and its times in the zone of the site. */
export function exportName(
  cameraId: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  zoneOffsetMinutes: number,
  ending: string,
): string {
  return `${cameraId}_${local(fromMs, zoneOffsetMinutes)}_${local(toMs, zoneOffsetMinutes)}.${ending}`;
}
