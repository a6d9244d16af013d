import { describe, expect, it } from 'vitest';
import { compareGravity, GRAVITY_ORDER, type Gravity, RULE_TYPE_IDS, RULE_TYPES } from './rule-types.js';

describe('compareGravity', () => {
  it.each<{ name: string; graver: Gravity; milder: Gravity }>([
    {
      name: 'severity before the order of types',
      graver: { type: 'illegal-stop', severity: 'high' },
      milder: { type: 'wrong-way', severity: 'medium' },
    },
    {
      name: 'the order of types at one severity',
      graver: { type: 'red-light', severity: 'medium' },
      milder: { type: 'speeding', severity: 'medium' },
    },
    {
      name: 'an incident before a violation of whatever severity',
      graver: { type: 'wrong-way-driver', severity: 'low' },
      milder: { type: 'wrong-way', severity: 'critical' },
    },
  ])('puts $name', ({ graver, milder }) => {
    expect(compareGravity(graver, milder)).toBeLessThan(0);
    expect(compareGravity(milder, graver)).toBeGreaterThan(0);
    expect(compareGravity(graver, graver)).toBe(0);
  });

  it('knows every incident and violation, each once', () => {
    const weighed = RULE_TYPE_IDS.filter((type) => ['incident', 'violation'].includes(RULE_TYPES[type].kind));
    expect([...GRAVITY_ORDER].sort()).toEqual(weighed.sort());
  });
});
