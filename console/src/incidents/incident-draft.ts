import type { IncidentBody } from '../api/types.js';

/** What is typed about an incident. */
export interface IncidentDraft {
  type: IncidentBody['type'];
  severity: IncidentBody['severity'];
  place: string;
  coordinates: string;
  unitId: string;
  description: string;
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
