import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { nearestPicture } from '../ring/ring-fragment.js';
import type { StillCut } from './decode-still.js';

/**
 * Cuts what is needed to decode the picture nearest to `atMs` from fragments in order, as a recording gives them. Null when
 * none lies within `toleranceMs` (inclusive), or its keyframe is not there.
 */
export function cutFrom(fragments: readonly ClipFragment[], atMs: number, toleranceMs: number): StillCut | null {
  let best = -1;
  let bestDistance = toleranceMs;
  fragments.forEach((fragment, index) => {
    const distance = Math.abs(nearestPicture(fragment, atMs).capturedAtMs - atMs);
    if (distance > bestDistance || (distance === bestDistance && best >= 0)) return;
    best = index;
    bestDistance = distance;
  });
  const fragment = fragments[best];
  if (!fragment) return null;
  const picture = nearestPicture(fragment, atMs);
  const holdsKey = ({ media }: ClipFragment) => media.key && (media.samples[0]?.ptsTicks ?? 0) <= picture.sample.ptsTicks;
  for (let first = best; first >= 0 && fragments[first]?.init === fragment.init; first--) {
    if (holdsKey(fragments[first] as ClipFragment)) return { fragments: fragments.slice(first, best + 1), picture };
  }
  return null;
}
