import type { ArchivedTrack } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { bestMoment } from './best-moment.js';

const part = (firstMs: number, points: ArchivedTrack['points']): ArchivedTrack => ({
  ...{ cameraId: 'cam-1', configRevision: 1, trackId: 'a-0', class: 'car', score: 0.8, clearShare: 1, aspect: 16 / 9 },
  ...{ firstMs, lastMs: firstMs + 1000, points },
});

describe('the moment in which a track is seen best', () => {
  it.each<[string, ArchivedTrack[], number]>([
    [
      'is where it is largest',
      [
        part(1000, [
          [0, 0.4, 0.4, 0.5, 0.5, 0],
          [500, 0.4, 0.4, 0.6, 0.6, 1],
          [900, 0.4, 0.4, 0.55, 0.55, 1],
        ]),
      ],
      1500,
    ],
    ['is in the part in which it is largest', [part(1000, [[0, 0.4, 0.4, 0.5, 0.5, 0]]), part(9000, [[7, 0.4, 0.4, 0.6, 0.6, 0]])], 9007],
    [
      'is not where the border cuts it off',
      [
        part(0, [
          [0, 0.4, 0.4, 0.6, 0.6, 0],
          [1, 0.75, 0.4, 1, 0.6, 1],
        ]),
      ],
      0,
    ],
    [
      'is where it is cut off when it is never whole',
      [
        part(0, [
          [3, 0.9, 0.4, 1, 0.6, 0],
          [4, 0.8, 0.4, 1, 0.6, 1],
        ]),
      ],
      4,
    ],
  ])('%s', (_name, parts, atMs) => expect(bestMoment(parts).atMs).toBe(atMs));

  it('lies in the picture', () => {
    expect(bestMoment([part(0, [[0, -0.1, 0.5, 0.3, 1.2, 0]])]).box).toEqual([0, 0.5, 0.3, 1]);
  });
});
