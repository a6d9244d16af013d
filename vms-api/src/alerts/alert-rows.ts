import type { AlertKind, EvidenceMoment, Finding, ReservedCrop } from '@safecity/contracts';
import type { DerivativeRow } from '../derivatives/derivative-rows.js';
import { alertFlagsCamera } from './alert-flag.js';
import { type AlertRecord, isOfItsCamera, momentsOf } from './alert-record.js';
import type { Alert, AlertClip, AlertDerivative, AlertEvidence, AlertState, Dispatch } from './alert-schemas.js';
import { listedStill } from './listed-still.js';

/** A row of `alerts`. */
export interface AlertRow {
  id: string;
  event_id: number;
  revision: number;
  state: AlertState;
  /** Null, as its name, when it was opened by hand and no camera sees it. */
  camera_id: string | null;
  camera_name: string | null;
  place: string | null;
  unit_id: string;
  kind: AlertKind;
  raised_at_ms: number;
  acknowledged_by: string | null;
  acknowledged_at_ms: number | null;
  confirmed_at_ms: number | null;
  dispatched_at_ms: number | null;
  resolved_at_ms: number | null;
  assignee: string | null;
  escalation_level: number;
  escalated_at_ms: number | null;
  /** Who opened it by hand; null: rules found it. */
  opened_by: string | null;
  /** A case of traffic police rests on it. */
  has_case: boolean;
  message: AlertRecord;
}

/** A crop as stored: `file` is its name in the evidence store. */
export interface StoredCrop extends ReservedCrop {
  sizeBytes: number;
}

export interface EvidenceRow {
  moment: string;
  file: string;
  captured_at_ms: number;
  width_px: number;
  height_px: number;
  size_bytes: number;
  sha256: string;
  sha1: string;
  crop: StoredCrop | null;
}

export interface ClipRow {
  name: string;
  file: string;
  from_ms: number;
  to_ms: number;
  duration_ms: number;
  codec: string;
  width_px: number;
  height_px: number;
  size_bytes: number;
  gaps: { fromMs: number; toMs: number }[];
  sha256: string;
  masked: boolean;
}

/** The row with what hangs on it. */
export interface FullAlertRow extends AlertRow {
  evidence: EvidenceRow[];
  clips: ClipRow[];
  derivatives: DerivativeRow[];
  evidence_failed: { moment: string; reason: string }[];
  dispatches: Dispatch[];
}

function fineableOf(findings: Finding[]): Alert['fineable'] {
  const verdicts = findings.flatMap((finding) => (finding.fineable ? [finding.fineable] : []));
  if (verdicts.length === 0) return null;
  const reasons = new Map(verdicts.flatMap((verdict) => verdict.reasons).map((reason) => [reason.vi, reason]));
  return { value: verdicts.every((verdict) => verdict.value), reasons: [...reasons.values()] };
}

/** The files of a picture, each with its hash and a name: the still and its crop. */
export function filesOf({ moment, file, sha256, crop }: EvidenceRow): { file: string; sha256: string; moment: string }[] {
  return [{ file, sha256, moment }, ...(crop ? [{ file: crop.file, sha256: crop.sha256, moment: `${moment}-crop` }] : [])];
}

function cropOf({ file, box, widthPx, heightPx, sha256 }: StoredCrop, alertId: string): AlertEvidence['crop'] {
  return { url: `/api/v1/alerts/${alertId}/evidence/${file}`, box, widthPx, heightPx, sha256 };
}

function evidenceOf(row: EvidenceRow, alertId: string, moments: EvidenceMoment[]): AlertEvidence {
  const moment = moments.find((candidate) => candidate.name === row.moment);
  return {
    moment: row.moment,
    url: `/api/v1/alerts/${alertId}/evidence/${row.file}`,
    capturedAtMs: row.captured_at_ms,
    widthPx: row.width_px,
    heightPx: row.height_px,
    sha256: row.sha256,
    box: moment?.box ?? null,
    note: moment?.note ?? null,
    crop: row.crop ? cropOf(row.crop, alertId) : null,
  };
}

function clipOf(row: ClipRow, alertId: string): AlertClip {
  return {
    name: row.name,
    url: `/api/v1/alerts/${alertId}/clips/${row.file}`,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    durationMs: row.duration_ms,
    codec: row.codec,
    sizeBytes: row.size_bytes,
    gaps: row.gaps,
    sha256: row.sha256,
    masked: row.masked,
  };
}

function derivativeOf(row: DerivativeRow, alertId: string): AlertDerivative {
  return {
    kind: row.kind,
    url: `/api/v1/alerts/${alertId}/${row.file.endsWith('.mp4') ? 'clips' : 'evidence'}/${row.file}`,
    ofSha256: row.source_sha256,
    widthPx: row.width_px,
    heightPx: row.height_px,
    sha256: row.sha256,
    madeAtMs: row.made_at_ms,
  };
}

function byHandOf({ opened_by, message }: FullAlertRow): Alert['byHand'] {
  if (!message.byHand) return null;
  const { source, location = null, moments, earlier = [] } = message.byHand;
  return {
    ...{ openedBy: opened_by ?? 'unknown', source, location, moments: moments.map(({ name }) => name) },
    earlier: earlier.map(({ untilMs: _untilMs, ...camera }) => camera),
  };
}

/** The alert as operators see it. */
export function alertOf(row: FullAlertRow): Alert {
  const alert = shownOf(row);
  return { ...alert, flagsCamera: alertFlagsCamera(alert) };
}

function shownOf(row: FullAlertRow): Omit<Alert, 'flagsCamera'> {
  const { message } = row;
  const moments = momentsOf(message);
  return {
    id: row.id,
    eventId: row.event_id,
    state: row.state,
    kind: message.kind,
    type: message.type,
    severity: message.severity,
    cameraId: row.camera_id,
    cameraName: row.camera_name,
    place: row.place,
    startMs: message.startMs,
    updatedMs: message.updatedMs,
    endMs: message.endMs ?? null,
    ongoing: message.phase !== 'closed',
    raisedAtMs: row.raised_at_ms,
    confidence: message.confidence ?? null,
    simulated: message.simulated,
    reason: message.reason,
    fineable: fineableOf(message.findings),
    findings: message.findings,
    evidence: row.evidence.map((evidence) => evidenceOf(evidence, row.id, moments)),
    listedStill: listedStill(message, row.evidence)?.moment ?? null,
    clips: row.clips.map((clip) => clipOf(clip, row.id)),
    derivatives: row.derivatives.map((derivative) => derivativeOf(derivative, row.id)),
    evidenceFailed: row.evidence_failed.filter(({ moment }) => isOfItsCamera(message, moment)),
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAtMs: row.acknowledged_at_ms,
    confirmedAtMs: row.confirmed_at_ms,
    dispatchedAtMs: row.dispatched_at_ms,
    resolvedAtMs: row.resolved_at_ms,
    assignee: row.assignee,
    escalationLevel: row.escalation_level,
    escalatedAtMs: row.escalated_at_ms,
    dispatches: row.dispatches,
    byHand: byHandOf(row),
    drill: message.byHand?.drill ?? null,
    mergedInto: message.mergedInto ?? null,
    attached: message.attached ?? [],
  };
}
