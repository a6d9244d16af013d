import type { AlertMessage, AlertTypeId, EvidenceMoment } from '@safecity/contracts';

/** How somebody who opened an incident by hand came to know of it. */
export const HAND_SOURCES = ['seen', 'phone-call'] as const;
export type HandSource = (typeof HAND_SOURCES)[number];

/** WGS 84, degrees. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

/** What an incident that was opened by hand has beside what rules tell of one. */
export interface OpenedByHand {
  source: HandSource;
  /** Where it is, when that is known better than where the camera stands. */
  location?: Coordinates;
  /** Pictures that are set aside; none without a camera. */
  moments: EvidenceMoment[];
  /** The drill that it is part of. */
  drill?: { id: string; name: string };
}

/** What is kept of an alert: as rules told it, or as a person opened it. */
export type AlertRecord = Omit<AlertMessage, 'type' | 'cameraId' | 'confidence'> & {
  type: AlertTypeId;
  /** Absent when it was opened by hand and no camera sees it. */
  cameraId?: string;
  /** Score of the detector; absent when a person told it. */
  confidence?: number;
  byHand?: OpenedByHand;
};

/** Every picture that the alert speaks of. */
export function momentsOf({ findings, byHand }: AlertRecord): EvidenceMoment[] {
  return [...findings.flatMap(({ moments }) => moments), ...(byHand?.moments ?? [])];
}

/** When the alert was first raised: capture time of what rules found, or when somebody saw it. */
export function raisedAtMsOf({ findings, startMs }: AlertRecord): number {
  return findings.length === 0 ? startMs : Math.min(...findings.map(({ raisedAtMs }) => raisedAtMs));
}
