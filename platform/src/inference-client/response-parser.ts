/** An HTTP/1.1 answer; header names in lower case. */
export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
  /** The connection may carry another request. */
  reusable: boolean;
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_CHUNK_LINE_BYTES = 1024;

function parseHead(text: string): Omit<Answer, 'body'> {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error('answer is not HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  return { status: Number(status), headers, reusable: minor === '1' ? connection !== 'close' : connection === 'keep-alive' };
}

/** Length of the body, or `chunked`. An answer with neither would end with the connection, which no server here does. */
function framingOf({ status, headers }: Omit<Answer, 'body'>): number | 'chunked' {
  if (status === 204 || status === 304) return 0;
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return 'chunked';
  const text = headers.get('content-length') ?? '';
  const length = Number(text);
  if (!/^\d+$/.test(text) || length > MAX_BODY_BYTES) throw new Error(`answer has no usable Content-Length ("${text.slice(0, 20)}")`);
  return length;
}

/** Reads `size CRLF data CRLF ... 0 CRLF trailers CRLF` (RFC 9112, section 7.1); undefined while it is not complete. */
function readChunks(bytes: Buffer): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) {
      if (bytes.length - at > MAX_CHUNK_LINE_BYTES) throw new Error('answer has an endless chunk line');
      return undefined;
    }
    const [, digits] = /^([0-9a-fA-F]{1,7})(?:;|$)/.exec(bytes.toString('latin1', at, lineEnd).trim()) ?? [];
    if (digits === undefined) throw new Error('answer has a chunk without a size');
    const size = Number.parseInt(digits, 16);
    const start = lineEnd + 2;
    if (size === 0) {
      const end = bytes.subarray(start, start + 2).equals(Buffer.from('\r\n')) ? start + 2 : bytes.indexOf('\r\n\r\n', start) + 4;
      return end < start + 2 ? undefined : { body: Buffer.concat(chunks), end };
    }
    if (bytes.length < start + size + 2) return undefined;
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

/**
 * Puts one answer together from pieces of a connection. The pieces are copied, because the caller reads into one buffer
 * again and again. Interim answers (1xx) are skipped.
 */
export class ResponseParser {
  #bytes: Buffer = Buffer.alloc(0);

  /** True once a byte of the answer has come. */
  get hasBegun(): boolean {
    return this.#bytes.length > 0;
  }

  /**
   * Adds a piece; gives the answer when it is complete.
   * @throws Error when it is not a usable HTTP/1.1 answer
   */
  add(piece: Uint8Array): Answer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    for (;;) {
      const headEnd = this.#bytes.indexOf('\r\n\r\n');
      if (headEnd < 0 || headEnd > MAX_HEAD_BYTES) {
        if (this.#bytes.length > MAX_HEAD_BYTES) throw new Error('answer has an endless head');
        return undefined;
      }
      const head = parseHead(this.#bytes.toString('latin1', 0, headEnd));
      const rest = this.#bytes.subarray(headEnd + 4);
      if (head.status >= 200) return this.#complete(head, rest);
      this.#bytes = rest;
    }
  }

  #complete(head: Omit<Answer, 'body'>, rest: Buffer): Answer | undefined {
    const framing = framingOf(head);
    if (framing === 'chunked') {
      const read = readChunks(rest);
      if (!read && rest.length > 2 * MAX_BODY_BYTES) throw new Error('answer is too long');
      return read && { ...head, body: read.body, reusable: head.reusable && read.end === rest.length };
    }
    if (rest.length < framing) return undefined;
    return { ...head, body: rest.subarray(0, framing), reusable: head.reusable && rest.length === framing };
  }
}
