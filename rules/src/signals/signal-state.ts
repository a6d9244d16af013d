import type { Signal, SignalState } from '@safecity/contracts';

/** State of one signal group at one moment. */
export interface SignalReading {
  state: SignalState;
  /** Capture time at which it entered this state, epoch ms. */
  sinceMs: number;
  /** True when the state comes from a script: nothing that rests on it can be fined. */
  simulated: boolean;
}

/**
 * State of a signal at capture time `atMs`, and since when.
 *
 * A scripted signal repeats its cycle from `epochMs` on, also backwards. Neighbouring phases of one state count as one
 * (across the cycle's seam too), so the time in state is what a driver sees. A phase begins inclusively and ends
 * exclusively. A script of one state only has been in it since `epochMs`, or since the moment asked about when that is
 * earlier.
 */
export function signalStateAt(signal: Signal, atMs: number): SignalReading {
  const { cycle, epochMs } = signal.source;
  const totalMs = cycle.reduce((sum, phase) => sum + phase.durationMs, 0);
  const offsetMs = (((atMs - epochMs) % totalMs) + totalMs) % totalMs;
  let index = 0;
  let phaseStartMs = 0;
  while (index < cycle.length - 1 && offsetMs >= phaseStartMs + (cycle[index]?.durationMs ?? 0)) {
    phaseStartMs += cycle[index]?.durationMs ?? 0;
    index++;
  }
  const state = cycle[index]?.state ?? 'unknown';
  if (cycle.every((phase) => phase.state === state)) return { state, sinceMs: Math.min(epochMs, atMs), simulated: true };
  let sinceMs = atMs - offsetMs + phaseStartMs;
  for (let back = 1; back < cycle.length; back++) {
    const earlier = cycle[(index - back + cycle.length) % cycle.length];
    if (!earlier || earlier.state !== state) break;
    sinceMs -= earlier.durationMs;
  }
  return { state, sinceMs, simulated: true };
}
