import { describe, expect, it } from 'vitest';
import { parseRequestHead } from './request-head.js';

describe('parseRequestHead', () => {
  it('reads method, path without query, headers, length', () => {
    const head = parseRequestHead('POST /v2/models/m/infer?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nX-Y:\t z ');
    expect(head).toMatchObject({ method: 'POST', path: '/v2/models/m/infer', contentLength: 12, keepAlive: true, expectsContinue: false });
    expect(head.headers.get('x-y')).toBe('z');
  });

  it.each([
    { text: 'GET / HTTP/1.1\r\nConnection: close', keepAlive: false },
    { text: 'GET / HTTP/1.1\r\nConnection: Keep-Alive', keepAlive: true },
    { text: 'GET / HTTP/1.0', keepAlive: false },
    { text: 'GET / HTTP/1.0\r\nConnection: keep-alive', keepAlive: true },
  ])('keeps the connection or not: $text', ({ text, keepAlive }) => {
    expect(parseRequestHead(text).keepAlive).toBe(keepAlive);
  });

  it('sees that the client waits', () => {
    expect(parseRequestHead('POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-Continue').expectsContinue).toBe(true);
  });

  it.each([
    { name: 'no request line', text: '', httpStatus: 400 },
    { name: 'another protocol', text: 'PRI * HTTP/2.0', httpStatus: 400 },
    { name: 'another version', text: 'GET / HTTP/2.0', httpStatus: 505 },
    { name: 'a header without colon', text: 'GET / HTTP/1.1\r\nHost', httpStatus: 400 },
    { name: 'a folded header', text: 'GET / HTTP/1.1\r\nA: b\r\n c', httpStatus: 400 },
    { name: 'a space before the colon', text: 'GET / HTTP/1.1\r\nContent-Length : 5', httpStatus: 400 },
    { name: 'two lengths', text: 'POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6', httpStatus: 400 },
    { name: 'a negative length', text: 'POST / HTTP/1.1\r\nContent-Length: -5', httpStatus: 400 },
    { name: 'a length beyond numbers', text: 'POST / HTTP/1.1\r\nContent-Length: 99999999999999999999', httpStatus: 400 },
    { name: 'no length', text: 'POST / HTTP/1.1', httpStatus: 411 },
    { name: 'chunks', text: 'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', httpStatus: 501 },
  ])('refuses $name', ({ text, httpStatus }) => {
    expect(() => parseRequestHead(text)).toThrow(expect.objectContaining({ code: 'INFERENCE_REQUEST_INVALID', httpStatus }));
  });
});
