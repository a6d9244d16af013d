import type { CameraConfig, SignalReading, SignalState } from '@safecity/contracts';
import { rememberSignals, type SignalMemory } from '../signals/signal-memory.js';
import { aFrame, T0 } from './scene.js';

/** One stretch of a source's states: from when on, ms after the scene's beginning, and what else the reading says. */
export type Stretch = [fromMs: number, state: SignalState, extra?: Partial<SignalReading>];

/** A signal read from the picture, with a controller beside it when wanted. */
export const PICTURE = { kind: 'picture', lamps: [{ state: 'red', region: [0.1, 0.1, 0.2, 0.2] }] } as const;
export const CONTROLLER = { kind: 'controller', controllerId: 'c-1', group: 'g1' } as const;

/** What a source says at a time: each state is known since its stretch began, the first since nobody knows when. */
export function readingAt(stretches: readonly Stretch[], atMs: number, source: SignalReading['source'] = 'picture'): SignalReading {
  const index = stretches.findLastIndex(([fromMs]) => fromMs <= atMs);
  const [fromMs, state, extra] = stretches[index] ?? [0, 'unknown' as const];
  const isSeen = index > 0 && state !== 'unknown';
  return { signalId: 'north', source, state, confidence: 0.9, ...(isSeen ? { sinceMs: T0 + fromMs } : {}), ...extra };
}

/** Memories as the pipeline has them after the frames from 0 to `untilMs`, one every `stepMs`. */
export function memoriesAt(
  signals: CameraConfig['signals'],
  untilMs: number,
  sources: { picture?: readonly Stretch[]; controller?: readonly Stretch[] },
  stepMs = 200,
): Record<string, SignalMemory> {
  const memories: Record<string, SignalMemory> = {};
  for (let atMs = 0; atMs <= untilMs; atMs += stepMs) {
    const readings = (['picture', 'controller'] as const).flatMap((source) => {
      const stretches = sources[source];
      return stretches ? [readingAt(stretches, atMs, source)] : [];
    });
    rememberSignals(memories, signals, aFrame(atMs, [], { signals: readings }));
  }
  return memories;
}
