import type { Alert, CameraFlag } from '../api/types.js';

/** A mark on a camera, as it is shown: set by a person, or by an open grave alert. */
export type ShownFlag = Pick<CameraFlag, 'id' | 'cameraId' | 'source' | 'reason' | 'alert' | 'setBy' | 'fromMs' | 'untilMs'>;

function markOf(alert: Alert): ShownFlag[] {
  const { id, cameraId, type, severity, reason, raisedAtMs } = alert;
  if (cameraId === null || !alert.flagsCamera) return [];
  return [
    { id, cameraId, source: 'alert', reason: reason.text, alert: { type, severity }, setBy: null, fromMs: raisedAtMs, untilMs: null },
  ];
}

/**
 * Marks by camera, the newest first. Those of people come from the list and end to the second by themselves; those of alerts
 * come from the alerts, which are told as they change.
 */
export function flagsByCamera(listed: readonly ShownFlag[], alerts: readonly Alert[], nowMs: number): Map<string, ShownFlag[]> {
  const byPeople = listed.filter(({ source, untilMs }) => source === 'person' && (untilMs === null || untilMs > nowMs));
  const all = [...byPeople, ...alerts.flatMap(markOf)].sort((a, b) => b.fromMs - a.fromMs || (a.id < b.id ? -1 : 1));
  const byCamera = new Map<string, ShownFlag[]>();
  for (const flag of all) byCamera.set(flag.cameraId, [...(byCamera.get(flag.cameraId) ?? []), flag]);
  return byCamera;
}

/**
 * Flagged cameras first. The one marked longest leads, so that a new mark moves none of those that were marked before; the
 * others follow in their order.
 */
export function flaggedFirst<Item extends { camera: { id: string } }>(items: readonly Item[], flags: Map<string, ShownFlag[]>): Item[] {
  const sinceMs = ({ camera }: Item) => flags.get(camera.id)?.at(-1)?.fromMs ?? Number.POSITIVE_INFINITY;
  const flagged = items.filter(({ camera }) => flags.has(camera.id)).sort((a, b) => sinceMs(a) - sinceMs(b));
  return [...flagged, ...items.filter(({ camera }) => !flags.has(camera.id))];
}
