import { describe, expect, it } from 'vitest';
import type { AlertState } from '../api/types.js';
import { canTake, isEscalated, mayGive, nextStep, STEPS } from './next-step.js';
import { anAlert } from './test-alert.js';

describe('nextStep', () => {
  it.each<[AlertState, ReturnType<typeof nextStep>]>([
    ['new', 'acknowledge'],
    ['acknowledged', 'confirm'],
    ['confirmed', 'dispatch'],
    ['dispatched', 'resolve'],
    ['resolved', null],
    ['false-alarm', null],
  ])('after %s is %s', (state, expected) => expect(nextStep(anAlert({ id: '1', state }))).toBe(expected));

  it.each([
    { name: 'a violation is only acknowledged', given: { kind: 'violation' as const, state: 'acknowledged' as const }, expected: null },
    { name: 'nobody is sent to a broken camera', given: { kind: 'camera' as const, state: 'confirmed' as const }, expected: 'resolve' },
    { name: 'what is told with another is not sent by itself', given: { mergedInto: 'x', state: 'confirmed' as const }, expected: null },
  ])('$name', ({ given, expected }) => expect(nextStep(anAlert({ id: '1', ...given }))).toBe(expected));
});

describe('canTake', () => {
  it.each<[AlertState, string[]]>([
    ['new', ['acknowledge', 'confirm', 'dispatch', 'false-alarm']],
    ['acknowledged', ['confirm', 'dispatch', 'resolve', 'false-alarm']],
    ['confirmed', ['dispatch', 'resolve', 'false-alarm']],
    ['dispatched', ['dispatch', 'resolve', 'false-alarm']],
    ['resolved', []],
  ])('from %s', (state, expected) => expect(STEPS.filter((step) => canTake(step, anAlert({ id: '1', state })))).toEqual(expected));
});

it('an alert is escalated only while nobody has looked', () => {
  expect(isEscalated(anAlert({ id: '1', escalationLevel: 1 }))).toBe(true);
  expect(isEscalated(anAlert({ id: '1', escalationLevel: 2, state: 'acknowledged' }))).toBe(false);
  expect(isEscalated(anAlert({ id: '1' }))).toBe(false);
});

it.each([
  [null, false, true],
  ['me', false, true],
  ['other', false, false],
  ['other', true, true],
])('an alert of %s is given away (shift lead: %s): %s', (assignee, leads, expected) =>
  expect(mayGive({ assignee }, 'me', leads)).toBe(expected),
);
