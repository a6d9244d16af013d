import type { ScriptSource, Signal, SignalSourceKind, SignalState } from '@safecity/contracts';
import { type SignalMemory, spanAt } from './signal-memory.js';

/** Why a state cannot be relied on: the two sources differ at this moment, or one of them says nothing. */
export type SignalDoubt = 'apart' | 'unchecked';

/** State of one signal group at one moment. */
export interface SignalMoment {
  state: SignalState;
  /** Capture time by which it was surely in this state without a break, epoch ms. */
  sinceMs: number;
  /** The change into the state was seen, or told by who made it; else it may have lasted far longer. */
  isChangeSeen: boolean;
  /** 0..1, as its source says. */
  confidence: number;
  source: SignalSourceKind;
  doubt: SignalDoubt | null;
  /** An officer directs the traffic, or the controller is worked by hand. */
  byHand: boolean;
}

/** Signals of a camera as they were up to now, by id; scripted ones are not in it. */
export type SignalMemories = Readonly<Record<string, SignalMemory>>;

/**
 * State of a signal at capture time `atMs`, and since when: the one place where rules learn it. A scripted signal is
 * computed, any other remembered; what lies before the memory, or in a hole of the video, is `unknown`.
 */
export function signalStateAt(signal: Signal, memories: SignalMemories, atMs: number): SignalMoment {
  const byHand = (signal.officerDirected ?? []).some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
  const { source } = signal;
  if (source.kind === 'script')
    return { ...scriptStateAt(source, atMs), isChangeSeen: true, confidence: 1, source: 'script', doubt: null, byHand };
  const span = spanAt(memories[signal.id], atMs);
  if (!span) return { state: 'unknown', sinceMs: atMs, isChangeSeen: false, confidence: 0, source: source.kind, doubt: null, byHand };
  return {
    state: span.state,
    sinceMs: span.sinceMs ?? span.fromMs,
    isChangeSeen: span.sinceMs !== null,
    confidence: span.confidence,
    source: span.source,
    doubt: span.doubt,
    byHand: byHand || span.manual,
  };
}

/**
 * A scripted signal repeats its cycle from `epochMs` on, also backwards. Neighbouring phases of one state count as one
 * (across the cycle's seam too), so the time in state is what a driver sees. A phase begins inclusively and ends
 * exclusively. A script of one state only has been in it since `epochMs`, or since the moment asked about when that is
 * earlier.
 */
function scriptStateAt({ cycle, epochMs }: ScriptSource, atMs: number): { state: SignalState; sinceMs: number } {
  const totalMs = cycle.reduce((sum, phase) => sum + phase.durationMs, 0);
  const offsetMs = (((atMs - epochMs) % totalMs) + totalMs) % totalMs;
  let index = 0;
  let phaseStartMs = 0;
  while (index < cycle.length - 1 && offsetMs >= phaseStartMs + (cycle[index]?.durationMs ?? 0)) {
    phaseStartMs += cycle[index]?.durationMs ?? 0;
    index++;
  }
  const state = cycle[index]?.state ?? 'unknown';
  if (cycle.every((phase) => phase.state === state)) return { state, sinceMs: Math.min(epochMs, atMs) };
  let sinceMs = atMs - offsetMs + phaseStartMs;
  for (let back = 1; back < cycle.length; back++) {
    const earlier = cycle[(index - back + cycle.length) % cycle.length];
    if (!earlier || earlier.state !== state) break;
    sinceMs -= earlier.durationMs;
  }
  return { state, sinceMs };
}
