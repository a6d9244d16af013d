import { RECORDING_GAP_MS } from '@safecity/contracts';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import type { GopRing } from '../ring/gop-ring.js';

/** A stretch of one camera's video in order: what can be decoded from its first fragment on. */
export interface Span {
  fragments: ClipFragment[];
  /** Stretches without a picture inside it, epoch ms. */
  gaps: { fromMs: number; toMs: number }[];
}

const firstMs = ({ captureTimesMs }: ClipFragment) => Math.min(...captureTimesMs);
const lastMs = ({ captureTimesMs }: ClipFragment) => Math.max(...captureTimesMs);

/** The fragments of a ring whose pictures lie in `fromMs`..`toMs` (inclusive), with those back to the keyframe before. */
export function ringFragments(ring: GopRing, fromMs: number, toMs: number): ClipFragment[] {
  const found: ClipFragment[] = [];
  for (let at = ring.oldest; at && at.firstCaptureMs <= toMs; at = ring.bySequence(at.sequence + 1)) found.push(at);
  return fromKeyframe(found, fromMs);
}

/** Leaves out what comes before the last keyframe at or before `fromMs`; before the first keyframe when there is none. */
export function fromKeyframe(fragments: readonly ClipFragment[], fromMs: number): ClipFragment[] {
  const before = fragments.findLastIndex((fragment) => fragment.media.key && (fragment.captureTimesMs[0] ?? 0) <= fromMs);
  const start = before >= 0 ? before : fragments.findIndex(({ media }) => media.key);
  return start < 0 ? [] : fragments.slice(start);
}

/**
 * The part of the fragments that can stand in one file: those of the same parameter sets as the picture nearest to
 * `aboutMs`, without the pictures of an open group that need what came before.
 */
export function playableSpan(fragments: readonly ClipFragment[], aboutMs: number): Span | null {
  const distance = (fragment: ClipFragment) => Math.max(firstMs(fragment) - aboutMs, aboutMs - lastMs(fragment), 0);
  let centre = 0;
  fragments.forEach((fragment, index) => {
    if (distance(fragment) < distance(fragments[centre] as ClipFragment)) centre = index;
  });
  const wanted = fragments[centre]?.init;
  if (!wanted) return null;
  const same = ({ init }: ClipFragment) => init === wanted || init.data.equals(wanted.data);
  let from = centre;
  while (from > 0 && same(fragments[from - 1] as ClipFragment)) from--;
  let to = centre;
  while (to + 1 < fragments.length && same(fragments[to + 1] as ClipFragment)) to++;
  const span = withoutLeading(fromKeyframe(fragments.slice(from, to + 1), Number.NEGATIVE_INFINITY));
  return span.length > 0 ? { fragments: span, gaps: gapsOf(span) } : null;
}

function gapsOf(fragments: readonly ClipFragment[]): Span['gaps'] {
  const gaps: Span['gaps'] = [];
  let reachedMs = Number.POSITIVE_INFINITY;
  for (const fragment of fragments) {
    if (firstMs(fragment) - reachedMs > RECORDING_GAP_MS) gaps.push({ fromMs: reachedMs, toMs: firstMs(fragment) });
    reachedMs = lastMs(fragment);
  }
  return gaps;
}

/** Pictures shown before the first keyframe refer to a group that is not there. */
function withoutLeading(fragments: readonly ClipFragment[]): ClipFragment[] {
  const key = fragments[0]?.media.samples[0];
  if (!key) return [];
  let open = true;
  return fragments.flatMap((fragment, index) => {
    if (index > 0 && fragment.media.key) open = false;
    if (!open || fragment.media.samples.every(({ ptsTicks }) => ptsTicks >= key.ptsTicks)) return [fragment];
    const kept = fragment.media.samples.map((sample, at) => ({ sample, captureMs: fragment.captureTimesMs[at] as number }));
    const shown = kept.filter(({ sample }) => sample.ptsTicks >= key.ptsTicks);
    if (shown.length === 0) return [];
    const media = { ...fragment.media, samples: shown.map(({ sample }) => sample) };
    return [{ init: fragment.init, media, captureTimesMs: shown.map(({ captureMs }) => captureMs) }];
  });
}
