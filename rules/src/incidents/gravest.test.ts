import { type Finding, type RuleTypeId, ruleTypeFacts } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { makeFinding } from '../catalogue/finding.js';
import { aCamera } from '../testing/scene.js';
import { gravestLeads, type WeighedFinding } from './gravest.js';

function weighed(type: RuleTypeId, startMs: number, overrides: Partial<Finding> = {}): WeighedFinding {
  const trackId = overrides.trackIds?.[0] ?? 't1';
  const finding = makeFinding({ id: type, name: type, type } as never, aCamera(), {
    subject: { kind: 'track', id: trackId },
    trackIds: [trackId],
    class: 'car',
    startMs,
    raisedAtMs: startMs + 1000,
    confidence: 0.8,
    reason: { text: { vi: 'a', en: 'a' }, measures: [] },
    box: [0, 0, 0.1, 0.1],
    moments: [],
    ...overrides,
  });
  return { finding, severity: ruleTypeFacts(type).defaultSeverity };
}

const types = (list: WeighedFinding[]) =>
  gravestLeads(list, 5000).map(({ lead, attached }) => [lead.type, ...attached.map(({ type }) => type)]);

describe('gravestLeads', () => {
  it.each<{ name: string; list: WeighedFinding[]; expected: string[][] }>([
    { name: 'nothing', list: [], expected: [] },
    {
      name: 'the incident leads its violation, in whatever order',
      list: [weighed('wrong-way', 0), weighed('wrong-way-driver', 1000)],
      expected: [['wrong-way-driver', 'wrong-way']],
    },
    {
      name: 'three rules, gravest first',
      list: [weighed('wrong-lane', 0), weighed('red-light', 500), weighed('wrong-way', 1000)],
      expected: [['wrong-way', 'red-light', 'wrong-lane']],
    },
    {
      name: 'equal gravity: the earlier leads',
      list: [weighed('speeding', 500), weighed('red-light', 0)],
      expected: [['red-light', 'speeding']],
    },
    {
      name: 'other tracks',
      list: [weighed('red-light', 0), weighed('speeding', 0, { trackIds: ['t2'] })],
      expected: [['red-light'], ['speeding']],
    },
    {
      name: 'other cameras',
      list: [weighed('red-light', 0), weighed('speeding', 1, { cameraId: 'cam-2' })],
      expected: [['red-light'], ['speeding']],
    },
    {
      name: '5 s after the end (inclusive)',
      list: [weighed('red-light', 0, { endMs: 1000 }), weighed('speeding', 6000)],
      expected: [['red-light', 'speeding']],
    },
    {
      name: 'later than that',
      list: [weighed('red-light', 0, { endMs: 1000 }), weighed('speeding', 6001)],
      expected: [['red-light'], ['speeding']],
    },
    {
      name: 'no track at all',
      list: [weighed('wrong-way', 0, { trackIds: [] }), weighed('congestion', 0, { trackIds: [] })],
      expected: [['wrong-way'], ['congestion']],
    },
  ])('$name', ({ list, expected }) => {
    expect(types(list)).toEqual(expected);
    expect(types(list.toReversed())).toEqual(expected);
  });

  it('leaves what it was given as it was', () => {
    const list = [weighed('wrong-way', 0), weighed('wrong-way-driver', 1000)];
    const before = structuredClone(list);
    gravestLeads(list, 5000);
    expect(list).toEqual(before);
  });
});
