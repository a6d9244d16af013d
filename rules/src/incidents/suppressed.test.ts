import { type Finding, matches, type Suppression, SuppressionTally } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { makeFinding } from '../catalogue/finding.js';
import type { FindingChange } from '../catalogue/rule-machine.js';
import { aCamera, boxAt, T0 } from '../testing/scene.js';
import { Correlator, newCorrelatorState } from './correlator.js';
import { newSuppressedState } from './suppressed.js';

const at = (seconds: number) => T0 + seconds * 1000;
const rule = { id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle' };
const camera = aCamera({ rules: [rule, { ...rule, id: 'other' }] });

/** Hides people at the fence in the left half of the picture from 10 s to 100 s. */
const suppression: Suppression = {
  id: '6b8b1a8e-1111-4222-8333-444455556666',
  cameraId: 'cam-1',
  ruleId: 'fence',
  class: 'person',
  polygon: [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ],
  fromMs: at(10),
  untilMs: at(100),
};

function found(startS: number, changes: Partial<Finding> & { id?: string } = {}): Finding {
  const { id: trackId = `p${startS}`, ...rest } = changes;
  return {
    ...makeFinding(rule as never, camera, {
      subject: { kind: 'track', id: trackId },
      trackIds: [trackId],
      class: 'person',
      startMs: at(startS),
      raisedAtMs: at(startS + 1),
      confidence: 0.8,
      reason: { text: { vi: 'a', en: `person ${startS}` }, measures: [] },
      box: boxAt(0.3, 0.5),
      moments: [{ name: 'raised', atMs: at(startS + 1) }],
    }),
    ...rest,
  };
}

/** Says changes in order; returns the alerts of each and the newest tally. */
function say(entries: [number, FindingChange['phase'] | null, Finding?][], lifted?: Suppression) {
  const state = newCorrelatorState();
  const correlator = new Correlator(camera, state);
  correlator.suppress(suppression);
  if (lifted) correlator.suppress(lifted);
  let tally: SuppressionTally | undefined;
  const told = entries.map(([seconds, phase, finding]) => {
    const output = correlator.take(phase && finding ? [{ phase, finding }] : [], at(seconds), 1);
    for (const one of output.tallies) {
      expect(matches(SuppressionTally, one)).toBe(true);
      tally = structuredClone(one);
    }
    return [...output.alerts.map(({ phase: word }) => word), ...output.evidence.map(({ action }) => action)];
  });
  return { told, tally, state };
}

describe('what is hidden', () => {
  it.each<{ name: string; finding: Finding; atS?: number; hidden: boolean }>([
    { name: 'that rule, class and place', finding: found(20), hidden: true },
    { name: 'from its creation on (inclusive)', finding: found(10), hidden: true },
    { name: 'what began before it', finding: found(9.9), hidden: false },
    { name: 'what is found when it is over', finding: found(99), atS: 100, hidden: false },
    { name: 'the border of the polygon', finding: found(20, { box: boxAt(0.5, 0.5) }), hidden: true },
    { name: 'another place', finding: found(20, { box: boxAt(0.51, 0.5) }), hidden: false },
    { name: 'another class', finding: found(20, { class: 'car' }), hidden: false },
    { name: 'another rule', finding: found(20, { ruleId: 'other' }), hidden: false },
  ])('$name: $hidden', ({ finding, atS = 21, hidden }) => {
    const { told, tally } = say([[atS, 'raised', finding]]);
    expect(told).toEqual([hidden ? [] : ['opened', 'reserve']]);
    expect(tally?.hidden).toBe(hidden ? 1 : undefined);
  });

  it('reserves no evidence, and says nothing when it changes or ends', () => {
    const finding = found(20);
    const { told, state } = say([
      [20, 'candidate', finding],
      [21, 'raised', finding],
      [30, 'updated', finding],
      [40, 'ended', { ...finding, endMs: at(40) }],
    ]);
    expect(told).toEqual([[], [], [], []]);
    expect(state.suppressions.hidden).toEqual({});
  });
});

describe('the end of a suppression', () => {
  it('raises what goes on behind it, as it is then', () => {
    const finding = found(20);
    const { told, state } = say([
      [21, 'raised', finding],
      [90, 'updated', { ...finding, confidence: 0.9 }],
      [99.9, null],
      [100, null],
      [101, 'ended', { ...finding, endMs: at(101) }],
    ]);
    expect(told).toEqual([[], [], [], ['opened', 'reserve'], ['updated']]);
    expect(state.suppressions).toEqual(newSuppressedState());
    expect(state.alerts[0]?.message.findings[0]?.startMs).toBe(at(20));
  });

  it('comes sooner when it is lifted', () => {
    const { told } = say(
      [
        [21, 'raised', found(20)],
        [50, null],
        [61, 'raised', found(60, { id: 'later' })],
      ],
      { ...suppression, untilMs: at(50) },
    );
    expect(told).toEqual([[], ['opened', 'reserve'], ['updated', 'reserve']]);
  });
});

it('counts all and tells the newest twenty', () => {
  const { tally } = say(Array.from({ length: 30 }, (_, i) => [20 + i, 'raised', found(20 + i)]));
  expect(tally).toMatchObject({ suppressionId: suppression.id, hidden: 30, lastAtMs: at(50) });
  expect(tally?.findings.map(({ text }) => text.en)).toEqual(Array.from({ length: 20 }, (_, i) => `person ${30 + i}`));
});
