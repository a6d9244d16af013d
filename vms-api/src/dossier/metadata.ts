import { type CameraConfig, certificateState, type SignalState } from '@safecity/contracts';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import type { CitedVersion } from '../cameras/camera-versions.js';
import type { Sql } from '../database/connection.js';

/** State of one signal group at a moment of the evidence. */
interface SignalAt {
  signalId: string;
  name: string;
  state: SignalState | 'unknown';
  /** Since when, capture time; null when it is not known. */
  sinceMs: number | null;
}

async function signalsAt(sql: Sql, cameraId: string, camera: CameraConfig, atMs: number): Promise<SignalAt[]> {
  return Promise.all(
    camera.signals.map(async ({ id, name }): Promise<SignalAt> => {
      const [row] = await sql<{ state: SignalState; from_ms: number }[]>`
        SELECT state, from_ms FROM signal_states WHERE camera_id = ${cameraId} AND signal_id = ${id} AND from_ms <= ${atMs}
          AND from_ms > ${atMs - 86_400_000} ORDER BY from_ms DESC LIMIT 1`;
      return { signalId: id, name, state: row?.state ?? 'unknown', sinceMs: row?.from_ms ?? null };
    }),
  );
}

async function momentsOf(sql: Sql, row: FullAlertRow, camera: CameraConfig | null): Promise<object[]> {
  const stored = new Map(row.evidence.map((still) => [still.moment, still]));
  const moments = row.message.findings.flatMap((finding) => finding.moments);
  return Promise.all(
    moments.map(async ({ name, atMs, note }) => ({
      moment: name,
      wantedAtMs: atMs,
      capturedAtMs: stored.get(name)?.captured_at_ms ?? null,
      sha256: stored.get(name)?.sha256 ?? null,
      note: note ?? null,
      signals: camera ? await signalsAt(sql, camera.id, camera, atMs) : [],
    })),
  );
}

/** What a court would ask for and this dossier cannot say. */
function unknown(row: FullAlertRow, camera: CameraConfig | null): string[] {
  const basis = row.message.findings[0]?.basis;
  return [
    ...(camera ? [] : ['configuration of the camera when the alert was raised']),
    ...(basis ? [] : ['hash of the detector']),
    ...(basis?.cameraClockOffsetMs === undefined ? ["offset of the camera's own clock: it sends no sender reports"] : []),
    ...(camera && !camera.calibration ? ['calibration: the camera has none'] : []),
  ];
}

/**
 * What the evidence rests on: rule and geometry in their version, detector and its hash, signals at the moments, calibration with
 * its certificate where the camera has one, the clock. What is not known is said in `unknown`.
 */
export async function metadataOf(sql: Sql, row: FullAlertRow, version: CitedVersion | null): Promise<object> {
  const camera = version?.config ?? null;
  const { findings } = row.message;
  return {
    format: 'safecity-metadata/1',
    config: version && { revision: findings[0]?.configRevision ?? null, changedBy: version.changedBy, changedAtMs: version.changedAtMs },
    rules: findings.map(({ id, ruleId, ruleName, type, configRevision, basis }) => ({
      ...{ findingId: id, ruleId, ruleName, type, configRevision, basis: basis ?? null },
      settings: camera?.rules.find((rule) => rule.id === ruleId) ?? null,
    })),
    geometry: camera && { zones: camera.zones, lines: camera.lines, lanes: camera.lanes },
    moments: await momentsOf(sql, row, camera),
    calibration: camera?.calibration ?? null,
    certificate: camera?.certificate ?? null,
    certificateState: certificateState(camera?.certificate, row.message.startMs),
    clock: {
      captureTime: "the server's clock (NTP) at arrival, steps between frames from the stream",
      cameraClockOffsetMs: findings[0]?.basis?.cameraClockOffsetMs ?? null,
    },
    derivatives: row.derivatives.map(({ kind, file, sha256, source_sha256, facts }) => ({ kind, file, sha256, of: source_sha256, facts })),
    unknown: unknown(row, camera),
  };
}
