import type { Box, Point } from '@safecity/contracts';
import type { EvidenceRow, FullAlertRow } from '../alerts/alert-rows.js';
import { listedStill } from '../alerts/listed-still.js';
import type { Sql } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { decodePicture } from '../masking/picture.js';
import { pathPoints } from '../tracks/path-bytes.js';
import type { MadeFile } from './derivative-rows.js';
import { type MaskedCopies, readOriginal } from './masked-copies.js';
import { type Drawn, drawOverview, geometryOfRule } from './overview-drawing.js';
import { cameraAt } from './subjects.js';

/** Point of a box that stands on the road. */
const foot = ([x1, , x2, y2]: Box): Point => [(x1 + x2) / 2, y2];

function clock(ms: number): string {
  const part = (style: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh', ...style }).format(ms);
  return `${part({ timeStyle: 'medium' })},${String(Math.floor(ms) % 1000).padStart(3, '0')} ${part({ dateStyle: 'short' })}`;
}

/** The subject's path in the archive of tracks; its boxes at the moments while the archive does not have it. */
async function pathOf(
  sql: Sql,
  { camera_id, message }: FullAlertRow,
): Promise<{ points: { atMs: number; point: Point }[]; archived: boolean }> {
  const [finding] = message.findings;
  if (!finding) return { points: [], archived: false };
  const rows = await sql<{ first_ms: number; points: Buffer }[]>`
    SELECT first_ms, points FROM track_paths WHERE camera_id = ${camera_id} AND track_id = ANY(${finding.trackIds})
      AND first_ms <= ${finding.raisedAtMs} AND last_ms >= ${finding.startMs} ORDER BY first_ms LIMIT 20`;
  const points = rows.flatMap(({ first_ms, points: bytes }) =>
    pathPoints(bytes).map(([ms, x1, y1, x2, y2]) => ({ atMs: first_ms + ms, point: foot([x1, y1, x2, y2]) })),
  );
  if (points.length > 1) return { points, archived: true };
  const moments = finding.moments.flatMap(({ atMs, box }) => (box ? [{ atMs, point: foot(box) }] : []));
  return { points: moments.sort((a, b) => a.atMs - b.atMs), archived: false };
}

function drawnPath({ points, archived }: Awaited<ReturnType<typeof pathOf>>): Drawn[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return [];
  const from = archived ? '' : ' (từ các ảnh / from the stills)';
  return [
    {
      kind: 'track',
      points: points.map(({ point }) => point),
      label: `Đường đi / Track${from}: ${clock(first.atMs)} → ${clock(last.atMs)}`,
    },
  ];
}

function drawnSubject([x1, y1, x2, y2]: Box, still: EvidenceRow): Drawn {
  const corners: Point[] = [
    [x1, y1],
    [x2, y1],
    [x2, y2],
    [x1, y2],
  ];
  return { kind: 'subject', points: corners, label: `Đối tượng / Subject: ${clock(still.captured_at_ms)}` };
}

/**
 * The listed still of an alert with the rule's geometry, the subject's path and its box drawn in, over the masked copy so that
 * everybody may see it. Null when it shows no subject.
 * @throws SafecityError `API_MASK_UNAVAILABLE`
 */
export async function makeOverview(
  parts: { sql: Sql; files: EvidenceFiles; maskedCopies: MaskedCopies },
  alert: FullAlertRow,
): Promise<MadeFile | null> {
  const still = listedStill(alert.message, alert.evidence);
  const [finding] = alert.message.findings;
  const box = finding?.moments.find(({ name }) => name === still?.moment)?.box;
  if (!still || !finding || !box) return null;
  const masked = await parts.maskedCopies.of(alert, still, still.file);
  const picture = await decodePicture(await readOriginal(parts.files, alert.id, masked));
  const camera = await cameraAt(parts.sql, alert);
  const path = await pathOf(parts.sql, alert);
  const drawn = [...(camera ? geometryOfRule(camera, finding.ruleId) : []), ...drawnPath(path), drawnSubject(box, still)];
  const head = `${alert.camera_name} · ${finding.ruleName} · ${clock(still.captured_at_ms)} (UTC+7)`;
  const { bytes, heightPx } = await drawOverview(picture, drawn, head);
  const { file, sha256 } = still;
  const facts = { maskedSha256: masked.sha256, configRevision: finding.configRevision, archived: path.archived, drawn };
  return {
    kind: 'overview',
    source: { file, sha256 },
    name: `${still.moment}-overview`,
    extension: 'jpg',
    bytes,
    widthPx: picture.widthPx,
    heightPx,
    facts,
  };
}
