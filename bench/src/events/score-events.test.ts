import type { AlertMessage, Box, Finding } from '@safecity/contracts';
import { describe, expect, test } from 'vitest';
import { falseAlerts, judgeFindings, scoreSeverities, scoreTypes, type TrueEvent, type WatchedRun } from './score-events.js';

const HOUR_MS = 3_600_000;
const CAR: Box = [0.4, 0.4, 0.6, 0.6];

function aFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'finding-1',
    type: 'stalled-vehicle',
    ruleId: 'stalled',
    ruleName: 'stalled',
    cameraId: 'cam-1',
    configRevision: 0,
    subject: { kind: 'track', id: 'track-1' },
    trackIds: ['track-1'],
    startMs: 10_000,
    raisedAtMs: 30_000,
    confidence: 0.8,
    reason: { text: { vi: '', en: '' }, measures: [] },
    box: CAR,
    moments: [],
    ...change,
  };
}

const anEvent = (change: Partial<TrueEvent> = {}): TrueEvent => ({ type: 'stalled-vehicle', fromMs: 9000, toMs: 60_000, ...change });

const aRun = (change: Partial<WatchedRun> = {}): WatchedRun => ({
  name: 'run',
  watchedMs: HOUR_MS,
  ruleTypes: ['stalled-vehicle', 'collision'],
  truth: [],
  findings: [],
  alerts: [],
  ...change,
});

const anAlert = (change: Partial<AlertMessage>) => ({ alertId: 'a', severity: 'high', findings: [aFinding()], ...change }) as AlertMessage;

describe('a finding is true when its event', () => {
  test.each<[string, Partial<TrueEvent>, Partial<Finding>, boolean]>([
    ['overlaps it in time', {}, {}, true],
    ['is of another type', { type: 'collision' }, {}, false],
    ['ended 2 s before it began', { toMs: 8000, fromMs: 1000 }, {}, true],
    ['ended more than 2 s before it began', { toMs: 7999, fromMs: 1000 }, {}, false],
    ['began 2 s after it was raised', { fromMs: 32_000 }, {}, true],
    ['began more than 2 s after it was raised', { fromMs: 32_001 }, {}, false],
    ['was at its place', { places: [{ atMs: 30_500, box: CAR }] }, {}, true],
    ['was at its place at another time', { places: [{ atMs: 31_500, box: CAR }] }, {}, false],
    ['was elsewhere', { places: [{ atMs: 30_000, box: [0, 0, 0.1, 0.1] }] }, {}, false],
    ['was in an area that holds it', { area: [0.5, 0.5, 1, 1] }, {}, true],
    ['was in another area', { area: [0.51, 0.5, 1, 1] }, {}, false],
    [
      'was where a moment of it shows the subject',
      { places: [{ atMs: 10_000, box: [0, 0, 0.1, 0.1] }] },
      { moments: [{ name: 'first', atMs: 10_000, box: [0, 0, 0.1, 0.1] }] },
      true,
    ],
    [
      'was elsewhere in the zone that it is about',
      { places: [{ atMs: 30_000, box: [0, 0, 0.1, 0.1] }] },
      { subject: { kind: 'zone', id: 'road' } },
      true,
    ],
  ])('%s', (_name, event, finding, isTrue) => {
    const [judged] = judgeFindings(aRun({ truth: [anEvent(event)], findings: [aFinding(finding)] }));
    expect(judged?.event !== null).toBe(isTrue);
  });
});

test('types are scored over the runs that had them on', () => {
  const found = aRun({
    truth: [anEvent(), anEvent({ fromMs: 200_000, toMs: 300_000 })],
    findings: [aFinding(), aFinding({ id: 'again' })],
  });
  const quiet = aRun({ ruleTypes: ['stalled-vehicle', 'line-count'], watchedMs: 23 * HOUR_MS, findings: [aFinding()] });
  const [collision, stalled] = scoreTypes([found, quiet]);
  expect(collision).toMatchObject({ type: 'collision', watchedMs: HOUR_MS, events: 0, falseFindings: 0 });
  expect(stalled).toMatchObject({ type: 'stalled-vehicle', events: 2, found: 1, falseFindings: 1, delaysMs: [21_000] });
  expect(stalled?.falsePerCameraDay.mean).toBeCloseTo(1);
  expect(stalled?.falsePerCameraDay.upper).toBeCloseTo(4.744, 2);
});

test('an alert is false when none of its findings is true', () => {
  const other = aFinding({ id: 'finding-2', raisedAtMs: 900_000, startMs: 900_000 });
  const run = aRun({
    truth: [anEvent()],
    findings: [aFinding(), other],
    alerts: [
      anAlert({ alertId: 'true', findings: [other, aFinding()] }),
      anAlert({ alertId: 'false', findings: [other], severity: 'low' }),
    ],
  });
  expect(falseAlerts(run).map(({ alertId }) => alertId)).toEqual(['false']);
  expect(scoreSeverities([run], [['low'], ['high', 'critical']]).map(({ falseAlerts: count }) => count)).toEqual([1, 0]);
});
