import { parseCamera } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { configDifferences } from './config-diff.js';

const corner = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const zone = (id: string, changes: object = {}) => ({ id, name: id, polygon: corner, ...changes });
const aCamera = (changes: object = {}) => parseCamera({ id: 'a', name: 'A', source: { url: 'rtsp://192.0.2.1/a' }, ...changes });

describe('configDifferences', () => {
  it.each([
    { name: 'nothing but the revision', before: { revision: 1 }, after: { revision: 2 }, expected: [] },
    { name: 'a name', before: {}, after: { name: 'B' }, expected: [{ path: 'name', before: 'A', after: 'B' }] },
    { name: 'a member that was not there', before: {}, after: { area: 'x' }, expected: [{ path: 'area', after: 'x' }] },
    {
      name: 'an entry removed from the front of a list',
      before: { zones: [zone('a'), zone('b')] },
      after: { zones: [zone('b')] },
      expected: [{ path: 'zones/a', before: zone('a') }],
    },
    {
      name: 'one member of one entry',
      before: { zones: [zone('a'), zone('b')] },
      after: { zones: [zone('a'), zone('b', { name: 'Gate' })] },
      expected: [{ path: 'zones/b/name', before: 'b', after: 'Gate' }],
    },
    {
      name: 'another order',
      before: { zones: [zone('a'), zone('b')] },
      after: { zones: [zone('b'), zone('a')] },
      expected: [{ path: 'zones', before: [zone('a'), zone('b')], after: [zone('b'), zone('a')] }],
    },
    {
      name: 'a list of plain values, whole',
      before: { groups: ['x'] },
      after: { groups: ['x', 'y'] },
      expected: [{ path: 'groups', before: ['x'], after: ['x', 'y'] }],
    },
  ])('$name', ({ before, after, expected }) => {
    expect(configDifferences(aCamera(before), aCamera(after))).toEqual(expected);
  });
});
