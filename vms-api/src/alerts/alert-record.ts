import type { AlertMessage, AlertTypeId, EvidenceMoment } from '@safecity/contracts';

/** How somebody who opened an incident by hand came to know of it. */
export const HAND_SOURCES = ['seen', 'phone-call'] as const;
export type HandSource = (typeof HAND_SOURCES)[number];

/** WGS 84, degrees. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

/** A camera that was named by mistake and has been corrected. */
export interface EarlierCamera {
  cameraId: string;
  cameraName: string;
  /** Names of the pictures that were asked of it. */
  moments: string[];
  /** When it was corrected, epoch ms. */
  untilMs: number;
}

/** What an incident that was opened by hand has beside what rules tell of one. */
export interface OpenedByHand {
  source: HandSource;
  /** Where it is, when that is known better than where the camera stands. */
  location?: Coordinates;
  /** Its place in words as a person told it; absent: where the camera stands. */
  place?: string;
  /** Pictures that are set aside; none without a camera. */
  moments: EvidenceMoment[];
  /** Cameras that were named by mistake, oldest first. */
  earlier?: EarlierCamera[];
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

/** Name of the moment to which a picture, its crop or a clip belongs. */
export const momentOfFile = (name: string): string => name.replace(/^clip-/, '').replace(/-crop$/, '');

/** True unless a picture, crop or clip comes from a camera that was named by mistake: that shows something else. */
export function isOfItsCamera({ byHand }: AlertRecord, moment: string): boolean {
  return !byHand || byHand.moments.some(({ name }) => name === momentOfFile(moment));
}
