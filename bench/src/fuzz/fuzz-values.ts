import fc from 'fast-check';

/** A JSON schema of the OpenAPI document. */
export type Schema = Record<string, unknown>;

/** 0..1 */
export type Random = () => number;

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** Texts that break things elsewhere: SQL, paths, templates, bytes that no database keeps, times without a zone. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...["' OR 1=1 --", "'; DROP TABLE alerts; --", '1) UNION SELECT payload FROM audit --', '%27%20OR%201=1', '\\', '%', '_', '*'],
  ...[
    '../../../../etc/passwd',
    '..%2f..%2fkey',
    '/proc/self/environ',
    'C:\\windows\\win.ini',
    'file:///etc/passwd',
    '%00',
    '%c0%ae%c0%ae/',
  ],
  ...['rtsp://127.0.0.1:5432/', 'rtsp://169.254.169.254/latest', 'rtsp://[::1]/', 'rtsp://a\r\nb/', 'http://127.0.0.1:4222/'],
  ...[
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '\ufeff',
    'é'.normalize('NFD'),
    '𝕏',
    '\r\nx-injected: 1',
    '<script>alert(1)</script>',
  ],
  ...['{{7*7}}', `\${7*7}`, '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', 'true', '[]', '{}', '-1', '1e999', '0x10'],
  ...['2025-07-01T00:00:00', '2025-07-01', '2025-07-01T25:61:00Z', '', ' ', 'x'.repeat(300), 'x'.repeat(20_000), '9'.repeat(400), '-0'],
];

const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, -0, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63, 5e-324, [], {}, [[]], [null], '', { length: -1 }],
  ...[{ __proto__: null, constructor: { prototype: { a: 1 } } }, { toString: 'x' }, Array.from({ length: 2000 }, () => 0)],
];

/** Arrays within arrays. */
function deep(levels: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

export function hostile(random: Random): unknown {
  const choice = random();
  if (choice < 0.5) return pick(random, HOSTILE_TEXTS);
  return choice < 0.98 ? pick(random, HOSTILE_VALUES) : deep(500);
}

/** Makes values of a document's schemas, the same for the same random numbers. */
export class FuzzValues {
  readonly #components: Record<string, Schema>;
  /** Values that exist on the site, by the name of the property that takes them. */
  readonly #known: Record<string, readonly unknown[]>;
  readonly #matching = new Map<string, string[]>();

  constructor(components: Record<string, Schema>, known: Record<string, readonly unknown[]>) {
    this.#components = components;
    this.#known = known;
  }

  /** A value that the schema allows; mostly one that exists, where its name says what it stands for. */
  valid(schema: Schema, random: Random, name = '', depth = 0): unknown {
    const known = this.#known[name];
    if (known && random() < 0.9) return pick(random, known);
    const resolved = this.#resolve(schema);
    const choices = (resolved['anyOf'] ?? resolved['oneOf']) as Schema[] | undefined;
    if (choices) return this.valid(pick(random, choices), random, name, depth);
    if (Array.isArray(resolved['enum'])) return pick(random, resolved['enum']);
    if ('const' in resolved) return resolved['const'];
    switch (resolved['type']) {
      case 'object':
        return this.#object(resolved, random, depth);
      case 'array':
        return this.#array(resolved, random, name, depth);
      case 'integer':
      case 'number':
        return numberOf(resolved, random, name);
      case 'boolean':
        return random() < 0.5;
      case 'null':
        return null;
      default:
        return this.#text(resolved, random);
    }
  }

  #resolve(schema: Schema): Schema {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    return this.#resolve(this.#components[reference.replace('#/components/schemas/', '')] ?? {});
  }

  #object(schema: Schema, random: Random, depth: number): Record<string, unknown> {
    const required = (schema['required'] ?? []) as string[];
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
    const kept = properties.filter(([name]) => required.includes(name) || (depth < 5 && random() < 0.4));
    return Object.fromEntries(kept.map(([name, property]) => [name, this.valid(property, random, name, depth + 1)]));
  }

  #array(schema: Schema, random: Random, name: string, depth: number): unknown[] {
    const tuple = schema['prefixItems'] as Schema[] | undefined;
    if (tuple) return tuple.map((item) => this.valid(item, random, name, depth + 1));
    const least = (schema['minItems'] as number | undefined) ?? 0;
    const most = Math.min((schema['maxItems'] as number | undefined) ?? 3, least + 3);
    const length = least + Math.floor(random() * (most - least + 1));
    return Array.from({ length }, () => this.valid((schema['items'] as Schema) ?? {}, random, name.replace(/s$/, ''), depth + 1));
  }

  #text({ pattern, minLength = 0, maxLength = 40 }: Schema, random: Random): string {
    if (typeof pattern === 'string') return pick(random, this.#textsOf(pattern));
    const length = (minLength as number) + Math.floor(random() * Math.min(20, (maxLength as number) - (minLength as number) + 1));
    return Array.from({ length }, () => pick(random, [...'abcXYZ 019-ếĐ'])).join('');
  }

  #textsOf(pattern: string): string[] {
    let texts = this.#matching.get(pattern);
    if (!texts) {
      texts = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 40, seed: 1 });
      this.#matching.set(pattern, texts);
    }
    return texts;
  }
}

function numberOf(schema: Schema, random: Random, name: string): number {
  const time = /Ms$/.test(name) && schema['minimum'] === undefined;
  const low = (schema['minimum'] as number | undefined) ?? (time ? Date.now() - 86_400_000 : -10);
  const high = (schema['maximum'] as number | undefined) ?? (time ? Date.now() + 86_400_000 : low + 1000);
  const value = low + random() * (high - low);
  return schema['type'] === 'integer' ? Math.round(value) : value;
}

/** A value with one place changed: a field missing, one too many, or something else in its place. */
export function nearly(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random() < 0.8) {
    const index = Math.floor(random() * value.length);
    return value.map((item, at) => (at === index ? nearly(item, random) : item));
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && random() < 0.9) {
    const name = pick(random, Object.keys(value));
    const { [name]: changed, ...rest } = value as Record<string, unknown>;
    if (random() < 0.15) return rest;
    return random() < 0.15 ? { ...value, unknown: hostile(random) } : { ...rest, [name]: nearly(changed, random) };
  }
  return hostile(random);
}
