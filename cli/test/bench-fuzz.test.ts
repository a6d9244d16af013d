import { expect, it } from 'vitest';
import { fuzzApi } from '../src/commands/bench-fuzz.js';

it('answers 2,000 requests, valid, nearly valid and hostile, without a server error, a leak or a stack', async () => {
  const report = await fuzzApi({ requests: 2000, seed: 7 });
  expect(report.findings).toEqual([]);
  expect(report.byIntent).toEqual({ valid: expect.any(Number), 'near-valid': expect.any(Number), hostile: expect.any(Number) });
  // It reached what it was to test: some of it was allowed, most was refused.
  expect(report.byStatus['200']).toBeGreaterThan(100);
  expect(report.byStatus['400']).toBeGreaterThan(200);
}, 120_000);
