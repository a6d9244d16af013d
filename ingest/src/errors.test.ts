import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INGEST_ERRORS } from './errors.js';

const source = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'errors.ts')
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  .join('\n');

describe('error codes', () => {
  it('are all explained', () => {
    const used = new Set(source.match(/INGEST_[A-Z0-9_]+(?=')/g));
    used.delete('INGEST_ERRORS');
    used.delete('INGEST_');
    expect([...used].filter((code) => !(code in INGEST_ERRORS))).toEqual([]);
  });

  it('are all in use', () => {
    expect(Object.keys(INGEST_ERRORS).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});
