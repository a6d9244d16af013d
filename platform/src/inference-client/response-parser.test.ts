import { describe, expect, it } from 'vitest';
import { type Answer, ResponseParser } from './response-parser.js';

function parse(text: string, pieceBytes: number): Answer | undefined {
  const parser = new ResponseParser();
  const bytes = Buffer.from(text, 'latin1');
  let answer: Answer | undefined;
  for (let at = 0; at < bytes.length && !answer; at += pieceBytes) answer = parser.add(bytes.subarray(at, at + pieceBytes));
  return answer;
}

const GOOD = [
  {
    name: 'a body with a length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y:  z \r\n\r\nhello',
    expected: { status: 200, body: 'hello', reusable: true },
  },
  {
    name: 'an empty body',
    text: 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
    expected: { status: 404, body: '', reusable: true },
  },
  { name: 'no content', text: 'HTTP/1.1 204 No Content\r\n\r\n', expected: { status: 204, body: '', reusable: true } },
  { name: 'no reason phrase', text: 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx', expected: { status: 200, body: 'x', reusable: true } },
  {
    name: 'a connection that closes',
    text: 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok',
    expected: { status: 200, body: 'ok', reusable: false },
  },
  { name: 'HTTP/1.0', text: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', expected: { status: 200, body: 'ok', reusable: false } },
  {
    name: 'an interim answer first',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    expected: { status: 200, body: 'ok', reusable: true },
  },
  {
    name: 'chunks',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=1\r\nWiki\r\nA\r\npedia in, \r\n0\r\n\r\n',
    expected: { status: 200, body: 'Wikipedia in, ', reusable: true },
  },
  {
    name: 'chunks with trailers',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nDigest: 1\r\n\r\n',
    expected: { status: 200, body: 'ok', reusable: true },
  },
];

describe('ResponseParser', () => {
  it.each(GOOD)('reads $name, whole and byte by byte', ({ text, expected }) => {
    for (const pieceBytes of [text.length, 1, 7]) {
      const answer = parse(text, pieceBytes)!;
      expect({ status: answer.status, body: answer.body.toString(), reusable: answer.reusable }).toEqual(expected);
    }
  });

  it('gives headers in lower case, trimmed', () => {
    expect(parse(GOOD[0]!.text, 1000)!.headers.get('x-y')).toBe('z');
  });

  it('does not reuse a connection with bytes left over', () => {
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP', 1000)!.reusable).toBe(false);
  });

  it.each([
    { name: 'something else than HTTP', text: 'SSH-2.0-OpenSSH\r\n\r\n' },
    { name: 'no length', text: 'HTTP/1.1 200 OK\r\n\r\n' },
    { name: 'a length that is none', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n' },
    { name: 'a length beyond reason', text: 'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n' },
    { name: 'a chunk without size', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n' },
    { name: 'an endless head', text: `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}` },
  ])('refuses $name', ({ text }) => {
    expect(() => parse(text, 4096)).toThrow(/answer/);
  });
});
