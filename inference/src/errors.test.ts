import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { INFERENCE_ERRORS } from './errors.js';

it('documents every code that is raised, and no other', () => {
  const here = new URL('.', import.meta.url);
  const sources = readdirSync(here).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'errors.ts');
  const raised = new Set(sources.flatMap((name) => readFileSync(new URL(name, here), 'utf8').match(/(?<=')INFERENCE_[A-Z_]+(?=')/g) ?? []));
  raised.delete('INFERENCE_ERRORS');
  raised.delete('SAFECITY_INFERENCE_LISTEN');
  expect([...raised].sort()).toEqual(Object.keys(INFERENCE_ERRORS).sort());
});
