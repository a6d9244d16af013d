import { describe, expect, it } from 'vitest';
import { type CaseAction, outcomeOf } from './outcome.js';
import type { CaseState } from './review-schemas.js';

const SAME = { plate: '51F12345', provisionId: 'row-1' };

describe('a decision', () => {
  it.each<[CaseState, CaseAction, boolean, CaseState | null]>([
    ['waiting', 'confirm', false, 'confirmed'],
    ['waiting', 'confirm', true, 'second'],
    ['waiting', 'reject', false, 'rejected'],
    ['waiting', 'reject', true, 'rejected'],
    ['waiting', 'send-back', true, 'escalated'],
    ['second', 'confirm', true, 'confirmed'],
    ['second', 'confirm', false, 'confirmed'],
    ['second', 'reject', true, 'escalated'],
    ['second', 'send-back', true, 'escalated'],
    ['escalated', 'confirm', true, 'confirmed'],
    ['escalated', 'reject', true, 'rejected'],
    ['escalated', 'send-back', true, null],
    ['confirmed', 'reject', false, null],
    ['rejected', 'confirm', false, null],
  ])('from %s by %s, four eyes %s, leads to %s', (state, action, fourEyes, expected) => {
    expect(outcomeOf({ state, action, fourEyes, now: SAME, before: SAME })).toBe(expected);
  });

  it('of the second pair of eyes that differs in plate or law goes to a shift lead', () => {
    const second = (now: typeof SAME) => outcomeOf({ state: 'second', action: 'confirm', fourEyes: true, now, before: SAME });
    expect(second({ ...SAME, plate: '51F12346' })).toBe('escalated');
    expect(second({ ...SAME, provisionId: 'row-2' })).toBe('escalated');
  });
});
