import type { CameraConfig } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, aFrame, T0 } from '../testing/scene.js';
import { CONTROLLER, memoriesAt, PICTURE, readingAt, type Stretch } from '../testing/signals.js';
import { disagreement, rememberSignals, type SignalMemory, yellowBefore } from './signal-memory.js';
import { type SignalMoment, signalStateAt } from './signal-state.js';

type Signal = CameraConfig['signals'][number];

function aSignal(overrides: object = {}): Signal {
  const [signal] = aCamera({ signals: [{ id: 'north', name: 'đèn bắc', source: PICTURE, ...overrides }] }).signals;
  return signal as Signal;
}
const single = aSignal();
const double = aSignal({ source: CONTROLLER, check: PICTURE });

const cycle: Stretch[] = [
  [0, 'green'],
  [5000, 'yellow'],
  [8000, 'red'],
];

describe('a signal with one source', () => {
  it.each<{ name: string; picture: Stretch[]; atMs: number; expected: Partial<SignalMoment> }>([
    {
      name: 'is what the newest frame says',
      picture: cycle,
      atMs: 9000,
      expected: { state: 'red', sinceMs: T0 + 8000, isChangeSeen: true },
    },
    { name: 'keeps what it was', picture: cycle, atMs: 7900, expected: { state: 'yellow', sinceMs: T0 + 5000 } },
    {
      name: 'has a first state of unknown age',
      picture: cycle,
      atMs: 1000,
      expected: { state: 'green', sinceMs: T0, isChangeSeen: false },
    },
    { name: 'is unknown before the memory', picture: cycle, atMs: -1, expected: { state: 'unknown', confidence: 0 } },
    { name: 'may be unknown', picture: [...cycle, [9000, 'unknown']], atMs: 9500, expected: { state: 'unknown', isChangeSeen: false } },
    {
      name: 'goes on over a moment in which it was hidden, when its source says so',
      picture: [...cycle, [9000, 'unknown'], [9600, 'red', { sinceMs: T0 + 8000 }]],
      atMs: 10_000,
      expected: { state: 'red', sinceMs: T0 + 8000, isChangeSeen: true },
    },
    {
      name: 'says that the controller is worked by hand',
      picture: [
        [0, 'green'],
        [5000, 'red', { manual: true }],
      ],
      atMs: 6000,
      expected: { state: 'red', byHand: true },
    },
  ])('$name', ({ picture, atMs, expected }) => {
    expect(signalStateAt(single, memoriesAt([single], 10_000, { picture }), T0 + atMs)).toMatchObject(expected);
  });

  it('is unknown in a hole of the video, and of unknown age after it', () => {
    const memories = memoriesAt([single], 8000, { picture: cycle });
    rememberSignals(memories, [single], aFrame(60_000, [], { signals: [{ ...readingAt(cycle, 9000), sinceMs: undefined as never }] }));
    expect(signalStateAt(single, memories, T0 + 40_000)).toMatchObject({ state: 'unknown' });
    expect(signalStateAt(single, memories, T0 + 60_000)).toMatchObject({ state: 'red', isChangeSeen: false });
  });

  it('is unknown when no reading comes', () => {
    expect(signalStateAt(single, memoriesAt([single], 1000, {}), T0 + 500)).toMatchObject({ state: 'unknown', source: 'picture' });
  });

  it('knows of an officer by the window, the end exclusive', () => {
    const directed = aSignal({ officerDirected: [{ fromMs: T0 + 1000, toMs: T0 + 2000 }] });
    const memories = memoriesAt([directed], 3000, { picture: cycle });
    expect([999, 1000, 1999, 2000].map((atMs) => signalStateAt(directed, memories, T0 + atMs).byHand)).toEqual([false, true, true, false]);
  });

  it('is forgotten with its signal, and keeps a bounded memory', () => {
    const flicker: Stretch[] = Array.from({ length: 400 }, (_, index) => [index * 200, index % 2 ? 'red' : 'green']);
    const memories = memoriesAt([single], 80_000, { picture: flicker });
    expect(memories['north']?.spans.length).toBe(64);
    rememberSignals(memories, [], aFrame(80_200));
    expect(memories).toEqual({});
  });
});

describe('a signal with two sources', () => {
  const late: Stretch[] = [
    [0, 'green'],
    [5200, 'yellow'],
    [8400, 'red'],
  ];
  const stuck: Stretch[] = [[0, 'green']];
  it.each<{ name: string; controller: Stretch[]; picture: Stretch[]; atMs: number; expected: Partial<SignalMoment> }>([
    {
      name: 'is sure when both agree',
      controller: cycle,
      picture: cycle,
      atMs: 9000,
      expected: { state: 'red', doubt: null, source: 'controller' },
    },
    { name: 'is in doubt while they differ', controller: cycle, picture: late, atMs: 8200, expected: { state: 'red', doubt: 'apart' } },
    { name: 'is sure again after that', controller: cycle, picture: late, atMs: 8600, expected: { state: 'red', doubt: null } },
    {
      name: 'is unchecked while the second is silent',
      controller: cycle,
      picture: [[0, 'unknown']],
      atMs: 9000,
      expected: { state: 'red', doubt: 'unchecked' },
    },
    {
      name: 'falls back on the second, unchecked',
      controller: [[0, 'unknown']],
      picture: cycle,
      atMs: 9000,
      expected: { state: 'red', doubt: 'unchecked', source: 'picture' },
    },
  ])('$name', ({ controller, picture, atMs, expected }) => {
    expect(signalStateAt(double, memoriesAt([double], 10_000, { controller, picture }), T0 + atMs)).toMatchObject(expected);
  });

  it.each([
    { name: 'not at the change itself', untilMs: 8200, picture: late, apartMs: undefined },
    { name: 'not at the tolerance exactly (exclusive)', untilMs: 6500, picture: stuck, apartMs: undefined },
    { name: 'beyond it', untilMs: 6600, picture: stuck, apartMs: 1600 },
  ])('is reported when its sources disagree, $name', ({ untilMs, picture, apartMs }) => {
    const memories = memoriesAt([double], untilMs, { controller: cycle, picture }, 100);
    expect(disagreement(double, memories['north'], T0 + untilMs)?.apartMs).toBe(apartMs);
  });
});

describe('the yellow before a red', () => {
  it.each<{ name: string; picture: Stretch[]; yellowMs: number | null }>([
    { name: 'as seen', picture: cycle, yellowMs: 3000 },
    {
      name: 'none',
      picture: [
        [0, 'green'],
        [8000, 'red'],
      ],
      yellowMs: null,
    },
    {
      name: 'a look that showed nothing between',
      picture: [
        [0, 'green'],
        [5000, 'yellow'],
        [7600, 'unknown'],
        [8000, 'red'],
      ],
      yellowMs: 3000,
    },
    {
      name: 'nothing to be read for too long',
      picture: [
        [0, 'green'],
        [3000, 'yellow'],
        [5000, 'unknown'],
        [8000, 'red'],
      ],
      yellowMs: null,
    },
    {
      name: 'an earlier one',
      picture: [
        [0, 'yellow'],
        [2000, 'red'],
        [4000, 'green'],
        [8000, 'red'],
      ],
      yellowMs: null,
    },
    {
      name: 'a red of unknown age',
      picture: [
        [0, 'yellow'],
        [8000, 'red', { sinceMs: undefined as never }],
      ],
      yellowMs: null,
    },
    {
      name: 'a red that was hidden for a moment',
      picture: [...cycle, [9000, 'unknown'], [9400, 'red', { sinceMs: T0 + 8000 }]],
      yellowMs: 3000,
    },
  ])('$name', ({ picture, yellowMs }) => {
    const memory = memoriesAt([single], 10_000, { picture })['north'] as SignalMemory;
    expect(yellowBefore(memory, T0 + 10_000)).toBe(yellowMs);
  });
});
