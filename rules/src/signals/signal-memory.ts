import type { DetectionsFrame, Signal, SignalReading, SignalSourceKind, SignalState } from '@safecity/contracts';

/** A stretch of frames that say the same of a signal. Plain JSON. */
export interface SignalSpan {
  /** Capture time of the first and of the newest frame of it. */
  fromMs: number;
  lastMs: number;
  state: SignalState;
  /** By when it was surely in the state; null when the change was not seen. */
  sinceMs: number | null;
  /** Least confidence of its frames. */
  confidence: number;
  source: Exclude<SignalSourceKind, 'script'>;
  doubt: 'apart' | 'unchecked' | null;
  manual: boolean;
}

/** What the pipeline remembers of one signal that is no script. Plain JSON. */
export interface SignalMemory {
  /** Oldest first, at most `MOST_SPANS`. */
  spans: SignalSpan[];
  /** Since when its two sources differ without a break, and what the second says; null while they agree or one is silent. */
  apart: { sinceMs: number; checkState: SignalState } | null;
}

/** Some ten cycles with a few doubts: a vehicle that stands at a signal for longer is a matter of its own. */
const MOST_SPANS = 64;
/** A state holds for the time between two frames up to this (inclusive): the longest step of an idle camera. */
const HOLDS_MS = 15_000;
/** How long two sources may differ at a change before that counts (exclusive). */
const DEFAULT_TOLERANCE_MS = 1500;
/** Between yellow and red a look or two may show neither (inclusive). */
const UNREAD_MS = 1000;

type Fused = Omit<SignalSpan, 'fromMs' | 'lastMs'> & { checkState?: SignalState };

function readingOf(frame: DetectionsFrame, signal: Signal, kind: SignalSourceKind | undefined): SignalReading | null {
  const reading = frame.signals?.find(({ signalId, source }) => signalId === signal.id && source === kind);
  return reading && reading.state !== 'unknown' ? reading : null;
}

/**
 * Puts the sources of a signal together: the first counts, the second only when the first says nothing. Where both are
 * configured, one alone leaves a doubt, and so do two that differ.
 */
function fuse(signal: Signal, frame: DetectionsFrame): Fused {
  const first = readingOf(frame, signal, signal.source.kind);
  const second = readingOf(frame, signal, signal.check?.kind);
  const reading = first ?? second;
  const fallback = signal.source.kind === 'controller' ? 'controller' : 'picture';
  if (!reading) return { state: 'unknown', sinceMs: null, confidence: 0, source: fallback, doubt: null, manual: false };
  const isApart = first !== null && second !== null && first.state !== second.state;
  return {
    state: reading.state,
    sinceMs: reading.sinceMs ?? null,
    confidence: reading.confidence,
    source: reading.source,
    doubt: isApart ? 'apart' : signal.check && !(first && second) ? 'unchecked' : null,
    manual: first?.manual === true || second?.manual === true,
    ...(isApart ? { checkState: second.state } : {}),
  };
}

function isSame(span: SignalSpan, fused: Fused): boolean {
  const { state, sinceMs, source, doubt, manual } = span;
  return state === fused.state && sinceMs === fused.sinceMs && source === fused.source && doubt === fused.doubt && manual === fused.manual;
}

/** Takes the readings of one frame in; forgets signals that are gone. Mutates `memories`. */
export function rememberSignals(memories: Record<string, SignalMemory>, signals: readonly Signal[], frame: DetectionsFrame): void {
  const nowMs = frame.capturedAtMs;
  const remembered = signals.filter(({ source }) => source.kind !== 'script');
  for (const id of Object.keys(memories)) if (!remembered.some((signal) => signal.id === id)) delete memories[id];
  for (const signal of remembered) {
    const memory = memories[signal.id] ?? { spans: [], apart: null };
    memories[signal.id] = memory;
    const { checkState, ...fused } = fuse(signal, frame);
    memory.apart = checkState === undefined ? null : { sinceMs: memory.apart?.sinceMs ?? nowMs, checkState };
    const newest = memory.spans.at(-1);
    if (newest && isSame(newest, fused) && nowMs - newest.lastMs <= HOLDS_MS) {
      newest.lastMs = nowMs;
      newest.confidence = Math.min(newest.confidence, fused.confidence);
      continue;
    }
    memory.spans.push({ fromMs: nowMs, lastMs: nowMs, ...fused });
    if (memory.spans.length > MOST_SPANS) memory.spans.shift();
  }
}

/** The span in force at a time; undefined before the memory and in a hole of the video. A state holds until a frame shows another. */
export function spanAt(memory: SignalMemory | undefined, atMs: number): SignalSpan | undefined {
  const span = memory?.spans.findLast(({ fromMs }) => fromMs <= atMs);
  return span && atMs - span.lastMs <= HOLDS_MS ? span : undefined;
}

/** How long the sources of a signal have differed, when that is longer than a change explains. */
export function disagreement(signal: Signal, memory: SignalMemory | undefined, nowMs: number): { apartMs: number; sinceMs: number } | null {
  if (!memory?.apart) return null;
  const { sinceMs } = memory.apart;
  const apartMs = nowMs - sinceMs;
  return apartMs > (signal.toleranceMs ?? DEFAULT_TOLERANCE_MS) ? { apartMs, sinceMs } : null;
}

/**
 * Yellow that was seen right before the red in force at `atMs`, ms from its beginning to the beginning of the red; null
 * when another state, or for more than a look or two none that could be read, lies between.
 */
export function yellowBefore(memory: SignalMemory | undefined, atMs: number): number | null {
  const spans = memory?.spans.filter(({ fromMs }) => fromMs <= atMs) ?? [];
  const redMs = spans.at(-1)?.sinceMs;
  if (redMs == null) return null;
  const at = spans.findLastIndex(({ state, fromMs }) => fromMs < redMs && state !== 'unknown');
  const before = spans[at];
  if (before?.state !== 'yellow') return null;
  const unreadMs = spans.slice(at + 1).reduce((sum, { state, fromMs, lastMs }) => (state === 'unknown' ? sum + lastMs - fromMs : sum), 0);
  return unreadMs > UNREAD_MS ? null : redMs - (before.sinceMs ?? before.fromMs);
}

/** Spans that reach into a stretch of time, both ends inclusive. */
export function spansBetween(memory: SignalMemory | undefined, fromMs: number, toMs: number): readonly SignalSpan[] {
  const spans = memory?.spans ?? [];
  return spans.filter((span, index) => span.fromMs <= toMs && (spans[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) > fromMs);
}
