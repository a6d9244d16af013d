import type { RecordingTimeline } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { joinTimelines, plannedParts } from './joined-timeline.js';

const RANGE = { fromMs: 0, toMs: 100_000 };
const stretch = (fromMs: number, toMs: number) => ({ fromMs, toMs });
const gap = (fromMs: number, toMs: number, reason: 'not-running' | 'no-picture' = 'not-running') => ({ fromMs, toMs, reason });
const away = (fromMs: number, toMs: number) => ({ workerId: 'b', fromMs, toMs });
const missed = (fromMs: number, toMs: number) => ({ fromMs, toMs, reason: 'worker-away', workerId: 'b' });
const lock = { lockId: '1', fromMs: 1, toMs: 2, owner: 'an', reason: 'case', atMs: 3 };

function told(changes: Partial<RecordingTimeline>): RecordingTimeline {
  return { ...RANGE, spans: [], gaps: [], locks: [], ...changes };
}

describe('timelines of several workers', () => {
  const cases = [
    { name: 'of one worker stay as they are', parts: [told({ spans: [stretch(0, 10_000)], gaps: [gap(10_000, 20_000)] })] },
    {
      name: 'meet where less than a gap is between them',
      parts: [told({ spans: [stretch(0, 4900)] }), told({ spans: [stretch(5000, 9000)] })],
      spans: [stretch(0, 9000)],
      gaps: [],
    },
    {
      name: 'overlap',
      parts: [told({ spans: [stretch(0, 6000)] }), told({ spans: [stretch(5000, 9000)] })],
      spans: [stretch(0, 9000)],
      gaps: [],
    },
    {
      name: 'stay apart where something is missing',
      parts: [told({ spans: [stretch(6000, 9000)] }), told({ spans: [stretch(0, 3000)] })],
      spans: [stretch(0, 3000), stretch(6000, 9000)],
      gaps: [],
    },
    {
      name: 'miss nothing that another has',
      parts: [told({ gaps: [gap(2000, 9000)] }), told({ spans: [stretch(3000, 5000)] })],
      spans: [stretch(3000, 5000)],
      gaps: [gap(2000, 3000), gap(5000, 9000)],
    },
    {
      name: 'tell a gap once',
      parts: [told({ gaps: [gap(2000, 9000)] }), told({ gaps: [gap(1000, 5000, 'no-picture')] })],
      spans: [],
      gaps: [gap(1000, 2000, 'no-picture'), gap(2000, 9000)],
    },
    {
      name: 'name what is held by a worker that is away, in place of what others say',
      parts: [told({ spans: [stretch(0, 3000)], gaps: [gap(3000, 9000)] })],
      held: [away(2000, 6000)],
      spans: [stretch(0, 3000)],
      gaps: [missed(3000, 6000), gap(6000, 9000)],
    },
    { name: 'end with the range', parts: [], held: [away(-5, 200_000)], spans: [], gaps: [missed(0, 100_000)] },
    { name: 'miss nothing that only touches the range', parts: [], held: [away(100_000, 200_000)], spans: [], gaps: [] },
  ];
  it.each(cases)('$name', ({ parts, held = [], spans, gaps }) => {
    const found = joinTimelines(parts, held, RANGE);
    expect([found.spans, found.gaps]).toEqual([spans ?? parts[0]?.spans, gaps ?? parts[0]?.gaps]);
  });

  it('have each lock once, and the most that moved on any', () => {
    const motion = (...values: (number | null)[]) => ({ stepMs: 25_000, values });
    const parts = [
      told({ locks: [lock], motion: motion(0.1, null, 0.3, null) }),
      told({ locks: [lock], motion: motion(0.2, 0.1, null, null) }),
    ];
    expect(joinTimelines(parts, [], RANGE)).toMatchObject({ locks: [lock], motion: motion(0.2, 0.1, 0.3, null) });
    expect(joinTimelines([told({})], [], RANGE).motion).toBeUndefined();
  });
});

describe('the parts of an export', () => {
  const cases = [
    { name: 'one worker gives all of it as one', held: { a: [stretch(0, 3000), stretch(9000, 12_000)] }, expected: [['a', 1000, 10_000]] },
    {
      name: 'each gives what it has',
      held: { a: [stretch(0, 5000)], b: [stretch(5100, 20_000)] },
      expected: [
        ['a', 1000, 5000],
        ['b', 5100, 10_000],
      ],
    },
    {
      name: 'a moment is given once',
      held: { a: [stretch(0, 5000)], b: [stretch(4000, 7000)] },
      expected: [
        ['a', 1000, 5000],
        ['b', 5000, 7000],
      ],
    },
    {
      name: 'a camera that came back',
      held: { a: [stretch(0, 3000), stretch(7000, 9000)], b: [stretch(3000, 7000)] },
      expected: [
        ['a', 1000, 3000],
        ['b', 3000, 7000],
        ['a', 7000, 9000],
      ],
    },
    {
      name: 'what another has as a whole is left out',
      held: { a: [stretch(0, 9000)], b: [stretch(2000, 3000)] },
      expected: [['a', 1000, 9000]],
    },
    { name: 'nothing of the range', held: { a: [stretch(0, 1000)], b: [stretch(10_000, 11_000)] }, expected: [] },
  ];
  it.each(cases)('$name', ({ held, expected }) => {
    const spans = Object.entries(held).map(([worker, own]) => ({ worker, spans: own }));
    expect(plannedParts(spans, stretch(1000, 10_000)).map(({ worker, fromMs, toMs }) => [worker, fromMs, toMs])).toEqual(expected);
  });
});
