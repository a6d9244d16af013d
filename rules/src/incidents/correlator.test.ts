import type { Box, EvidenceWanted, Finding } from '@safecity/contracts';
import { AlertMessage, deriveId, matches } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { FindingChange } from '../catalogue/rule-machine.js';
import { aCamera, boxAt, T0 } from '../testing/scene.js';
import { Correlator, newCorrelatorState } from './correlator.js';

const rules = [
  { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 },
  { id: 'crowd', name: 'Đông', type: 'crowd-occupancy', zoneId: 'middle', minCount: 5 },
  { id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle', severity: 'critical' },
  { id: 'red', name: 'Đèn', type: 'red-light', lineId: 'stop', direction: 'right', signalId: 'north' },
];

function aFinding(overrides: Partial<Finding> = {}): Finding {
  const startMs = overrides.startMs ?? T0;
  const subject = overrides.subject ?? { kind: 'track', id: 'a' };
  return {
    id: deriveId('finding', 'cam-1', overrides.ruleId ?? 'stalled', subject.id, startMs),
    type: 'stalled-vehicle',
    ruleId: 'stalled',
    ruleName: 'Xe dừng',
    cameraId: 'cam-1',
    configRevision: 0,
    subject,
    trackIds: ['a'],
    class: 'truck',
    startMs,
    raisedAtMs: startMs + 20_000,
    confidence: 0.7,
    reason: { text: { vi: `từ ${startMs}`, en: `from ${startMs}` }, measures: [] },
    box: boxAt(0.5, 0.5),
    moments: [
      { name: 'first', atMs: startMs },
      { name: 'raised', atMs: startMs + 20_000 },
    ],
    ...overrides,
  };
}

/** Feeds a correlator: [seconds, phase, finding] in order; without phase it is only the time. Returns what came, by time. */
function feed(entries: [number, FindingChange['phase'] | null, Finding | null, number?][], camera: object = {}) {
  const state = newCorrelatorState();
  const correlator = new Correlator(aCamera({ rules, ...camera }), state);
  const alerts: AlertMessage[] = [];
  const evidence: EvidenceWanted[] = [];
  for (const [seconds, phase, finding, run] of entries) {
    const output = correlator.take(phase && finding ? [{ phase, finding }] : [], T0 + seconds * 1000, run ?? 1);
    alerts.push(...structuredClone(output.alerts));
    evidence.push(...structuredClone(output.evidence));
  }
  for (const alert of alerts) expect(matches(AlertMessage, alert)).toBe(true);
  return { alerts, evidence, state };
}

const told = (alerts: AlertMessage[]) => alerts.map(({ revision, phase }) => `${revision} ${phase}`);
const count = (alerts: AlertMessage[]) => new Set(alerts.map(({ alertId }) => alertId)).size;

describe('life of an alert', () => {
  it('is opened, updated, ended, and closed when it has been over for ten seconds and the dwell', () => {
    const finding = aFinding();
    const { alerts, evidence } = feed([
      [20, 'raised', finding],
      [40, 'updated', { ...finding, confidence: 0.9 }],
      [50, 'ended', { ...finding, endMs: T0 + 50_000 }],
      [79.9, null, null],
      [80, null, null],
      [81, null, null],
    ]);
    expect(told(alerts)).toEqual(['1 opened', '2 updated', '3 updated', '4 closed']);
    expect(alerts.map(({ endMs }) => endMs)).toEqual([undefined, undefined, T0 + 50_000, T0 + 50_000]);
    expect(alerts[1]?.confidence).toBe(0.9);
    expect(alerts[0]).toMatchObject({
      alertId: deriveId('alert', finding.id),
      kind: 'incident',
      type: 'stalled-vehicle',
      severity: 'high',
      startMs: T0,
      simulated: false,
      reservationId: deriveId('reservation', finding.id),
    });
    expect(evidence).toEqual([
      { action: 'reserve', reservationId: deriveId('reservation', finding.id), cameraId: 'cam-1', moments: finding.moments },
    ]);
  });

  it.each([
    { name: 'the rule’s own severity', finding: aFinding({ type: 'intrusion', ruleId: 'fence' }), severity: 'critical', kind: 'security' },
    {
      name: 'the type’s severity',
      finding: aFinding({ type: 'red-light', ruleId: 'red', endMs: T0 }),
      severity: 'medium',
      kind: 'violation',
    },
  ])('has $name', ({ finding, severity, kind }) => {
    expect(feed([[20, 'raised', finding]]).alerts[0]).toMatchObject({ severity, kind });
  });

  it('says that its camera plays a recording', () => {
    expect(feed([[20, 'raised', aFinding()]], { simulated: true }).alerts[0]?.simulated).toBe(true);
  });
});

describe('what is the same thing', () => {
  const again = (seconds: number, overrides: Partial<Finding> = {}) =>
    aFinding({ startMs: T0 + seconds * 1000, subject: { kind: 'track', id: `b${seconds}` }, ...overrides });

  it.each<{ name: string; second: Finding; atSeconds: number; alerts: number }>([
    { name: 'the same place a minute later', second: again(60), atSeconds: 80, alerts: 1 },
    { name: 'the same place at repeatMs exactly (inclusive)', second: again(610), atSeconds: 630, alerts: 1 },
    { name: 'the same place later than repeatMs', second: again(611), atSeconds: 630.1, alerts: 2 },
    { name: 'an overlapping box', second: again(60, { box: boxAt(0.55, 0.5) }), atSeconds: 80, alerts: 1 },
    { name: 'a box beside it', second: again(60, { box: boxAt(0.61, 0.5) }), atSeconds: 80, alerts: 2 },
    {
      name: 'a box stretched to three times its width',
      second: again(60, { box: [0.45, 0.4, 0.75, 0.5] as Box }),
      atSeconds: 80,
      alerts: 1,
    },
    { name: 'a small box at the same spot', second: again(60, { box: boxAt(0.5, 0.5, 0.04, 0.04) }), atSeconds: 80, alerts: 1 },
    { name: 'another rule', second: again(60, { ruleId: 'other' }), atSeconds: 80, alerts: 2 },
  ])('$name', ({ second, atSeconds, alerts }) => {
    const first = aFinding();
    const result = feed([
      [20, 'raised', first],
      [30, 'ended', { ...first, endMs: T0 + 30_000 }],
      [70, null, null],
      [atSeconds, 'raised', second],
    ]);
    expect(count(result.alerts)).toBe(alerts);
  });

  it('goes on under its id and with growing revisions when it comes back after closing', () => {
    const first = aFinding();
    const { alerts } = feed([
      [20, 'raised', first],
      [30, 'ended', { ...first, endMs: T0 + 30_000 }],
      [90, null, null],
      [200, 'raised', again(180)],
    ]);
    expect(told(alerts)).toEqual(['1 opened', '2 updated', '3 closed', '4 updated']);
    expect(alerts[3]?.endMs).toBeUndefined();
    expect(alerts[3]?.findings.map(({ startMs }) => startMs - T0)).toEqual([0, 180_000]);
    expect(alerts[3]?.reason.text.en).toBe(`2 times; from ${T0 + 180_000}`);
  });

  it('is one while a tracker changes its mind: the other track is found before the alert is closed', () => {
    const first = aFinding();
    const { alerts } = feed([
      [20, 'raised', first],
      [30, 'ended', { ...first, endMs: T0 + 30_000 }],
      [50, 'raised', again(30)],
      [70, null, null],
    ]);
    expect(told(alerts)).toEqual(['1 opened', '2 updated', '3 updated']);
  });

  it('is one for everybody who enters one zone, and keeps a picture of each', () => {
    const person = (id: string, seconds: number) =>
      again(seconds, { ruleId: 'fence', type: 'intrusion', subject: { kind: 'track', id }, box: boxAt(seconds / 10, 0.5) });
    const { alerts, evidence } = feed([
      [1, 'raised', person('a', 1)],
      [2, 'raised', person('b', 2)],
      [3, 'raised', person('c', 3)],
    ]);
    expect(told(alerts)).toEqual(['1 opened', '2 updated', '3 updated']);
    expect(evidence.map(({ moments }) => moments.map(({ name }) => name))).toEqual([['first', 'raised'], ['again-1'], ['again-2']]);
    expect(new Set(evidence.map(({ reservationId }) => reservationId)).size).toBe(1);
  });

  it('is one for a threshold that flickers twenty times', () => {
    const entries: Parameters<typeof feed>[0] = [];
    for (let i = 0; i < 21; i++) {
      const finding = again(i * 25, { ruleId: 'crowd', type: 'crowd-occupancy', subject: { kind: 'zone', id: 'middle' } });
      entries.push([i * 25, 'raised', finding], [i * 25 + 5, 'ended', { ...finding, endMs: T0 + i * 25_000 + 5000 }]);
    }
    const { alerts } = feed(entries);
    expect(count(alerts)).toBe(1);
    expect(new Set(alerts.map(({ revision }) => revision)).size).toBe(alerts.length);
  });

  it('keeps the first and the newest findings when they grow beyond twenty', () => {
    const entries: Parameters<typeof feed>[0] = [];
    for (let i = 0; i < 80; i++) {
      const finding = again(i * 40);
      entries.push([i * 40, 'raised', finding], [i * 40 + 5, 'ended', { ...finding, endMs: T0 + i * 40_000 + 5000 }]);
    }
    const last = feed(entries).alerts.at(-1);
    expect(last?.findings).toHaveLength(20);
    expect([last?.findings[0]?.startMs, last?.findings.at(-1)?.startMs]).toEqual([T0, T0 + 79 * 40_000]);
  });
});

describe('evidence of candidates', () => {
  it('is kept for the alert that the candidate opens', () => {
    const finding = aFinding({ moments: [{ name: 'first', atMs: T0 }] });
    const { evidence } = feed([
      [15, 'candidate', finding],
      [20, 'raised', aFinding()],
    ]);
    expect(evidence.map(({ action, moments }) => [action, moments.length])).toEqual([
      ['reserve', 1],
      ['reserve', 2],
    ]);
    expect(evidence[0]?.reservationId).toBe(evidence[1]?.reservationId);
  });

  it('is let go when nothing came of it', () => {
    const { evidence, state } = feed([
      [15, 'candidate', aFinding()],
      [18, 'dropped', aFinding()],
    ]);
    expect(evidence.map(({ action }) => action)).toEqual(['reserve', 'release']);
    expect(state.candidates).toEqual([]);
  });

  it('is let go when the finding joins an alert that has its own', () => {
    const first = aFinding();
    const second = aFinding({ startMs: T0 + 30_000, subject: { kind: 'track', id: 'b' } });
    const { evidence } = feed([
      [20, 'raised', first],
      [45, 'candidate', second],
      [50, 'raised', second],
    ]);
    expect(evidence.map(({ action }) => action)).toEqual(['reserve', 'reserve', 'release', 'reserve']);
    expect(evidence[3]?.reservationId).toBe(evidence[0]?.reservationId);
  });
});

describe('red-light', () => {
  const crossing = (seconds: number, box: Box = boxAt(0.5, 0.5), overrides: Partial<Finding> = {}) =>
    aFinding({
      type: 'red-light',
      ruleId: 'red',
      startMs: T0 + seconds * 1000,
      endMs: T0 + seconds * 1000 + 500,
      subject: { kind: 'track', id: `c${seconds}` },
      class: 'car',
      box,
      ...overrides,
    });

  it('is one alert for each vehicle, also in the same lane', () => {
    const { alerts } = feed([
      [11, 'raised', crossing(10)],
      [15, 'raised', crossing(14)],
    ]);
    expect(count(alerts)).toBe(2);
    expect(told(alerts)).toEqual(['1 opened', '2 closed', '1 opened', '2 closed']);
  });

  it('is one alert for each vehicle on a real camera after a reconnect', () => {
    expect(
      count(
        feed([
          [10, 'raised', crossing(10), 1],
          [70, 'raised', crossing(70), 2],
        ]).alerts,
      ),
    ).toBe(2);
  });

  it('repeats no alert when a recording starts again', () => {
    const left = boxAt(0.3, 0.5);
    const { alerts, state } = feed(
      [
        [10, 'raised', crossing(10, left), 1],
        [14, 'raised', crossing(14, left), 1],
        [20, 'raised', crossing(20), 1],
        [70, 'raised', crossing(70, left), 2],
        [74, 'raised', crossing(74, left), 2],
        [80, 'raised', crossing(80), 2],
        [130, 'raised', crossing(130, left, { class: 'truck' }), 3],
      ],
      { simulated: true },
    );
    expect(count(alerts)).toBe(3);
    expect(state.replays).toBe(4);
  });

  it.each<{ name: string; second: [number, Finding, number] }>([
    { name: 'another vehicle of the same run', second: [14, crossing(14), 1] },
    { name: 'another lane', second: [70, crossing(70, boxAt(0.8, 0.5)), 2] },
    { name: 'another kind of vehicle', second: [70, crossing(70, undefined, { class: 'motorcycle' }), 2] },
    { name: 'later than repeatMs', second: [620, crossing(619.9), 9] },
  ])('does not take $name for a replay', ({ second: [seconds, finding, run] }) => {
    expect(
      count(
        feed(
          [
            [10, 'raised', crossing(10), 1],
            [seconds, 'raised', finding, run],
          ],
          { simulated: true },
        ).alerts,
      ),
    ).toBe(2);
  });
});

describe('memory', () => {
  it('is given back once nothing can join an alert any more', () => {
    const entries: Parameters<typeof feed>[0] = [];
    for (let i = 0; i < 3000; i++)
      entries.push([
        i * 5,
        'raised',
        aFinding({
          type: 'red-light',
          ruleId: 'red',
          startMs: T0 + i * 5000,
          endMs: T0 + i * 5000,
          subject: { kind: 'track', id: `v${i}` },
        }),
      ]);
    expect(feed(entries).state.alerts.length).toBeLessThan(5);
  });
});

describe('what operators decided', () => {
  const person = (id: string, seconds: number, overrides: Partial<Finding> = {}) =>
    aFinding({
      ruleId: 'fence',
      type: 'intrusion',
      class: 'person',
      startMs: T0 + seconds * 1000,
      subject: { kind: 'track', id },
      ...overrides,
    });
  const crowd = (seconds: number) =>
    person('x', seconds, { ruleId: 'crowd', type: 'crowd-occupancy', subject: { kind: 'zone', id: 'middle' } });

  /** A finding from 1 s to 5 s; a decision at 6 s; a second finding; how many alerts there are. */
  function decided(state: 'acknowledged' | 'resolved' | 'false-alarm', first: Finding, second: Finding, secondAt: number, decidedAt = 6) {
    const memory = newCorrelatorState();
    const correlator = new Correlator(aCamera({ rules }), memory);
    const at = (seconds: number) => T0 + seconds * 1000;
    const opened = correlator.take([{ phase: 'raised', finding: first }], at(1), 1).alerts[0] as AlertMessage;
    correlator.take([{ phase: 'ended', finding: { ...first, endMs: at(5) } }], at(5), 1);
    correlator.decide({ alertId: opened.alertId, cameraId: 'cam-1', state, role: 'operator', atMs: at(decidedAt) });
    correlator.take([], at(secondAt - 0.1), 1);
    const [alert] = correlator.take([{ phase: 'raised', finding: second }], at(secondAt), 1).alerts;
    return { isNew: alert?.alertId !== opened.alertId, phase: alert?.phase };
  }

  it.each([
    { name: 'seen: a repeat joins', state: 'acknowledged' as const, second: person('b', 60), at: 60, isNew: false },
    { name: 'false alarm: the same track stays quiet', state: 'false-alarm' as const, second: person('a', 60), at: 60, isNew: false },
    { name: 'false alarm: another track is a new alert', state: 'false-alarm' as const, second: person('b', 8), at: 8, isNew: true },
    { name: 'resolved: even the same track is a new alert', state: 'resolved' as const, second: person('a', 8), at: 8, isNew: true },
    {
      name: 'resolved later than the finding: a replay joins',
      state: 'resolved' as const,
      second: person('a', 8),
      at: 8,
      decidedAt: 9,
      isNew: false,
    },
  ])('$name', ({ state, second, at, decidedAt, isNew }) => {
    expect(decided(state, person('a', 1), second, at, decidedAt)).toEqual({ isNew, phase: isNew ? 'opened' : 'updated' });
  });

  it.each([
    { name: 'flickers', at: 10, isNew: false },
    { name: 'comes back after its end', at: 120, isNew: true },
  ])('false alarm: a crowd that $name', ({ at, isNew }) => {
    expect(decided('false-alarm', crowd(1), crowd(at), at).isNew).toBe(isNew);
  });
});

describe('what an alert says', () => {
  const reason = (text: string, name: string, value: number) => ({
    text: { vi: text, en: text },
    measures: [{ name, value, comparison: '>=' as const, threshold: 1 }],
  });

  it('is the peak of a crowd, also when the newest count is lower', () => {
    const times = [40, 84, 50].map((count, index) =>
      aFinding({
        ruleId: 'crowd',
        type: 'crowd-occupancy',
        startMs: T0 + index * 30_000,
        subject: { kind: 'zone', id: 'middle' },
        reason: reason(`${count} people`, 'count', count),
      }),
    );
    const { alerts } = feed(
      times.flatMap((finding, index) => [
        [index * 30, 'raised', finding],
        [index * 30 + 5, 'ended', { ...finding, endMs: finding.startMs + 5000 }],
      ]),
    );
    expect(alerts[0]?.reason.text.en).toBe('40 people');
    expect(alerts.at(-1)?.reason).toEqual({
      ...reason('', 'count', 84),
      text: { vi: 'đỉnh trong 3 lần: 84 people', en: 'peak of 3 times: 84 people' },
    });
  });

  it('is how many came into a zone and how long the longest stayed', () => {
    const cars = [20_000, 45_000, 30_000].map((dwellMs, index) =>
      aFinding({
        ruleId: 'fence',
        type: 'intrusion',
        class: 'car',
        startMs: T0 + index * 1000,
        subject: { kind: 'track', id: `car-${index}` },
        reason: reason('car in zone', 'dwellMs', dwellMs),
      }),
    );
    const { alerts } = feed(cars.map((finding, index) => [index + 50, 'raised', finding]));
    expect(alerts.at(-1)?.reason.text).toEqual({ vi: '3 xe, lâu nhất 45 giây; car in zone', en: '3 vehicles, longest 45 s; car in zone' });
  });
});

describe('people at one line or in one zone', () => {
  it.each(['tripwire', 'loitering', 'pedestrian-on-road', 'person-down'] as const)('are one alert: %s', (type) => {
    const rule = type === 'tripwire' ? { lineId: 'stop', direction: 'both' } : { zoneId: 'middle' };
    const camera = { rules: [{ id: 'one', name: 'Một', type, ...rule }] };
    const at = (x: number, id: string) =>
      aFinding({ ruleId: 'one', type, class: 'person', subject: { kind: 'track', id }, box: boxAt(x, 0.5) });
    const { alerts } = feed(
      [
        [1, 'raised', at(0.3, 'a')],
        [2, 'raised', at(0.7, 'b')],
      ],
      camera,
    );
    expect(count(alerts)).toBe(1);
  });
});
