import type { Box, EvidenceMoment } from '@safecity/contracts';
import { expect, it } from 'vitest';
import { aFinding, anAlert } from '../testing/builders.js';
import { listedStill } from './listed-still.js';

const AT = 1_795_000_002_000;
const box: Box = [0, 0, 1, 1];
const aMoment = (name: string, atMs: number, changes: Partial<EvidenceMoment> = {}): EvidenceMoment => ({ name, atMs, ...changes });

it.each([
  { name: 'none while there is none', moments: [aMoment('raised', AT)], stored: [], expected: null },
  {
    name: 'the moment at which the rule was met, before a nearer one',
    moments: [aMoment('first', AT - 100), aMoment('raised', AT - 900)],
    stored: ['first', 'raised'],
    expected: 'raised',
  },
  {
    name: 'the crossing of the line, although the rule was told of later',
    moments: [aMoment('before-line', AT - 2000, { box }), aMoment('over-line', AT - 1000, { box }), aMoment('past-line', AT, { box })],
    stored: ['past-line', 'over-line', 'before-line'],
    expected: 'over-line',
  },
  {
    name: 'one that shows the subject, before the moment at which the rule was met',
    moments: [aMoment('first', AT - 5000, { box }), aMoment('raised', AT)],
    stored: ['raised', 'first'],
    expected: 'first',
  },
  {
    name: 'the nearest when that moment could not be cut',
    moments: [aMoment('first', AT - 5000, { box }), aMoment('last', AT + 3000, { box }), aMoment('raised', AT, { box })],
    stored: ['first', 'last'],
    expected: 'last',
  },
  {
    name: 'of the finding that leads, although another was seen first',
    moments: [aMoment('also-1-raised', AT, { box })],
    others: [aMoment('raised', AT - 60_000, { box })],
    stored: ['raised', 'also-1-raised'],
    expected: 'also-1-raised',
  },
])('the still that lists show is $name', ({ moments, others, stored, expected }) => {
  const findings = [aFinding({ raisedAtMs: AT, moments }), ...(others ? [aFinding({ moments: others })] : [])];
  const known = new Map([...moments, ...(others ?? [])].map(({ name, atMs }) => [name, atMs]));
  const stills = stored.map((moment) => ({ moment, captured_at_ms: known.get(moment) ?? 0 }));
  expect(listedStill(anAlert({ findings }), stills)?.moment ?? null).toBe(expected);
});
