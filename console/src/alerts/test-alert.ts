import type { Alert } from '../api/types.js';

/** An alert for tests with the fields under test set. */
export function anAlert(rest: Partial<Alert> & Pick<Alert, 'id'>): Alert {
  return {
    eventId: 1,
    state: 'new',
    kind: 'incident',
    type: 'stalled-vehicle',
    severity: 'high',
    cameraId: 'cam1',
    cameraName: 'Camera 1',
    place: null,
    startMs: 0,
    updatedMs: 0,
    endMs: null,
    ongoing: true,
    raisedAtMs: 0,
    confidence: 0.8,
    simulated: false,
    reason: { text: { vi: 'vì', en: 'why' }, measures: [] },
    fineable: null,
    findings: [],
    evidence: [],
    clips: [],
    derivatives: [],
    evidenceFailed: [],
    acknowledgedBy: null,
    mergedInto: null,
    attached: [],
    ...rest,
  };
}
