import { SessionError } from './session-error.js';

/** Head of an HTTP/1.1 request; header names in lower case. */
export interface RequestHead {
  method: string;
  /** Without the query. */
  path: string;
  headers: ReadonlyMap<string, string>;
  contentLength: number;
  /** The client may send another request on this connection. */
  keepAlive: boolean;
  /** The client waits for `100 Continue` before it sends the body (curl does, for large ones). */
  expectsContinue: boolean;
}

function refuse(httpStatus: number, message: string): SessionError {
  return new SessionError('INFERENCE_REQUEST_INVALID', message, { httpStatus });
}

function parseHeaders(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw refuse(400, 'malformed header line');
    const key = name.toLowerCase();
    if (headers.has(key) && key === 'content-length') throw refuse(400, 'Content-Length is given twice');
    headers.set(key, value);
  }
  return headers;
}

/** A header that holds a length in bytes. @throws SessionError `INFERENCE_REQUEST_INVALID` (HTTP 400) */
export function lengthHeader(headers: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = headers.get(name);
  if (text === undefined) return undefined;
  const length = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) throw refuse(400, `header ${name} is not a length: "${text.slice(0, 40)}"`);
  return length;
}

/**
 * Parses a request head without its closing empty line. Bodies need a Content-Length; chunked ones are refused, so that
 * there is one way to say where a body ends.
 * @throws SessionError `INFERENCE_REQUEST_INVALID` with HTTP status 400, 411, 501 or 505; the connection cannot go on
 */
export function parseRequestHead(text: string): RequestHead {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const [, method, target, major, minor] = /^([A-Z]{1,16}) (\/\S*) HTTP\/(\d)\.(\d)$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) throw refuse(400, 'malformed request line');
  if (major !== '1') throw refuse(505, 'only HTTP/1 is spoken here');
  const headers = parseHeaders(lines);
  if (headers.has('transfer-encoding')) throw refuse(501, 'Transfer-Encoding is not supported: send a Content-Length');
  const contentLength = lengthHeader(headers, 'content-length');
  if (contentLength === undefined && method === 'POST') throw refuse(411, 'request has no Content-Length');
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  return {
    method,
    path: target.split('?')[0]!,
    headers,
    contentLength: contentLength ?? 0,
    keepAlive: minor === '0' ? connection === 'keep-alive' : connection !== 'close',
    expectsContinue: headers.get('expect')?.toLowerCase() === '100-continue',
  };
}
