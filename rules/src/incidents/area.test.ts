import { AlertMessage, deriveId, matches } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { T0 } from '../testing/scene.js';
import { Area, areaKey, newAreaState } from './area.js';

const at = (seconds: number) => T0 + seconds * 1000;

/** An alert as a camera's correlator says it. */
function anAlert(cameraId: string, changes: Partial<AlertMessage> & { at?: number } = {}): AlertMessage {
  const { at: seconds = 0, ...rest } = changes;
  const startMs = at(seconds);
  const type = changes.type ?? 'collision';
  const reason = { text: { vi: cameraId, en: cameraId }, measures: [] };
  const finding = {
    id: deriveId('finding', cameraId, type, seconds),
    type,
    ruleId: type,
    ruleName: type,
    cameraId,
    configRevision: 0,
    subject: { kind: 'track' as const, id: 'a' },
    trackIds: ['a'],
    startMs,
    raisedAtMs: startMs,
    confidence: 0.7,
    reason,
    moments: [{ name: 'raised', atMs: startMs }],
  };
  return {
    alertId: deriveId('alert', finding.id),
    revision: 1,
    phase: 'opened',
    kind: 'incident',
    type,
    severity: 'critical',
    cameraId,
    startMs,
    updatedMs: startMs,
    confidence: 0.7,
    reason,
    findings: [finding],
    simulated: false,
    ...rest,
  };
}

const next = (message: AlertMessage, changes: Partial<AlertMessage> = {}): AlertMessage => ({
  ...message,
  revision: message.revision + 1,
  phase: 'updated',
  ...changes,
});

/** Says messages to a fresh area; returns what it told for each. */
function anArea() {
  const state = newAreaState();
  const take = (message: AlertMessage | null, seconds: number) => {
    const told = new Area(state).take(message ? [message] : [], at(seconds));
    for (const one of told) expect(matches(AlertMessage, one)).toBe(true);
    // What is remembered must survive a checkpoint.
    Object.assign(state, JSON.parse(JSON.stringify(state)));
    return structuredClone(told);
  };
  return { state, take, area: new Area(state) };
}

const brief = (told: AlertMessage[]) => told.map(({ cameraId, revision, phase }) => `${cameraId} ${revision} ${phase}`);

describe('one incident seen by two cameras', () => {
  const [north, south] = [anAlert('north'), anAlert('south', { at: 30, severity: 'high' })];

  it('is one alert that names the other camera, with its findings and without its pictures', () => {
    const { take } = anArea();
    expect(take(north, 0)).toEqual([north]);
    const [merged, home] = take(south, 30);
    expect(merged).toMatchObject({ alertId: south.alertId, phase: 'opened', revision: 1, mergedInto: north.alertId });
    expect(home).toMatchObject({
      alertId: north.alertId,
      phase: 'updated',
      revision: 2,
      cameraId: 'north',
      attached: [{ alertId: south.alertId, cameraId: 'south' }],
      updatedMs: at(30),
    });
    expect(home?.findings.map(({ cameraId, moments }) => [cameraId, moments.length])).toEqual([
      ['north', 1],
      ['south', 0],
    ]);
  });

  it('is updated by each camera with revisions that only grow, and over when both are', () => {
    const { take } = anArea();
    take(north, 0);
    take(south, 30);
    expect(brief(take(next(north), 31))).toEqual(['north 3 updated']);
    expect(brief(take(next(north, { revision: 3, phase: 'closed', endMs: at(40) }), 50))).toEqual(['north 4 updated']);
    const last = take(next(south, { phase: 'closed', endMs: at(60) }), 70);
    expect(brief(last)).toEqual(['south 2 closed', 'north 5 closed']);
    expect(last[1]?.endMs).toBe(at(60));
  });

  it('is led by the graver one, also from the other camera', () => {
    const { take } = anArea();
    take(anAlert('north', { type: 'congestion', severity: 'medium' }), 0);
    const [, home] = take(anAlert('south', { at: 20 }), 20);
    expect(home).toMatchObject({ cameraId: 'north', type: 'collision', severity: 'critical', reason: { text: { en: 'south' } } });
    expect(home?.findings.map(({ type }) => type)).toEqual(['collision', 'congestion']);
  });

  it('is merged when a graver finding comes to lead an alert that stood for itself', () => {
    const { take } = anArea();
    take(north, 0);
    const stalled = anAlert('south', { at: 5, type: 'illegal-stop', kind: 'violation' });
    expect(take(stalled, 5)).toEqual([stalled]);
    expect(take(next(stalled, { type: 'collision', kind: 'incident' }), 9)[0]?.mergedInto).toBe(north.alertId);
  });

  it('takes in a third camera', () => {
    const { take } = anArea();
    take(north, 0);
    take(south, 30);
    expect(take(anAlert('east', { at: 40 }), 40)[1]?.attached?.map(({ cameraId }) => cameraId)).toEqual(['south', 'east']);
  });

  it.each<{ name: string; first: AlertMessage; second: AlertMessage; merged: boolean }>([
    { name: 'two minutes apart (inclusive)', first: north, second: anAlert('south', { at: 120 }), merged: true },
    { name: 'later than that', first: north, second: anAlert('south', { at: 121 }), merged: false },
    { name: 'the same camera', first: north, second: anAlert('north', { at: 20 }), merged: false },
    {
      name: 'a stalled vehicle and a collision',
      first: anAlert('north', { type: 'stalled-vehicle' }),
      second: south,
      merged: true,
    },
    {
      name: 'two stalled vehicles',
      first: anAlert('north', { type: 'stalled-vehicle' }),
      second: anAlert('south', { type: 'stalled-vehicle' }),
      merged: false,
    },
    {
      name: 'a fire and a crowd',
      first: anAlert('north', { type: 'fire' }),
      second: anAlert('south', { type: 'crowd-surge' }),
      merged: false,
    },
    { name: 'a recording', first: north, second: anAlert('south', { simulated: true }), merged: false },
    { name: 'one that is over', first: { ...north, phase: 'closed', endMs: at(5) }, second: south, merged: false },
  ])('$name: $merged', ({ first, second, merged }) => {
    const { take } = anArea();
    take(first, 0);
    expect(take(second, 30)[0]?.mergedInto !== undefined).toBe(merged);
  });
});

describe('what operators decide', () => {
  const [north, south] = [anAlert('north'), anAlert('south', { at: 30 })];
  const split = { alertId: south.alertId, cameraId: 'south', splitFrom: north.alertId, role: 'operator', atMs: at(60) };

  it('takes an alert out at the time of the decision, and keeps that camera’s later ones out', () => {
    const { take, area } = anArea();
    take(north, 0);
    take(south, 30);
    area.split(split);
    expect(take(null, 59)).toEqual([]);
    const apart = take(null, 60);
    expect(brief(apart)).toEqual(['south 2 opened', 'north 3 opened']);
    expect(apart.map(({ mergedInto, attached }) => [mergedInto, attached])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(take(null, 61)).toEqual([]);
    expect(take(next(south), 62)[0]?.mergedInto).toBeUndefined();
    expect(take(anAlert('south', { at: 70 }), 70)[0]?.mergedInto).toBeUndefined();
    expect(take(anAlert('east', { at: 80 }), 80)[0]?.mergedInto).toBe(north.alertId);
  });

  it.each(['false-alarm', 'resolved'] as const)('merges nothing into what was called %s', (state) => {
    const { take, area } = anArea();
    take(north, 0);
    area.decide({ alertId: north.alertId, cameraId: 'north', state, role: 'operator', atMs: at(10) });
    expect(take(south, 30)[0]?.mergedInto).toBeUndefined();
  });
});

describe('memory', () => {
  it('keeps what goes on and lets go of what is over', () => {
    const { take, state } = anArea();
    take(anAlert('north'), 0);
    for (let i = 1; i <= 100; i++) take(anAlert('south', { at: i * 200, phase: 'closed', endMs: at(i * 200) }), i * 200);
    expect(state.alerts).toHaveLength(32);
    expect(state.alerts[0]?.message.cameraId).toBe('north');
  });
});

it('keeps the areas of units apart', () => {
  expect(areaKey({ area: 'gate', unitId: 'ward-a' })).toBe('area.ward-a.gate');
  expect(areaKey({ area: 'gate' })).toBe('area.-.gate');
  expect(areaKey({ unitId: 'ward-a' })).toBeUndefined();
});
