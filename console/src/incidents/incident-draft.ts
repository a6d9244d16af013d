import type { Alert, CorrectionBody, IncidentBody } from '../api/types.js';

/** What is typed about an incident, whether it is opened or corrected. */
export interface IncidentTold {
  type: IncidentBody['type'];
  severity: IncidentBody['severity'];
  place: string;
  coordinates: string;
  description: string;
}

/** What is typed to open one. */
export interface IncidentDraft extends IncidentTold {
  unitId: string;
  /** Id of the drill that it is part of; empty: it is real. */
  drillId: string;
}

/** `10.7725, 106.698` as coordinates; null when it is none. */
export function coordinatesOf(text: string): { latitude: number; longitude: number } | null {
  const match = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(text);
  if (!match) return null;
  const [latitude, longitude] = [Number(match[1]), Number(match[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** The request that opens it; `id` makes a repeat of the request open no second one. */
export function incidentBody(draft: IncidentDraft, of: { id: string; cameraId: string | null; seenAtMs: number }): IncidentBody {
  const { type, severity, unitId, drillId } = draft;
  const [place, description] = [draft.place.trim(), draft.description.trim()];
  const location = coordinatesOf(draft.coordinates);
  return {
    ...{ id: of.id, type, severity, description, seenAtMs: of.seenAtMs },
    ...(of.cameraId === null ? { source: 'phone-call', unitId } : { source: 'seen', cameraId: of.cameraId }),
    ...(place === '' ? {} : { place }),
    ...(location ? { location } : {}),
    ...(drillId === '' ? {} : { drillId }),
  };
}

/** What is typed to correct one. */
export interface IncidentCorrection extends IncidentTold {
  /** Empty: no camera sees it. */
  cameraId: string;
  reason: string;
}

/** An incident as it can be corrected. */
export function toldOf({ type, severity, place, reason, byHand, cameraId }: Alert): Omit<IncidentCorrection, 'reason'> {
  const at = byHand?.location;
  return {
    ...{ type: type as IncidentBody['type'], severity, place: place ?? '', description: reason.text.vi, cameraId: cameraId ?? '' },
    coordinates: at ? `${at.latitude}, ${at.longitude}` : '',
  };
}

/** The request that corrects it: what differs from how it is, and why. What was emptied is taken back. */
export function correctionBody(draft: IncidentCorrection, alert: Alert): CorrectionBody {
  const [before, after] = [toldOf(alert), { ...draft, place: draft.place.trim(), description: draft.description.trim() }];
  const differs = (field: keyof typeof before) => before[field] !== after[field];
  return {
    reason: draft.reason.trim(),
    ...(differs('type') ? { type: after.type } : {}),
    ...(differs('severity') ? { severity: after.severity } : {}),
    ...(differs('description') ? { description: after.description } : {}),
    ...(differs('cameraId') ? { cameraId: after.cameraId === '' ? null : after.cameraId } : {}),
    ...(differs('place') ? { place: after.place === '' ? null : after.place } : {}),
    ...(differs('coordinates') ? { location: coordinatesOf(after.coordinates) } : {}),
  };
}
