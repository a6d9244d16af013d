import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_ERRORS } from './errors.js';
import { buildOpenApi } from './openapi.js';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId?: string; responses: Record<string, unknown> }>>;
  components: { schemas: Record<string, unknown> };
}

let document: Document;
let text: string;
beforeAll(async () => {
  document = (await buildOpenApi()) as Document;
  text = JSON.stringify(document);
});

describe('OpenAPI document', () => {
  it('is 3.1, names every operation once and types every answer', () => {
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.length).toBeGreaterThan(14);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(undefined);
  });

  it('states on every operation what any can answer', () => {
    const silent = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        [...(method === 'get' ? [] : ['413', '415']), '429', '500', '503']
          .filter((status) => !JSON.stringify(responses[status] ?? '').includes('#/components/schemas/ErrorAnswer'))
          .map((status) => `${method} ${path} ${status}`),
      ),
    );
    // What is away stands in its own words there.
    expect(silent).toEqual(['get /api/v1/health 503']);
  });

  it('resolves every reference', () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] as string);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('names what the WebSockets carry', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['AlertStreamMessage', 'OverlayMessage', 'TracksFrame']),
    );
  });

  it('speaks JSON Schema 2020-12 and knows no sealed credentials', () => {
    expect(text).not.toContain('additionalItems');
    expect(text).not.toMatch(/"items":\[/);
    expect(text).not.toContain('sealedCredentials');
  });
});

describe('error codes', () => {
  it('are each used and each described', () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'errors.ts')
      .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
      .join('\n');
    const used = new Set([...sources.matchAll(/'(API_[A-Z_]+)'/g)].map((match) => match[1] as string));
    expect([...used].sort()).toEqual(Object.keys(API_ERRORS).sort());
  });
});
