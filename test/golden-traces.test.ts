import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const { goldenEvents, goldenNames, writtenEvents } = (await import('../scripts/golden-traces.mjs')) as {
  goldenNames(): string[];
  goldenEvents(name: string): string;
  writtenEvents(name: string): string;
};

describe('golden traces', () => {
  test.each(goldenNames())('%s: the rules say what is written beside it (node scripts/golden-traces.mjs writes it anew)', (name) => {
    expect(goldenEvents(name).split('\n')).toEqual(writtenEvents(name).split('\n'));
  });

  test('hold the event that each was cut out for', () => {
    const raised = goldenNames().map((name) => [
      name,
      [...writtenEvents(name).matchAll(/"phase":"raised","type":"([^"]+)"/g)].map(([, type]) => type),
    ]);
    expect(Object.fromEntries(raised)).toMatchObject({
      collision: expect.arrayContaining(['collision']),
      'incidents-on-square': expect.arrayContaining(['intrusion', 'tripwire']),
      'red-light': expect.arrayContaining(['red-light']),
      'wrong-way': expect.arrayContaining(['wrong-way', 'wrong-way-driver']),
    });
  });

  test('stay small', () => {
    const folder = join(import.meta.dirname, '..', 'fixtures', 'goldens');
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(200_000);
  });
});
