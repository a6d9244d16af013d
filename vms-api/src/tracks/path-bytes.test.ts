import type { ArchivedTrack } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { pathBytes, pathPoints } from './path-bytes.js';

describe('a stored path', () => {
  const points: ArchivedTrack['points'] = [
    [0, -1, -0.0001, 2, 1, 0],
    [1, 0.1234, 0.4321, 0.9999, 1.2345, 1],
    [600_000, 0, 0, 0.0001, 0.0002, 0],
    [2_147_483_647, 0.5, 0.5, 0.6, 0.6, 1],
  ];

  it('is what was archived, in twelve bytes a point', () => {
    expect(pathBytes(points).length).toBe(48);
    expect(pathPoints(pathBytes(points))).toEqual(points);
  });

  it('is a third of its JSON or less', () => {
    const long = Array.from({ length: 60 }, (_, i): ArchivedTrack['points'][number] => [i * 400, 0.1234, 0.2345, 0.3456, 0.4567, 1]);
    expect(pathBytes(long).length * 3).toBeLessThan(JSON.stringify(long).length + 1);
  });
});
