import type { VideoFacts } from '@safecity/ingest';

/** A file may end this much before its header says, ms: the last picture has a length too, and headers round. */
const TOLERANCE_MS = 2000;

/** A sentence when a file gave pictures up to `lastPtsMs` only, though its header promises more; undefined when it is whole. */
export function cutShort(path: string, facts: VideoFacts, lastPtsMs: number): string | undefined {
  if (facts.durationMs - lastPtsMs <= Math.max(TOLERANCE_MS, facts.durationMs * 0.05)) return undefined;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return `${path} is damaged: it ends at ${seconds(lastPtsMs)} s of ${seconds(facts.durationMs)} s; what is there was used`;
}
