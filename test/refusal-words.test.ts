import { CONTRACTS_ERRORS, checkCamera, PROBLEM_CODES, problemsOf, SCHEMA_KEYWORDS } from '@safecity/contracts';
import { INGEST_ERRORS } from '@safecity/ingest';
import { type TSchema, Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { CAMERA_WORDS } from '../console/src/refusals/camera-words.js';
import { PROBLEM_WORDS, type Say, SCHEMA_WORDS } from '../console/src/refusals/field-words.js';
import { REFUSAL_WORDS } from '../console/src/refusals/refusal-words.js';
import { readCameraCsv } from '../vms-api/src/cameras/camera-csv.js';
import { cameraOfRow } from '../vms-api/src/cameras/camera-of-row.js';
import { API_ERRORS } from '../vms-api/src/errors.js';
import { buildOpenApi } from '../vms-api/src/openapi.js';

interface Told {
  code: string;
  params?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** What the console itself says when no server answers. */
const OF_CONSOLE = ['CONSOLE_DECODER_FAILED', 'CONSOLE_UNREACHABLE'];
const sorted = (codes: Iterable<string>) => [...codes].sort();
const sayOf = (code: string): Say | undefined => SCHEMA_WORDS[code] ?? PROBLEM_WORDS[code] ?? CAMERA_WORDS[code] ?? REFUSAL_WORDS[code];

function inWords({ code, params = {} }: Told): string {
  const say = sayOf(code);
  return `${code}: ${typeof say === 'function' ? say(params) : say}`;
}

describe('Vietnamese words of refusals', () => {
  it.each([
    ['what the API and its schemas refuse', [...Object.keys(API_ERRORS), ...Object.keys(CONTRACTS_ERRORS), ...OF_CONSOLE], REFUSAL_WORDS],
    ['problems of cameras', Object.keys(INGEST_ERRORS), CAMERA_WORDS],
    ['keywords of schemas', SCHEMA_KEYWORDS, SCHEMA_WORDS],
    ['what a schema cannot say', Object.keys(PROBLEM_CODES), PROBLEM_WORDS],
  ])('exist for %s, and for nothing else', (_name, codes, words) => {
    expect(sorted(Object.keys(words))).toEqual(sorted(codes));
  });

  it('exist for every keyword in the schemas of requests', async () => {
    const known: readonly string[] = SCHEMA_KEYWORDS;
    const others = ['contains', 'dependentRequired', 'dependencies', 'oneOf', 'not', 'propertyNames', 'if', 'unevaluatedProperties'];
    const found = new Set<string>();
    const open: unknown[] = [await buildOpenApi()];
    while (open.length > 0) {
      const part = open.pop();
      if (typeof part !== 'object' || part === null) continue;
      for (const [name, value] of Object.entries(part)) {
        if (known.includes(name) || others.includes(name)) found.add(name);
        open.push(value);
      }
    }
    expect(found.size).toBeGreaterThan(10);
    expect([...found].filter((name) => !known.includes(name))).toEqual([]);
  });

  const one = { a: Type.Optional(Type.String()) };
  const broken: readonly (readonly [TSchema, unknown])[] = [
    ...([
      [Type.String({ minLength: 3 }), 'a'],
      [Type.String({ maxLength: 1 }), 'bb'],
      [Type.String({ pattern: '^x$' }), 'c'],
    ] as const),
    ...([
      [Type.Number({ minimum: 5 }), 1],
      [Type.Number({ maximum: 1 }), 2],
      [Type.Number({ exclusiveMinimum: 5 }), 5],
    ] as const),
    ...([
      [Type.Number({ exclusiveMaximum: 1 }), 1],
      [Type.Number({ multipleOf: 7 }), 3],
      [Type.Enum(['one', 'two']), 'three'],
    ] as const),
    ...([
      [Type.Literal('only'), 'other'],
      [Type.String({ format: 'date' }), 'no'],
      [Type.Boolean(), 'n'],
    ] as const),
    ...([
      [Type.Array(Type.Number(), { minItems: 2 }), [1]],
      [Type.Array(Type.Number(), { maxItems: 1 }), [1, 2]],
    ] as const),
    ...([
      [Type.Array(Type.Number(), { uniqueItems: true }), [1, 1]],
      [Type.Object({ o: Type.String() }), {}],
    ] as const),
    ...([
      [Type.Object(one, { minProperties: 1 }), {}],
      [Type.Object(one, { maxProperties: 0 }), { a: 'a' }],
    ] as const),
    [Type.Object(one, { additionalProperties: false }), { q: 1 }],
    [Type.Union([Type.Object({}), Type.Array(Type.String())]), 1],
  ];
  const ofSchemas = () => broken.flatMap(([schema, value]) => problemsOf(schema, value));
  const unit = [
    [0, 0],
    [1, 1],
    [1, 0],
    [0, 1],
  ];
  const camera = {
    ...{ id: 'a', name: 'A', source: { url: 'rtsp://192.0.2.1/a' }, groups: ['x', 'x'] },
    zones: [{ id: 'z', name: 'Z', polygon: unit }],
    lines: [{ id: 'l', name: 'L', a: [0, 0], b: [0, 0] }],
    rules: [{ id: 'r', name: 'R', type: 'crowd-occupancy', zoneId: 'none', minCount: 5 }],
    certificate: { number: '1', issuer: 'I', issuedOn: '2026-02-01', validUntil: '2026-01-01' },
  };
  const problemsOfCamera = (value: unknown): Told[] => {
    const checked = checkCamera(value);
    return checked.ok ? [] : checked.problems;
  };
  const problemsOfList = (csv: string): Told[] => {
    try {
      return readCameraCsv(csv).flatMap((row) => cameraOfRow(row, null).problems);
    } catch (error) {
      return [...(error as { problems: readonly Told[] }).problems];
    }
  };
  it.each<[string, Told[], number]>([
    ['a schema', ofSchemas(), 20],
    ['a camera whose shape is wrong', problemsOfCamera({ ...camera, id: 'ä', rules: [{ type: 'none' }], signals: 'x' }), 3],
    ['a camera that contradicts itself', problemsOfCamera(camera), 5],
    ['a row', problemsOfList('id,latitude,enabled,url,password\nä,north,maybe,rtsp://a:b@c,x\n'), 5],
    ['a list', ['id,colour\na,b', 'id,id\na,b', 'name\na', 'id,name\na,b,c', 'id,name\na,"b', ''].flatMap(problemsOfList), 6],
  ])('fill in what is wrong with %s', (_name, problems, least) => {
    const words = problems.map(inWords);
    expect(words.length).toBeGreaterThanOrEqual(least);
    expect(words.filter((text) => /undefined|NaN|\[object|“”/.test(text))).toEqual([]);
  });
});
