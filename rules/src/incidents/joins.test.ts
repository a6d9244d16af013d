import type { AlertMessage, Box, Finding, RuleTypeId } from '@safecity/contracts';
import { AlertMessage as AlertSchema, deriveId, matches } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { FindingChange } from '../catalogue/rule-machine.js';
import { aCamera, boxAt, T0 } from '../testing/scene.js';
import { Correlator, newCorrelatorState } from './correlator.js';

const lane = { id: 'east', name: 'làn đông', polygon: [[0, 0], [1, 0], [1, 1]], direction: [[0, 0], [1, 1]] }; // biome-ignore format: one line
const rules = [
  { id: 'red', name: 'Đèn', type: 'red-light', lineId: 'stop', direction: 'right', signalId: 'north' },
  { id: 'against', name: 'Ngược', type: 'wrong-way', laneIds: ['east'] },
  { id: 'driver', name: 'Ngược nguy hiểm', type: 'wrong-way-driver', laneIds: ['east'] },
  { id: 'stop', name: 'Dừng', type: 'illegal-stop', zoneId: 'middle' },
  { id: 'crash', name: 'Va chạm', type: 'collision', zoneId: 'middle' },
  { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle' },
  { id: 'walker', name: 'Người', type: 'pedestrian-on-road', zoneId: 'middle' },
  { id: 'jam', name: 'Ùn', type: 'congestion', zoneId: 'middle' },
];
const ruleIds: Partial<Record<RuleTypeId, string>> = Object.fromEntries(rules.map(({ id, type }) => [type, id]));

interface Told {
  /** Second at which it began; it is raised then. */
  at: number;
  until?: number;
  track?: string;
  box?: Box;
}

function found(type: RuleTypeId, { at, until, track = 'a', box = boxAt(0.5, 0.5) }: Told): Finding {
  const ruleId = ruleIds[type] as string;
  const subject = type === 'congestion' ? ({ kind: 'zone', id: 'middle' } as const) : ({ kind: 'track', id: track } as const);
  return {
    id: deriveId('finding', ruleId, subject.id, at),
    type,
    ruleId,
    ruleName: ruleId,
    cameraId: 'cam-1',
    configRevision: 0,
    subject,
    trackIds: [track],
    class: type === 'pedestrian-on-road' ? 'person' : 'car',
    startMs: T0 + at * 1000,
    raisedAtMs: T0 + at * 1000,
    ...(until === undefined ? {} : { endMs: T0 + until * 1000 }),
    confidence: 0.7,
    reason: { text: { vi: type, en: type }, measures: [] },
    box,
    moments: [{ name: 'first', atMs: T0 + at * 1000 }, { name: 'raised', atMs: T0 + at * 1000 }], // biome-ignore format: one line
  };
}

/** The newest message of each alert, after the findings were raised in order of their start. */
function alertsOf(list: Finding[], changes: Record<string, unknown> = {}): AlertMessage[] {
  const correlator = new Correlator(aCamera({ lanes: [lane], rules, ...changes }), newCorrelatorState());
  const newest = new Map<string, AlertMessage>();
  for (const finding of list) {
    const change: FindingChange = { phase: 'raised', finding };
    for (const alert of correlator.take([change], finding.startMs, 1).alerts) {
      expect(matches(AlertSchema, alert)).toBe(true);
      newest.set(alert.alertId, structuredClone(alert));
    }
  }
  return [...newest.values()];
}
const types = (alerts: AlertMessage[]) => alerts.map(({ findings }) => findings.map(({ type }) => type));

describe('offences of one vehicle', () => {
  it.each<{ name: string; list: Finding[]; expected: RuleTypeId[][] }>([
    {
      name: 'the gravest leads, though it came later',
      list: [found('wrong-way', { at: 0 }), found('wrong-way-driver', { at: 1 })],
      expected: [['wrong-way-driver', 'wrong-way']],
    },
    {
      name: 'the gravest leads, the milder is attached',
      list: [found('wrong-way-driver', { at: 0 }), found('wrong-way', { at: 1 })],
      expected: [['wrong-way-driver', 'wrong-way']],
    },
    {
      name: 'three rules',
      list: [found('illegal-stop', { at: 0 }), found('red-light', { at: 2, until: 3 }), found('wrong-way', { at: 4 })],
      expected: [['wrong-way', 'red-light', 'illegal-stop']],
    },
    {
      name: '10 s after the end (inclusive)',
      list: [found('red-light', { at: 0, until: 1 }), found('wrong-way', { at: 11 })],
      expected: [['wrong-way', 'red-light']],
    },
    {
      name: 'later than that',
      list: [found('red-light', { at: 0, until: 1 }), found('wrong-way', { at: 11.1 })],
      expected: [['red-light'], ['wrong-way']],
    },
    {
      name: 'another vehicle',
      list: [found('red-light', { at: 0, until: 1 }), found('wrong-way', { at: 2, track: 'b' })],
      expected: [['red-light'], ['wrong-way']],
    },
    {
      name: 'a stalled vehicle is no offence',
      list: [found('illegal-stop', { at: 0 }), found('stalled-vehicle', { at: 0 })],
      expected: [['illegal-stop'], ['stalled-vehicle']],
    },
  ])('$name', ({ list, expected }) => {
    expect(types(alertsOf(list))).toEqual(expected);
  });

  it('keeps the id of the first and tells kind, type, severity and reason of the gravest', () => {
    const first = found('wrong-way', { at: 0 });
    const [alert] = alertsOf([first, found('wrong-way-driver', { at: 1 })]);
    expect(alert).toMatchObject({
      alertId: deriveId('alert', first.id),
      revision: 2,
      phase: 'updated',
      kind: 'incident',
      type: 'wrong-way-driver',
      severity: 'critical',
      reason: { text: { en: 'wrong-way-driver' } },
      reservationId: deriveId('reservation', first.id),
    });
    expect(alert?.findings.flatMap(({ moments }) => moments.map(({ name }) => name))).toEqual([
      'also-1-first',
      'also-1-raised',
      'first',
      'raised',
    ]);
  });

  it('weighs by the severity of the configured rule', () => {
    const graver = rules.map((rule) => (rule.id === 'stop' ? { ...rule, severity: 'critical' } : rule));
    expect(types(alertsOf([found('red-light', { at: 0, until: 1 }), found('illegal-stop', { at: 2 })], { rules: graver }))).toEqual([
      ['illegal-stop', 'red-light'],
    ]);
  });
});

describe('one incident of several rules', () => {
  const crash = found('collision', { at: 10 });
  it.each<{ name: string; list: Finding[]; expected: RuleTypeId[][] }>([
    {
      name: 'a collision with its stalled car and the people beside it',
      list: [
        crash,
        found('pedestrian-on-road', { at: 12, track: 'p', box: boxAt(0.62, 0.5, 0.03, 0.08) }),
        found('stalled-vehicle', { at: 20 }),
      ],
      expected: [['collision', 'pedestrian-on-road', 'stalled-vehicle']],
    },
    {
      name: 'a collision that is found after the people',
      list: [found('pedestrian-on-road', { at: 9, track: 'p', box: boxAt(0.62, 0.5, 0.03, 0.08) }), crash],
      expected: [['collision', 'pedestrian-on-road']],
    },
    {
      name: 'a jam around it',
      list: [crash, found('congestion', { at: 60, box: [0.2, 0.2, 0.8, 0.8] })],
      expected: [['collision', 'congestion']],
    },
    {
      name: 'somebody across the road',
      list: [crash, found('pedestrian-on-road', { at: 12, track: 'p', box: boxAt(0.78, 0.5, 0.03, 0.08) })],
      expected: [['collision'], ['pedestrian-on-road']],
    },
    {
      name: 'a car that stood there a minute before is another thing',
      list: [found('stalled-vehicle', { at: -51 }), crash],
      expected: [['stalled-vehicle'], ['collision']],
    },
    {
      name: 'a minute before (inclusive)',
      list: [found('stalled-vehicle', { at: -50 }), crash],
      expected: [['collision', 'stalled-vehicle']],
    },
    {
      name: 'a violation is no part of an incident',
      list: [crash, found('illegal-stop', { at: 12 })],
      expected: [['collision'], ['illegal-stop']],
    },
  ])('$name', ({ list, expected }) => {
    expect(types(alertsOf(list))).toEqual(expected);
  });

  it('takes in what belongs to it once: a walker elsewhere in the same zone is told', () => {
    const beside = found('pedestrian-on-road', { at: 12, track: 'p', box: boxAt(0.62, 0.5, 0.03, 0.08) });
    const elsewhere = found('pedestrian-on-road', { at: 30, track: 'q', box: boxAt(0.25, 0.75, 0.03, 0.08) });
    expect(types(alertsOf([crash, beside, elsewhere]))).toEqual([['collision', 'pedestrian-on-road'], ['pedestrian-on-road']]);
  });

  it.each(['false-alarm', 'resolved'] as const)('takes nothing of other rules in after it was called %s', (state) => {
    const correlator = new Correlator(aCamera({ lanes: [lane], rules }), newCorrelatorState());
    const [opened] = correlator.take([{ phase: 'raised', finding: crash }], crash.startMs, 1).alerts;
    correlator.decide({ alertId: opened?.alertId as string, cameraId: 'cam-1', state, role: 'operator', atMs: T0 + 12_000 });
    const after = found('stalled-vehicle', { at: 20 });
    expect(correlator.take([{ phase: 'raised', finding: after }], after.startMs, 1).alerts[0]?.phase).toBe('opened');
  });
});
