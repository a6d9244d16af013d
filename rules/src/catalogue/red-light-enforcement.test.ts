import type { CameraConfig, Finding } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, anObservation, aTrack, boxAt, T0 } from '../testing/scene.js';
import { CONTROLLER, memoriesAt, PICTURE, type Stretch } from '../testing/signals.js';
import { createRule } from './index.js';
import type { FindingChange, ObservedTrack } from './rule-machine.js';

const STEP_MS = 200;
/** Right of the line, where those who turn right leave; the stop line runs at y 0.5 and down the picture is `right`. */
const EXIT = { id: 'exit', name: 'lối ra', a: [0.2, 0.5], b: [0.2, 1] };
const LANES = [
  {
    id: 'left',
    name: 'làn trái',
    polygon: [
      [0.1, 0],
      [0.4, 0],
      [0.4, 0.5],
      [0.1, 0.5],
    ],
    direction: [
      [0.25, 0],
      [0.25, 0.5],
    ],
  },
  {
    id: 'middle',
    name: 'làn giữa',
    polygon: [
      [0.4, 0],
      [0.9, 0],
      [0.9, 0.5],
      [0.4, 0.5],
    ],
    direction: [
      [0.6, 0],
      [0.6, 0.5],
    ],
  },
];
const cycle: Stretch[] = [
  [0, 'green'],
  [5000, 'yellow'],
  [8000, 'red'],
  [30_000, 'green'],
];
/** Crosses at 12 s, four seconds into the red. */
const CROSS_MS = 12_000;

interface Scene {
  rule?: object;
  signal?: object;
  camera?: object;
  picture?: Stretch[];
  controller?: Stretch[];
  /** Where the vehicles' anchors are, by id; null: not seen. */
  ways?: Record<string, (atMs: number) => [x: number, y: number] | null>;
  track?: Partial<ObservedTrack>;
  stands?: (id: string, atMs: number) => number;
}

const straight =
  (crossMs: number, x = 0.5) =>
  (atMs: number): [number, number] => [x, 0.5 + (0.1 * (atMs - crossMs)) / 1000];

function cameraOf({ rule = {}, signal = {}, camera = {} }: Scene): CameraConfig {
  return aCamera({
    lines: [{ id: 'stop', name: 'vạch dừng', a: [0.1, 0.5], b: [0.9, 0.5] }, EXIT],
    lanes: LANES,
    signals: [{ id: 'north', name: 'đèn bắc', source: PICTURE, ...signal }],
    rules: [{ id: 'red', name: 'Đèn đỏ', type: 'red-light', lineId: 'stop', direction: 'right', signalId: 'north', ...rule }],
    ...camera,
  });
}

function play(scene: Scene, untilMs = 26_000): { changes: FindingChange[]; raised: Finding[] } {
  const camera = cameraOf(scene);
  const machine = createRule(camera.rules[0] as never, camera);
  const { ways = { a: straight(CROSS_MS) }, picture = cycle, controller, track = {}, stands = () => 0 } = scene;
  let state = machine.start();
  const changes: FindingChange[] = [];
  for (let atMs = 6000; atMs <= untilMs; atMs += STEP_MS) {
    const tracks = Object.entries(ways).flatMap(([id, way]) => {
      const at = way(atMs);
      return at ? [aTrack(T0 + atMs, { id, box: boxAt(at[0], at[1]), standingMs: stands(id, atMs), ...track })] : [];
    });
    const signals = memoriesAt(camera.signals, atMs, { picture, ...(controller ? { controller } : {}) });
    const step = machine.step(state, anObservation(atMs, tracks, { signals }));
    state = JSON.parse(JSON.stringify(step.state));
    changes.push(...structuredClone(step.changes));
  }
  return { changes, raised: changes.flatMap(({ phase, finding }) => (phase === 'raised' ? [finding] : [])) };
}

const reasonsOf = (scene: Scene) => play(scene).raised.map(({ fineable }) => fineable?.reasons.map(({ en }) => en));

describe('a red-light case from the picture', () => {
  it('may be fined: three moments in red, each with its source, after a yellow that was seen', () => {
    const { raised } = play({});
    expect(raised).toHaveLength(1);
    expect(raised[0]?.fineable).toEqual({ value: true, reasons: [] });
    expect(raised[0]?.moments.map(({ name, note }) => [name, note?.vi])).toEqual([
      ['before-line', 'đèn đỏ 3,8 giây (đọc từ hình)'],
      ['over-line', 'đèn đỏ 4,2 giây (đọc từ hình)'],
      ['past-line', 'đèn đỏ 4,6 giây (đọc từ hình)'],
    ]);
    expect(raised[0]?.reason.measures[0]).toEqual({ name: 'redMs', value: 4000, comparison: '>', threshold: 500 });
    expect(raised[0]?.confidence).toBe(0.8);
  });

  it('is the same the other way round, the line drawn from the other end', () => {
    const up = (atMs: number): [number, number] => [0.5, 1 - straight(CROSS_MS)(atMs)[1]];
    const turned = { lines: [{ id: 'stop', name: 'vạch dừng', a: [0.9, 0.5], b: [0.1, 0.5] }, EXIT] };
    expect(reasonsOf({ ways: { a: up }, camera: turned })).toEqual([[]]);
    expect(reasonsOf({ ways: { a: up }, rule: { direction: 'left' } })).toEqual([[]]);
    expect(reasonsOf({ ways: { a: up } })).toEqual([]);
  });

  it.each<{ name: string; scene: Scene; reasons: string[] }>([
    { name: 'the change to red was not seen', scene: { picture: [[0, 'red']] }, reasons: ['change to red not seen'] },
    {
      name: 'no yellow was seen',
      scene: {
        picture: [
          [0, 'green'],
          [8000, 'red'],
        ],
      },
      reasons: ['no yellow seen before the red'],
    },
    {
      name: 'the yellow was short',
      scene: {
        picture: [
          [0, 'green'],
          [7000, 'yellow'],
          [8000, 'red'],
        ],
      },
      reasons: ['yellow for 1 s only (2 s needed)'],
    },
    {
      name: 'no yellow is asked for',
      scene: {
        picture: [
          [0, 'green'],
          [8000, 'red'],
        ],
        rule: { minYellowMs: 0 },
      },
      reasons: [],
    },
    {
      name: 'the lamps were hidden in one picture',
      scene: { picture: [...cycle.slice(0, 3), [12_200, 'unknown'], [12_400, 'red', { sinceMs: T0 + 8000 }]] },
      reasons: ['signal not red in the picture over the line'],
    },
    {
      name: 'an officer directs the traffic',
      scene: { signal: { officerDirected: [{ fromMs: T0 + 10_000, toMs: T0 + 12_000 }] } },
      reasons: ['traffic directed by hand: the signal does not count'],
    },
    { name: 'an officer did so before', scene: { signal: { officerDirected: [{ fromMs: T0 + 9000, toMs: T0 + 11_800 }] } }, reasons: [] },
    { name: 'the camera plays a recording', scene: { camera: { simulated: true } }, reasons: ['simulated camera, not fineable'] },
    {
      name: 'a picture is missing',
      scene: { ways: { a: (t) => (t <= 12_400 ? straight(CROSS_MS)(t) : null) } },
      reasons: ['no picture past the line'],
    },
  ])('is not fineable, or is, when $name', ({ scene, reasons }) => {
    expect(reasonsOf(scene)).toEqual([reasons]);
  });

  it.each<{ name: string; picture: Stretch[] }>([
    {
      name: 'green',
      picture: [
        [0, 'red'],
        [8000, 'green'],
      ],
    },
    {
      name: 'yellow',
      picture: [
        [0, 'green'],
        [11_000, 'yellow'],
      ],
    },
    {
      name: 'flashing',
      picture: [
        [0, 'green'],
        [8000, 'flashing'],
      ],
    },
    {
      name: 'dark',
      picture: [
        [0, 'green'],
        [8000, 'dark'],
      ],
    },
    { name: 'unknown', picture: [[0, 'unknown']] },
    {
      name: 'red for no longer than the grace',
      picture: [
        [0, 'green'],
        [8500, 'yellow'],
        [11_500, 'red'],
      ],
    },
  ])('is none while the signal is $name', ({ picture }) => {
    expect(play({ picture }).raised).toEqual([]);
  });
});

describe('a red-light case with two sources', () => {
  const both = { signal: { source: CONTROLLER, check: PICTURE } };
  it.each<{ name: string; scene: Scene; reasons: string[] }>([
    { name: 'agree', scene: { controller: cycle }, reasons: [] },
    {
      name: 'disagree',
      scene: { controller: cycle, picture: [[0, 'green']] },
      reasons: ['the two sources of the signal disagree'],
    },
    {
      name: 'are one only',
      scene: { controller: cycle, picture: [[0, 'unknown']] },
      reasons: ['only one of the two sources tells the state of the signal'],
    },
    {
      name: 'are worked by hand',
      scene: { controller: cycle.map(([fromMs, state]): Stretch => [fromMs, state, { manual: true }]) },
      reasons: ['traffic directed by hand: the signal does not count'],
    },
  ])('that $name', ({ scene, reasons }) => {
    expect(reasonsOf({ ...both, ...scene })).toEqual([reasons]);
  });
});

describe('movements that are allowed at red', () => {
  const motorcycle = { class: 'motorcycle' } as const;
  /** Turns right behind the line: to the left in the picture, over the exit at 15 s. */
  const turning = (atMs: number): [number, number] =>
    atMs <= 13_000 ? straight(CROSS_MS)(atMs) : [0.5 - (0.15 * (atMs - 13_000)) / 1000, 0.6];
  const phases = (scene: Scene) => play(scene).changes.map(({ phase }) => phase);

  it.each<{ name: string; allowed: object; scene?: Scene; raised: number }>([
    { name: 'its class', allowed: { classes: ['motorcycle'] }, scene: { track: motorcycle }, raised: 0 },
    { name: 'another class', allowed: { classes: ['motorcycle'] }, raised: 1 },
    { name: 'a group that it belongs to', allowed: { classes: ['two-wheeler'] }, scene: { track: motorcycle }, raised: 0 },
    { name: 'its lane', allowed: { laneIds: ['middle'] }, raised: 0 },
    { name: 'another lane', allowed: { laneIds: ['left'] }, raised: 1 },
    { name: 'its lane for another class', allowed: { laneIds: ['middle'], classes: ['bus'] }, raised: 1 },
    { name: 'one of two movements', allowed: { laneIds: ['left'] }, scene: { ways: { a: straight(CROSS_MS, 0.3) } }, raised: 0 },
  ])('$name: $raised', ({ allowed, scene, raised }) => {
    expect(play({ ...scene, rule: { allowedOnRed: [allowed] } }).raised).toHaveLength(raised);
  });

  it.each([
    { from: '09:00', to: '10:00', raised: 1 },
    { from: '03:00', to: '04:00', raised: 0 },
  ])('in the hours $from to $to: $raised', ({ from, to, raised }) => {
    // The scene is on 2026-05-29 at 03:26 in Ho Chi Minh City.
    const schedule = { windows: [{ from, to }] };
    expect(play({ rule: { allowedOnRed: [{ laneIds: ['middle'], schedule }] } }).raised).toHaveLength(raised);
  });

  it('waits for the exit: who leaves over it is none, who goes on is raised with what was seen then', () => {
    const rule = { allowedOnRed: [{ exitLineId: 'exit', exitDirection: 'right', exitWithinMs: 8000 }] };
    expect(phases({ rule, ways: { a: turning } })).toEqual(['candidate', 'dropped']);
    const { changes, raised } = play({ rule });
    expect(changes.map(({ phase }) => phase)).toEqual(['candidate', 'raised']);
    expect(raised[0]).toMatchObject({ startMs: T0 + CROSS_MS, raisedAtMs: T0 + 12_600, fineable: { value: true } });
  });

  it('counts an exit crossed the other way, or too late, as none', () => {
    expect(phases({ rule: { allowedOnRed: [{ exitLineId: 'exit', exitDirection: 'left' }] }, ways: { a: turning } })).toEqual([
      'candidate',
    ]);
    const soon = { allowedOnRed: [{ exitLineId: 'exit', exitWithinMs: 2000 }] };
    expect(phases({ rule: soon, ways: { a: turning } })).toEqual(['candidate', 'raised']);
  });
});

describe('vehicles that leave the line together at red', () => {
  /** Stand before the line until they drive off, each over the line at its time. */
  const leaving =
    (crossMs: number, x: number) =>
    (atMs: number): [number, number] => [x, Math.max(0.45, straight(crossMs)(atMs)[1])];
  const standing = (crossings: Record<string, number>) => (id: string, atMs: number) => (atMs < (crossings[id] ?? 0) - 500 ? atMs : 0);
  const scene = (crossings: Record<string, number>): Scene => ({
    ways: Object.fromEntries(Object.entries(crossings).map(([id, crossMs], index) => [id, leaving(crossMs, 0.3 + 0.15 * index)])),
    stands: standing(crossings),
  });

  it('are possibly making way, all of them, when they are three', () => {
    const reasons = reasonsOf(scene({ a: 14_000, b: 15_000, c: 17_000 }));
    expect(reasons.map((list) => list?.at(-1)?.includes('making way'))).toEqual([true, true, true]);
  });

  it('are judged each by itself when they are two, or far apart, or did not wait', () => {
    expect(reasonsOf(scene({ a: 14_000, b: 15_000 }))).toEqual([[], []]);
    expect(reasonsOf(scene({ a: 11_000, b: 15_000, c: 20_500 }))).toEqual([[], [], []]);
    expect(reasonsOf({ ...scene({ a: 14_000, b: 15_000, c: 17_000 }), stands: () => 0 })).toEqual([[], [], []]);
  });
});
