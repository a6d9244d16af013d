import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.js';
import { refusalOf } from './refusal.js';

describe('refusalOf', () => {
  it.each([
    [
      'names of fields',
      new ApiError('API_INVALID', 'body is not valid: username: must match pattern "^[a-z]$"; name/vi: must have a length', 400),
      { fields: { username: 'must match pattern "^[a-z]$"', name: 'must have a length' }, general: null },
    ],
    [
      'a code that has words',
      new ApiError('API_USER_EXISTS', 'a user "x" exists', 409),
      { fields: {}, general: 'Tên đăng nhập này đã có: chọn tên khác.' },
    ],
    ['a code that has none', new ApiError('API_NEW', 'something else', 409), { fields: {}, general: 'something else' }],
    ['nothing', null, { fields: {}, general: null }],
  ])('%s', (_name, error, expected) => {
    expect(refusalOf(error, 'vi')).toEqual(expected);
  });
});
