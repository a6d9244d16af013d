import type { CameraConfig, Signal, SignalChange } from '@safecity/contracts';

/** How long the last recorded state holds. */
const FOR_EVER_MS = 1e12;

type Phase = { state: SignalChange['state']; durationMs: number };

/** The signal with a script that says what was recorded of it, and `unknown` before. */
function recorded(signal: Signal, changes: readonly SignalChange[]): Signal {
  const first = changes[0];
  if (!first) return signal;
  const cycle: Phase[] = changes.map(({ state, fromMs }, index) => ({
    state,
    durationMs: (changes[index + 1]?.fromMs ?? fromMs + FOR_EVER_MS) - fromMs,
  }));
  cycle.push({ state: 'unknown', durationMs: FOR_EVER_MS });
  return {
    ...signal,
    source: { kind: 'script', epochMs: first.fromMs, cycle: cycle.filter(({ durationMs }) => durationMs > 0) } as Signal['source'],
  };
}

/** The camera with each signal in the states in which it was recorded; one of which nothing is recorded stays as configured. */
export function withRecordedSignals(camera: CameraConfig, changes: readonly SignalChange[]): CameraConfig {
  if (changes.length === 0) return camera;
  const inTime = [...changes].sort((a, b) => a.fromMs - b.fromMs);
  const signals = camera.signals.map((signal) =>
    recorded(
      signal,
      inTime.filter(({ signalId }) => signalId === signal.id),
    ),
  );
  return { ...camera, signals };
}
