import type { CameraConfig } from '@safecity/contracts';

/** A view that a camera is used to, as its configuration has it. */
export interface WantedView {
  /** The preset whose view it is; null: the only view of a camera without presets. */
  presetId: string | null;
  /** What people call it; empty for an only view. */
  name: string;
  /** What its reference belongs to: with another key the reference is void. */
  key: string;
  /** Capture times at which it may be learnt, epoch ms; from inclusive, until exclusive. */
  learnFromMs: number;
  learnUntilMs: number;
}

type ViewParts = Pick<CameraConfig, 'source' | 'zones' | 'lines' | 'presets' | 'privacyMasks'>;

/** What somebody said of where the camera stands holds no longer than this. */
const TEACH_MS = 5 * 60_000;

/**
 * The views of a camera. Without presets there is one, learnt whenever it is not known; redrawn zones, other
 * privacy masks and another source make its reference void. That of a preset is learnt after somebody said that the camera
 * stands there, and void when that is said again, or with other masks or another source: redrawn zones leave it alone,
 * because nobody knows where the camera stood then.
 */
export function wantedViews(camera: ViewParts): WantedView[] {
  const { source, zones, lines, presets, privacyMasks = [] } = camera;
  const masks = privacyMasks.length > 0 ? [privacyMasks.map(({ polygon }) => polygon)] : [];
  if (!presets || presets.length === 0) {
    const key = JSON.stringify([
      source.url,
      source.detectUrl,
      zones.map(({ polygon }) => polygon),
      lines.map(({ a, b }) => [a, b]),
      ...masks,
    ]);
    return [{ presetId: null, name: '', key, learnFromMs: Number.NEGATIVE_INFINITY, learnUntilMs: Number.POSITIVE_INFINITY }];
  }
  return presets.map(({ id, name, taughtAtMs }) => {
    const fromMs = taughtAtMs ?? Number.POSITIVE_INFINITY;
    // Whoever teaches another preset has turned the camera.
    const next = presets.flatMap((other) => (other.taughtAtMs !== undefined && other.taughtAtMs > fromMs ? other.taughtAtMs : []));
    return {
      presetId: id,
      name,
      key: JSON.stringify([source.url, source.detectUrl, id, taughtAtMs, ...masks]),
      learnFromMs: fromMs,
      learnUntilMs: Math.min(fromMs + TEACH_MS, ...next),
    };
  });
}
