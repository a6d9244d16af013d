import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.js';
import { refusedBy } from './refused.js';

const refuse = (message: string, status = 400) => refusedBy(new ApiError('API_INVALID', message, status), ['place', 'untilMs'], 'silent');

describe('what a form was refused for', () => {
  it.each([
    ['place: without a camera say in words where it is', { fields: { place: 'without a camera say in words where it is' }, general: null }],
    [
      'body is not valid: /place: too short; /untilMs: not a number',
      { fields: { place: 'too short', untilMs: 'not a number' }, general: null },
    ],
    ['body is not valid: /other: bad', { fields: {}, general: '/other: bad' }],
    ['the drill is over', { fields: {}, general: 'the drill is over' }],
  ])('%s', (message, expected) => expect(refuse(message)).toEqual(expected));

  it('says so when there was no answer', () => {
    expect(refuse('', 0)).toEqual({ fields: {}, general: 'silent' });
    expect(refusedBy(null, [], 'silent')).toEqual({ fields: {}, general: null });
  });
});
