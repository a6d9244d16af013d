import { randomUUID } from 'node:crypto';
import type { AlertMessage, Finding } from '@safecity/contracts';

/** A finding of `crowd-occupancy` at `cam-a`, with the changes a test is about. */
export function aFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: randomUUID(),
    type: 'crowd-occupancy',
    ruleId: 'rule-1',
    ruleName: 'Crowd',
    cameraId: 'cam-a',
    configRevision: 1,
    subject: { kind: 'zone', id: 'zone-1' },
    trackIds: [],
    startMs: 1_795_000_000_000,
    raisedAtMs: 1_795_000_002_000,
    confidence: 0.83,
    reason: {
      text: { vi: '7 người ≥ 5 người', en: '7 people ≥ 5 people' },
      measures: [{ name: 'count', value: 7, comparison: '>=', threshold: 5 }],
    },
    moments: [],
    ...changes,
  };
}

/** The first message of an alert about such a finding. */
export function anAlert(changes: Partial<AlertMessage> = {}): AlertMessage {
  const finding = changes.findings?.[0] ?? aFinding({ cameraId: changes.cameraId ?? 'cam-a', type: changes.type ?? 'crowd-occupancy' });
  return {
    alertId: randomUUID(),
    revision: 1,
    phase: 'opened',
    kind: 'incident',
    type: 'crowd-occupancy',
    severity: 'high',
    cameraId: 'cam-a',
    startMs: finding.startMs,
    updatedMs: finding.raisedAtMs,
    confidence: 0.83,
    reason: finding.reason,
    findings: [finding],
    simulated: true,
    ...changes,
  };
}

/** The next message of the same alert. */
export function nextRevision(message: AlertMessage, changes: Partial<AlertMessage> = {}): AlertMessage {
  return { ...message, revision: message.revision + 1, phase: 'updated', updatedMs: message.updatedMs + 1000, ...changes };
}
