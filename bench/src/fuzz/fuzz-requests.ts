import { FuzzValues, hostile, nearly, pick, type Random, type Schema } from './fuzz-values.js';

/** How far a request is from what the document allows. */
export const INTENTS = ['valid', 'near-valid', 'hostile'] as const;
export type Intent = (typeof INTENTS)[number];

export interface FuzzRequest {
  operationId: string;
  /** What the document says that somebody must be allowed to. */
  permission: string;
  intent: Intent;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

interface Operation {
  operationId: string;
  permission: string;
  method: string;
  path: string;
  parameters: { name: string; in: string; required?: boolean; schema: Schema }[];
  body: Schema | null;
}

export interface OpenApi {
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components: { schemas: Record<string, Schema> };
}

/** Ends the session with which everything is asked. */
const LEFT_OUT = ['closeSession'];
/** Hash a password, which is meant to take long: asked more rarely. */
const COSTLY = ['openSession', 'createUser', 'changeAccount', 'beginSecondFactor', 'removeSecondFactor'];
const COSTLY_SHARE = 0.03;

function operationsOf(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const content = (operation['requestBody'] as { content?: Record<string, { schema: Schema }> } | undefined)?.content;
      return {
        ...{
          operationId: String(operation['operationId']),
          permission: String(operation['x-permission']),
          method: method.toUpperCase(),
          path,
        },
        parameters: (operation['parameters'] ?? []) as Operation['parameters'],
        body: content?.['application/json']?.schema ?? null,
      };
    }),
  );
}

const BOMB = new Uint8Array([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255]);

/** A body that is no JSON, or says it is something else, or is far too much. */
function brokenBody(random: Random): Pick<FuzzRequest, 'body' | 'headers'> {
  const json = { 'content-type': 'application/json' };
  return pick<() => Pick<FuzzRequest, 'body' | 'headers'>>(random, [
    () => ({ body: '{', headers: json }),
    () => ({ body: '{"a":1,"a":', headers: json }),
    () => ({ body: '{"__proto__":{"polluted":true}}', headers: json }),
    () => ({ body: new Uint8Array([0xff, 0xfe, 0x7b]), headers: json }),
    () => ({ body: BOMB, headers: { ...json, 'content-encoding': 'gzip' } }),
    () => ({
      body: '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
      headers: { 'content-type': 'application/xml' },
    }),
    () => ({ body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    () => ({ body: '--x\r\n\r\n--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }),
    () => ({ body: '{}', headers: { 'content-type': 'application/json; charset=utf-7' } }),
    () => ({ body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, headers: json }),
    () => ({ body: JSON.stringify({ a: 'x'.repeat(1_100_000) }), headers: json }),
  ])();
}

const BAD_HEADERS: readonly Record<string, string>[] = [
  { 'x-csrf-token': '' },
  { 'x-csrf-token': 'A'.repeat(43) },
  { authorization: 'Bearer safecity_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  { authorization: `Bearer ${'x'.repeat(8000)}` },
  { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW5pc3RyYXRvciJ9.' },
  { cookie: 'safecity_session=%00' },
  { cookie: `safecity_session=${'A'.repeat(43)}; a=${'b'.repeat(4000)}` },
  { range: 'bytes=99999999999999999999-' },
  { 'x-forwarded-for': '127.0.0.1', 'x-http-method-override': 'DELETE' },
  { 'accept-encoding': 'identity;q=0', accept: 'x'.repeat(2000) },
];

/** Makes requests of all operations of a document. */
export class FuzzRequests {
  readonly #operations: Operation[];
  readonly #values: FuzzValues;

  constructor(document: OpenApi, known: Record<string, readonly unknown[]>) {
    this.#operations = operationsOf(document).filter(({ operationId }) => !LEFT_OUT.includes(operationId));
    this.#values = new FuzzValues(document.components.schemas, known);
  }

  next(random: Random): FuzzRequest {
    const costly = random() < COSTLY_SHARE;
    const operation = pick(
      random,
      this.#operations.filter(({ operationId }) => COSTLY.includes(operationId) === costly),
    );
    return this.#request(operation, pick(random, INTENTS), random);
  }

  #request(operation: Operation, intent: Intent, random: Random): FuzzRequest {
    const { operationId, permission, method, path, parameters } = operation;
    const spoilt = intent === 'valid' ? -1 : Math.floor(random() * (parameters.length + (operation.body ? 2 : 0)));
    const values = parameters.map((parameter, index) => {
      const value = this.#values.valid(parameter.schema, random, parameter.name);
      return intent === 'hostile' || index === spoilt ? (random() < 0.7 ? hostile(random) : value) : value;
    });
    const filled = parameters.reduce(
      (text, { name, in: where }, index) => (where === 'path' ? text.replace(`{${name}}`, segment(values[index], random)) : text),
      path,
    );
    const query = parameters.flatMap(({ name, in: where, required }, index) =>
      where === 'query' && (required || random() < 0.5) ? [`${name}=${part(values[index])}`] : [],
    );
    if (intent === 'hostile' && random() < 0.1) query.push(`${part(hostile(random))}=${part(hostile(random))}`, ...query.slice(0, 1));
    const common = { operationId, permission, intent, method, path: query.length > 0 ? `${filled}?${query.join('&')}` : filled };
    const headers = intent === 'hostile' && random() < 0.2 ? pick(random, BAD_HEADERS) : {};
    return { ...common, ...this.#body(operation, intent, random, headers) };
  }

  #body(
    { body, method }: Operation,
    intent: Intent,
    random: Random,
    headers: Record<string, string>,
  ): Pick<FuzzRequest, 'body' | 'headers'> {
    if (method === 'GET' || (!body && intent !== 'hostile')) return { headers };
    if (intent === 'hostile' && random() < 0.25) {
      const broken = brokenBody(random);
      return { ...broken, headers: { ...headers, ...broken.headers } };
    }
    const valid = body ? this.#values.valid(body, random) : {};
    const value = intent === 'valid' ? valid : intent === 'hostile' && random() < 0.3 ? hostile(random) : nearly(valid, random);
    return { body: JSON.stringify(value) ?? '', headers: { ...headers, 'content-type': 'application/json' } };
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Percent-encoded; what cannot be encoded goes out as an encoding that is none. */
function part(value: unknown): string {
  try {
    return encodeURIComponent(textOf(value).slice(0, 3000));
  } catch {
    return '%ed%a0%80%zz';
  }
}

/** As part of a path, now and then with its slashes and dots as they are. */
function segment(value: unknown, random: Random): string {
  const text = part(value);
  if (text === '' || text === '.' || text === '..') return '%2e';
  return random() < 0.1 ? text.replaceAll('%2F', '/') : text;
}
