import { describe, expect, it } from 'vitest';
import { ApiError, type Problem } from '../api/client.js';
import { fieldIn, refusalOf } from './refusal.js';

const refused = (problems: Problem[], code = 'API_INVALID') => new ApiError(code, 'in English', 400, problems);
const short = (path: string): Problem => ({
  path,
  code: 'minLength',
  params: { limit: 3 },
  message: 'must not have fewer than 3 characters',
});

describe('refusalOf', () => {
  it.each([
    ['nothing', null, { code: '', fields: {}, general: null }],
    [
      'a field that the form shows',
      refused([short('reason')]),
      { code: 'API_INVALID', fields: { reason: 'Cần ít nhất 3 ký tự' }, general: null },
    ],
    ['a key within a field', refused([short('name/vi')]), { code: 'API_INVALID', fields: { name: 'Cần ít nhất 3 ký tự' }, general: null }],
    [
      'a key that the form does not show',
      refused([short('notes')]),
      { code: 'API_INVALID', fields: {}, general: 'Ghi chú: cần ít nhất 3 ký tự' },
    ],
    [
      'missing keys',
      refused([{ path: '', code: 'required', params: { names: ['reason', 'days'] }, message: 'missing reason, days' }]),
      { code: 'API_INVALID', fields: { reason: 'Chưa điền' }, general: 'Số ngày: chưa điền' },
    ],
    [
      'one value that may be empty',
      refused([short('reason'), { path: 'reason', code: 'type', params: { type: 'null' }, message: 'must be null' }]),
      { code: 'API_INVALID', fields: { reason: 'Cần ít nhất 3 ký tự' }, general: null },
    ],
    [
      'a code without a key',
      refused([], 'API_USER_EXISTS'),
      { code: 'API_USER_EXISTS', fields: {}, general: 'Tên đăng nhập này đã có: chọn tên khác.' },
    ],
    [
      'what is wrong with the whole, more exactly than the code',
      refused([{ path: '', code: 'csv-long', params: { line: 7 }, message: 'line 7' }], 'API_IMPORT_INVALID'),
      { code: 'API_IMPORT_INVALID', fields: {}, general: 'Dòng 7 quá dài: kiểm tra dấu ngoặc kép.' },
    ],
    [
      'an error found by another service',
      refused([{ path: 'camera/source/url', code: 'INGEST_CAMERA_HOST_UNKNOWN', message: 'no host' }]),
      {
        code: 'API_INVALID',
        fields: {},
        general: 'Địa chỉ RTSP: Không tìm thấy tên máy của camera: sửa địa chỉ hoặc máy chủ tên miền.',
      },
    ],
    ['a code without words', refused([], 'API_NEW'), { code: 'API_NEW', fields: {}, general: 'in English' }],
    [
      'an answer that is none of the API',
      new ApiError('HTTP_502', '', 502),
      { code: 'HTTP_502', fields: {}, general: 'Máy chủ trả lời lỗi 502: thử lại sau.' },
    ],
  ])('%s', (_name, error, expected) => {
    expect(refusalOf(error, 'vi', fieldIn(['reason', 'name']))).toEqual(expected);
  });

  it('leaves English to the server', () => {
    expect(refusalOf(refused([short('reason'), short('notes')]), 'en', fieldIn(['reason']))).toEqual({
      code: 'API_INVALID',
      fields: { reason: 'Must not have fewer than 3 characters' },
      general: 'notes: must not have fewer than 3 characters',
    });
    expect(refusalOf(new Error('socket'), 'en', undefined, 'not recorded').general).toBe('not recorded');
    expect(refusalOf(new Error('socket'), 'en').general).toBe('The server cannot be reached. Check the network, then try again.');
  });
});
