import { describe, expect, it } from 'vitest';
import { byType, isPartlyWatched, perCamera, seriesOf } from './figures.js';
import type { LineCounts, UptimeRow } from './use-statistics.js';

const step = (fromMs: number, watchedMs: number) => ({ fromMs, toMs: fromMs + 100, rules: 1, watchedMs });

describe('counts', () => {
  const counts: LineCounts = {
    steps: [step(0, 100), step(100, 0), step(200, 99)],
    rows: [
      { fromMs: 0, class: 'car', direction: 'left', count: 2 },
      { fromMs: 0, class: 'car', direction: 'right', count: 1 },
      { fromMs: 200, class: 'bus', direction: 'left', count: 9 },
    ],
  };

  it('are a line for each class, with nothing where nobody watched', () => {
    expect(seriesOf(counts, (id) => id)).toEqual([
      { label: 'bus', values: [0, null, 9] },
      { label: 'car', values: [3, null, 0] },
    ]);
  });

  it.each([
    ['a step that was watched less', 1000, true],
    ['the step that goes on', 150, false],
  ])('%s is told', (_name, nowMs, told) => expect(isPartlyWatched(counts, nowMs)).toBe(told));
});

it('outcomes are put together by type, most first', () => {
  const row = { fromMs: 0, kind: 'violation' } as const;
  const rows = [
    { ...row, type: 'red-light', state: 'confirmed', count: 1 },
    { ...row, type: 'wrong-way', state: 'false-alarm', count: 2 },
    { ...row, fromMs: 1, type: 'wrong-way', state: 'new', count: 3 },
    { ...row, fromMs: 1, type: 'wrong-way', state: 'false-alarm', count: 4 },
  ] as const;
  expect(byType(rows)).toEqual([
    {
      type: 'wrong-way',
      total: 9,
      states: [
        { state: 'new', count: 3 },
        { state: 'false-alarm', count: 6 },
      ],
    },
    { type: 'red-light', total: 1, states: [{ state: 'confirmed', count: 1 }] },
  ]);
});

it('uptime is of what is known', () => {
  const row = (cameraId: string, upMs: number, downMs: number): UptimeRow => ({
    ...{ fromMs: 0, toMs: 100, cameraId, cameraName: cameraId, upMs, downMs, disabledMs: 0, unknownMs: 100 - upMs - downMs, share: null },
  });
  expect(perCamera([row('good', 90, 0), row('dark', 0, 0), row('bad', 30, 10), row('bad', 0, 20)])).toMatchObject([
    { cameraId: 'bad', upMs: 30, downMs: 30, unknownMs: 140, share: 0.5 },
    { cameraId: 'dark', share: null },
    { cameraId: 'good', share: 1, unknownMs: 10 },
  ]);
});
