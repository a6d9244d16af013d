/** A stretch of capture time, both ends inclusive, epoch ms. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** Stretches that meet, overlap, or lie no further apart than `apartMs` (inclusive) as one, in order of beginning. */
export function joined(stretches: readonly Stretch[], apartMs = 0): Stretch[] {
  const found: Stretch[] = [];
  for (const { fromMs, toMs } of [...stretches].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = found.at(-1);
    if (last && fromMs - last.toMs <= apartMs) last.toMs = Math.max(last.toMs, toMs);
    else found.push({ fromMs, toMs });
  }
  return found;
}
