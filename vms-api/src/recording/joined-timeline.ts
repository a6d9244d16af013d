import { RECORDING_GAP_MS, type RecordingTimeline } from '@safecity/contracts';
import type { AwayStretch } from './recorded-by-workers.js';
import { joined, type Stretch } from './stretches.js';

/** What is missing, and why; `worker-away`: it is held by `workerId`, which does not answer. */
export interface TimelineGap extends Stretch {
  reason: RecordingTimeline['gaps'][number]['reason'] | 'worker-away';
  workerId?: string;
}

/** What all workers together have of a camera. */
export interface JoinedTimeline extends Omit<RecordingTimeline, 'gaps'> {
  gaps: TimelineGap[];
}

/** The parts of a stretch that none of `covered` covers; those that only touch it are kept. */
function uncovered(stretch: Stretch, covered: readonly Stretch[]): Stretch[] {
  return covered.reduce<Stretch[]>(
    (parts, { fromMs, toMs }) =>
      parts.flatMap((part) => {
        if (toMs <= part.fromMs || fromMs >= part.toMs) return [part];
        const before = { fromMs: part.fromMs, toMs: fromMs };
        const after = { fromMs: toMs, toMs: part.toMs };
        return [before, after].filter((rest) => rest.toMs > rest.fromMs);
      }),
    [stretch],
  );
}

/** What is missing in all of them: first by what a worker holds that is away, then by what each says of itself. */
function joinedGaps(gaps: readonly TimelineGap[], spans: readonly Stretch[]): TimelineGap[] {
  const found: TimelineGap[] = [];
  for (const gap of gaps) found.push(...uncovered(gap, [...spans, ...found]).map((part) => ({ ...gap, ...part })));
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

function joinedMotion(parts: readonly RecordingTimeline[]): RecordingTimeline['motion'] {
  const [first, ...others] = parts.flatMap(({ motion }) => (motion ? [motion] : []));
  if (!first) return undefined;
  const most = (step: number) =>
    others.reduce<number | null>((value, { values }) => {
      const other = values[step] ?? null;
      return other === null ? value : Math.max(value ?? 0, other);
    }, first.values[step] ?? null);
  return { stepMs: first.stepMs, values: first.values.map((_, step) => most(step)) };
}

/** The timelines of one camera from several workers, all of the same range and steps, as one; with what lies on workers that are away. */
export function joinTimelines(parts: readonly RecordingTimeline[], away: readonly AwayStretch[], range: Stretch): JoinedTimeline {
  const spans = joined(
    parts.flatMap((part) => part.spans),
    RECORDING_GAP_MS,
  );
  const missed = away.map(
    ({ workerId, fromMs, toMs }): TimelineGap => ({
      ...{ fromMs: Math.max(fromMs, range.fromMs), toMs: Math.min(toMs, range.toMs) },
      ...{ reason: 'worker-away', workerId },
    }),
  );
  const motion = joinedMotion(parts);
  const locks = new Map(parts.flatMap((part) => part.locks).map((lock) => [lock.lockId, lock]));
  return {
    ...range,
    spans,
    gaps: joinedGaps([...missed.filter(({ fromMs, toMs }) => toMs > fromMs), ...parts.flatMap((part) => part.gaps)], spans),
    locks: [...locks.values()].sort((a, b) => a.fromMs - b.fromMs),
    ...(motion ? { motion } : {}),
  };
}

/** One part of an export: of a range, what one worker has that no other gives. */
export interface PlannedPart<Holder> extends Stretch {
  worker: Holder;
}

/** Which worker gives what of a range: each moment once, the first that has it; in order, what follows from the same worker as one. */
export function plannedParts<Holder>(
  held: readonly { worker: Holder; spans: readonly Stretch[] }[],
  range: Stretch,
): PlannedPart<Holder>[] {
  const spans = held.flatMap(({ worker, spans: own }) => own.map(({ fromMs, toMs }) => ({ worker, fromMs, toMs })));
  const parts: PlannedPart<Holder>[] = [];
  let reachedMs = range.fromMs;
  for (const { worker, fromMs, toMs } of spans.sort((a, b) => a.fromMs - b.fromMs)) {
    const endMs = Math.min(toMs, range.toMs);
    if (endMs <= Math.max(fromMs, reachedMs)) continue;
    const last = parts.at(-1);
    if (last?.worker === worker) last.toMs = endMs;
    else parts.push({ worker, fromMs: Math.max(fromMs, reachedMs), toMs: endMs });
    reachedMs = endMs;
  }
  return parts;
}
