import type { Box } from '@safecity/contracts';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import type { Queryable } from '../database/connection.js';
import type { Subject } from '../masking/private-regions.js';
import type { Size } from '../masking/tiles.js';
import { pathPoints } from '../tracks/path-bytes.js';

/** Where a subject was at a time, 0..1. */
interface SeenAt {
  atMs: number;
  box: Box;
}

/** Between points that lie further apart nobody knows where it was. */
const LONGEST_GAP_MS = 1000;
/** So far from the only point that is known. */
const AROUND_MS = 120;

/** The box at a time, on the line between the points around it; null where none is near. Points in order of time. */
export function boxAt(points: readonly SeenAt[], atMs: number): Box | null {
  const after = points.findIndex((point) => point.atMs >= atMs);
  const [a, b] = [points[(after < 0 ? points.length : after) - 1], after < 0 ? undefined : points[after]];
  if (a && b && b.atMs - a.atMs <= LONGEST_GAP_MS) {
    const share = (atMs - a.atMs) / (b.atMs - a.atMs);
    return a.box.map((side, index) => side + ((b.box[index] as number) - side) * share) as Box;
  }
  const near = [a, b].find((point) => point && Math.abs(point.atMs - atMs) <= AROUND_MS);
  return near?.box ?? null;
}

async function archivedPoints(
  sql: Queryable,
  cameraId: string,
  trackId: string,
  span: { fromMs: number; toMs: number },
): Promise<SeenAt[]> {
  const rows = await sql<{ first_ms: number; points: Buffer }[]>`
    SELECT first_ms, points FROM track_paths WHERE camera_id = ${cameraId} AND track_id = ${trackId}
      AND first_ms <= ${span.toMs} AND first_ms > ${span.fromMs - 3_600_000} AND last_ms >= ${span.fromMs} ORDER BY first_ms LIMIT 20`;
  return rows.flatMap(({ first_ms, points }) =>
    pathPoints(points).map(([ms, x1, y1, x2, y2]) => ({ atMs: first_ms + ms, box: [x1, y1, x2, y2] as Box })),
  );
}

/**
 * Whom the alert is about at each time of a clip: tracks alone, since a zone is nobody. From the archive of tracks; while that has not
 * got the path, at the moments of the findings alone. Where nothing is known, the subject is hidden as everybody is.
 * @returns capture time, epoch ms → subjects in pixels
 */
export async function subjectsOverTime(
  sql: Queryable,
  alert: FullAlertRow,
  span: { fromMs: number; toMs: number },
  { widthPx, heightPx }: Size,
): Promise<(atMs: number) => Subject[]> {
  const paths: { class: Subject['class']; points: SeenAt[] }[] = [];
  for (const { subject, moments, class: className } of alert.message.findings) {
    if (subject.kind !== 'track') continue;
    const archived = alert.camera_id === null ? [] : await archivedPoints(sql, alert.camera_id, subject.id, span);
    const seen = moments.flatMap(({ atMs, box }) => (box ? [{ atMs, box }] : [])).sort((a, b) => a.atMs - b.atMs);
    paths.push({ class: className, points: archived.length > 1 ? archived : seen });
  }
  return (atMs) =>
    paths.flatMap(({ class: className, points }) => {
      const box = boxAt(points, atMs);
      if (!box) return [];
      const [x1, y1, x2, y2] = box;
      return [{ class: className, box: [x1 * widthPx, y1 * heightPx, x2 * widthPx, y2 * heightPx] as const }];
    });
}
