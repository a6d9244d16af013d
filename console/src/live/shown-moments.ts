type CaptureMs = () => number | null;

const shown = new Map<string, CaptureMs>();

/** Says which picture of a camera is on the screen, until the returned function is called. */
export function announceShown(cameraId: string, captureMs: CaptureMs): () => void {
  shown.set(cameraId, captureMs);
  return () => {
    if (shown.get(cameraId) === captureMs) shown.delete(cameraId);
  };
}

/** Capture time of the picture of a camera that is on the screen now, epoch ms; null when none is. */
export const shownMomentOf = (cameraId: string): number | null => shown.get(cameraId)?.() ?? null;
