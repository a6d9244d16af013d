import { describe, expect, it } from 'vitest';
import { boxToPixels, fitRect, geometryInView, lineMarks } from './picture-geometry.js';

describe('fitRect', () => {
  it.each([
    { name: 'same aspect', frame: [320, 180], picture: [1280, 720], expected: { x: 0, y: 0, width: 320, height: 180 } },
    { name: 'bars at the sides', frame: [320, 180], picture: [640, 480], expected: { x: 40, y: 0, width: 240, height: 180 } },
    { name: 'bars above and below', frame: [320, 240], picture: [1280, 720], expected: { x: 0, y: 30, width: 320, height: 180 } },
    { name: 'unknown picture fills the frame', frame: [320, 180], picture: [0, 0], expected: { x: 0, y: 0, width: 320, height: 180 } },
  ])('$name', ({ frame, picture, expected }) => {
    expect(
      fitRect({ width: frame[0] as number, height: frame[1] as number }, { width: picture[0] as number, height: picture[1] as number }),
    ).toEqual(expected);
  });
});

describe('boxToPixels', () => {
  const rect = { x: 40, y: 0, width: 200, height: 100 };
  it.each([
    { box: [0.1, 0.2, 0.5, 0.6] as const, expected: { x: 60, y: 20, width: 80, height: 40 } },
    { box: [-0.2, -1, 1.4, 2] as const, expected: { x: 40, y: 0, width: 200, height: 100 } },
  ])('$box', ({ box, expected }) => {
    const got = boxToPixels(box, rect);
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(got[key]).toBeCloseTo(expected[key]);
  });
});

describe('lineMarks', () => {
  const away = 10;
  it.each([
    { name: 'to the right: left is above', a: [0, 50], b: [100, 50], left: [50, 40], right: [50, 60] },
    { name: 'reversed: left is below', a: [100, 50], b: [0, 50], left: [50, 60], right: [50, 40] },
    { name: 'downwards: left is to the right', a: [50, 0], b: [50, 100], left: [60, 50], right: [40, 50] },
    { name: 'upwards: left is to the left', a: [50, 100], b: [50, 0], left: [40, 50], right: [60, 50] },
  ])('$name', ({ a, b, left, right }) => {
    const marks = lineMarks({ x: a[0] as number, y: a[1] as number }, { x: b[0] as number, y: b[1] as number }, away);
    expect([marks.left.x, marks.left.y]).toEqual(left);
    expect([marks.right.x, marks.right.y]).toEqual(right);
  });

  it('stays finite for a line without length', () => {
    const marks = lineMarks({ x: 5, y: 5 }, { x: 5, y: 5 }, away);
    expect(Number.isFinite(marks.left.x)).toBe(true);
  });
});

describe('geometryInView', () => {
  const zone = (id: string, presetId?: string) => ({ id, name: id, polygon: [], ...(presetId ? { presetId } : {}) });
  const line = (id: string, presetId: string) => ({ id, name: id, a: [0, 0] as [number, number], b: [1, 1] as [number, number], presetId });
  const camera = { zones: [zone('all'), zone('lawn', 'gate'), zone('kerb', 'road')], lines: [line('stop', 'road')] };
  it.each([
    { presetId: 'gate', expected: ['all', 'lawn'] },
    { presetId: 'road', expected: ['all', 'kerb', 'stop'] },
    { presetId: null, expected: ['all'] },
    { presetId: undefined, expected: ['all'] },
  ])('at $presetId', ({ presetId, expected }) => {
    const { zones, lines } = geometryInView(camera, presetId);
    expect([...zones, ...lines].map(({ id }) => id)).toEqual(expected);
  });
});
