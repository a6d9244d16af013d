import type { CameraConfig } from '@safecity/contracts';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import { versionAtRevision } from '../cameras/camera-versions.js';
import type { Queryable } from '../database/connection.js';
import type { PixelBox } from '../masking/picture.js';
import type { Subject } from '../masking/private-regions.js';

/** Whom the alert is about in the picture of a moment: tracks alone, since a zone is nobody. */
export function subjectsAt(alert: FullAlertRow, moment: string, size: { widthPx: number; heightPx: number }): Subject[] {
  return alert.message.findings
    .filter(({ subject }) => subject.kind === 'track')
    .flatMap((finding) => finding.moments.flatMap(({ name, box }) => (name === moment && box ? [{ class: finding.class, box }] : [])))
    .map(({ class: className, box: [x1, y1, x2, y2] }) => ({
      class: className,
      box: [x1 * size.widthPx, y1 * size.heightPx, x2 * size.widthPx, y2 * size.heightPx] as PixelBox,
    }));
}

/** The camera as it was configured when the alert was raised; null when that is not known any more. */
export async function cameraAt(sql: Queryable, alert: FullAlertRow): Promise<CameraConfig | null> {
  if (alert.camera_id === null) return null;
  const version = await versionAtRevision(sql, alert.camera_id, alert.message.findings[0]?.configRevision ?? 0);
  return version?.config ?? null;
}

/** Detectors to be asked for people and vehicles: the camera's own first. */
export function detectorIdsOf(camera: CameraConfig | null): string[] {
  return [...new Set([...(camera ? [camera.detection.modelId] : []), 'nanodet-g', 'yolox-nano'])];
}
