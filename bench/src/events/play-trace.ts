import type { AlertMessage, CameraConfig, Counts, DetectionsFrame, Finding } from '@safecity/contracts';
import { createCameraPipeline } from '@safecity/rules';

/** What the rules of a camera made of a detection trace. */
export interface PlayedTrace {
  /** Findings that were raised, as they were told last, in the order in which they were raised. */
  findings: Finding[];
  /** Alerts that were opened, as they were told last, in the order of their opening. */
  alerts: AlertMessage[];
  /** Intervals of counting rules, the one at the end included. */
  counts: Counts[];
  /** Capture time from the first frame to the last, ms, gaps left out. */
  watchedMs: number;
}

/** Plays a detection trace through tracking, rules and correlation of one camera: the live core, without I/O. */
export function playTrace(camera: CameraConfig, frames: Iterable<DetectionsFrame>): PlayedTrace {
  const pipeline = createCameraPipeline(camera);
  let state = pipeline.start();
  const findings = new Map<string, Finding>();
  const alerts = new Map<string, AlertMessage>();
  const counts: Counts[] = [];
  for (const frame of frames) {
    const step = pipeline.step(state, frame);
    state = step.state;
    for (const { phase, finding } of step.findings) if (phase !== 'candidate' && phase !== 'dropped') findings.set(finding.id, finding);
    for (const alert of step.alerts) alerts.set(alert.alertId, structuredClone(alert));
    counts.push(...step.counts);
  }
  counts.push(...pipeline.countsSoFar(state));
  return { findings: [...findings.values()], alerts: [...alerts.values()], counts, watchedMs: state.watchedMs };
}
