import { AlertMessage, DetectionsFrame, matches, streams } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import { percentile } from './statistics.js';

/** How late messages were, ms. */
export interface Lateness {
  p50: number;
  p95: number;
  count: number;
}

/** Listens to detections and alerts and keeps how late each was. */
export class LatencyProbe {
  /** From the capture of a picture to its detections on the bus, ms, by camera. */
  readonly detections = new Map<string, number[]>();
  /** From the capture of the picture at which a rule was met to its alert on the bus, ms. */
  alerts: number[] = [];
  readonly #findings = new Set<string>();
  readonly #subscriptions: { unsubscribe(): void }[];

  constructor(bus: Bus) {
    const listen = (subject: string, take: (value: unknown) => void) =>
      bus.nc.subscribe(subject, { callback: (_error, message) => take(JSON.parse(new TextDecoder().decode(message.data))) });
    this.#subscriptions = [
      listen(streams.detections.subjects[0], (value) => {
        if (!matches(DetectionsFrame, value)) return;
        const times = this.detections.get(value.cameraId) ?? [];
        times.push(Date.now() - value.capturedAtMs);
        this.detections.set(value.cameraId, times);
      }),
      listen(streams.alerts.subjects[0], (value) => {
        if (!matches(AlertMessage, value)) return;
        // An alert grows by one message with each finding that joins it, so every finding is timed once.
        for (const { id, raisedAtMs } of value.findings) if (!this.#findings.has(id)) this.alerts.push(Date.now() - raisedAtMs);
        for (const { id } of value.findings) this.#findings.add(id);
      }),
    ];
  }

  /** Frames detected since the last `clear`. */
  get frames(): number {
    return [...this.detections.values()].reduce((sum, { length }) => sum + length, 0);
  }

  clear(): void {
    this.detections.clear();
    this.alerts = [];
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }
}

/** Median and 95th percentile. */
export function lateness(values: readonly number[]): Lateness {
  return { p50: percentile(values, 50), p95: percentile(values, 95), count: values.length };
}
