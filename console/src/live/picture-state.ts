/** A picture this old is no longer called fresh, ms. */
export const STALE_AFTER_MS = 3000;

/** What decides what a tile may say about its picture. */
export interface PictureFacts {
  /** Plays a recording. */
  simulated: boolean;
  /** The camera is switched on in its configuration. */
  enabled: boolean;
  /** The browser cannot play the stream: stills are shown. */
  stills: boolean;
  /** Capture time of the picture on the screen, epoch ms; null before the first. */
  shownCaptureMs: number | null;
  /** The server's time, epoch ms. */
  nowMs: number;
}

/** What a tile says: which label, and how old the picture is when it is old (ms), else null. */
export interface PictureState {
  label: 'live' | 'simulated' | 'stills' | 'stale' | 'noPicture' | 'switchedOff';
  staleMs: number | null;
}

/**
 * Decides the label of a tile. Two promises: a recording never says "live", and a picture of 3 s or more never looks
 * fresh.
 */
export function pictureState(facts: PictureFacts): PictureState {
  const { shownCaptureMs } = facts;
  const ageMs = shownCaptureMs === null ? null : facts.nowMs - shownCaptureMs;
  const staleMs = ageMs !== null && ageMs >= STALE_AFTER_MS ? ageMs : null;
  if (!facts.enabled) return { label: 'switchedOff', staleMs };
  if (facts.simulated) return { label: 'simulated', staleMs };
  if (staleMs !== null) return { label: 'stale', staleMs };
  if (ageMs === null) return { label: 'noPicture', staleMs };
  return { label: facts.stills ? 'stills' : 'live', staleMs };
}
