import type { LampState, SignalState } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { type LampLook, lookAtHead, lookAtLamp } from './head-look.js';
import { LAMP_SIDE_PX } from './lamp-strip.js';
import { SignalHead } from './signal-head.js';

type Rgb = [number, number, number];
type Lamps = [red: Uint8Array, yellow: Uint8Array, green: Uint8Array];
const STATES: LampState[] = ['red', 'yellow', 'green'];

/** A lamp: a disc of one colour, a core of another within `coreShare` of its radius, and what is around it. */
function lamp(colour: Rgb, around: Rgb = [40, 40, 42], core: { colour: Rgb; share: number } = { colour, share: 0 }): Uint8Array {
  const pixels = new Uint8Array(LAMP_SIDE_PX * LAMP_SIDE_PX * 3);
  const radius = LAMP_SIDE_PX / 2;
  for (let y = 0; y < LAMP_SIDE_PX; y++) {
    for (let x = 0; x < LAMP_SIDE_PX; x++) {
      const distance = Math.hypot(x + 0.5 - radius, y + 0.5 - radius) / radius;
      const rgb = distance <= core.share ? core.colour : distance <= 1 ? colour : around;
      pixels.set(rgb, (y * LAMP_SIDE_PX + x) * 3);
    }
  }
  return pixels;
}

const off = lamp([45, 45, 47]);
const lit = { red: lamp([215, 40, 60]), yellow: lamp([150, 100, 60]), green: lamp([60, 190, 150]) };
const head = (state: LampState | 'none', unlit = off): Lamps => STATES.map((one) => (one === state ? lit[one] : unlit)) as Lamps;
const all = (colour: Rgb): Lamps => [lamp(colour, colour), lamp(colour, colour), lamp(colour, colour)];
const looks = (lamps: Lamps): LampLook[] => lamps.map(lookAtLamp);

/** Adds light to every pixel, as haze or a low sun does. */
const tinted = (lamps: Lamps, [r, g, b]: Rgb): Lamps =>
  lamps.map((pixels) => pixels.map((value, index) => Math.min(255, value + ([r, g, b][index % 3] as number)))) as Lamps;

describe('one look at a head', () => {
  const none = [null, null, null];
  const halo = (colour: Rgb) => lamp(colour, colour.map((value) => value / 2) as Rgb, { colour: [255, 255, 255], share: 0.75 });
  const spill = lamp([70, 15, 15], [40, 8, 8]);
  const night = lamp([6, 6, 8], [4, 4, 5]);
  it.each<{ name: string; lamps: Lamps; expected: string }>([
    { name: 'red by day', lamps: head('red'), expected: 'red' },
    { name: 'yellow by day, as weak as amber lamps are', lamps: head('yellow'), expected: 'yellow' },
    { name: 'green by day, bluish', lamps: head('green'), expected: 'green' },
    { name: 'old green', lamps: [off, off, lamp([30, 180, 60])], expected: 'green' },
    { name: 'nothing lit', lamps: head('none'), expected: 'none' },
    { name: 'red by night, glowing into the lamp below', lamps: [lamp([255, 60, 50], [150, 20, 20]), spill, night], expected: 'red' },
    { name: 'red with an overexposed white core', lamps: [halo([255, 90, 80]), spill, night], expected: 'red' },
    { name: 'green with an overexposed white core', lamps: [night, night, halo([90, 255, 200])], expected: 'green' },
    {
      name: 'an arrow, a fifth of the glass',
      lamps: [off, off, lamp([45, 45, 47], [45, 45, 47], { colour: [60, 200, 150], share: 0.5 })],
      expected: 'green',
    },
    { name: 'red in a warm low sun', lamps: tinted(head('red'), [70, 45, 10]), expected: 'red' },
    { name: 'green in a warm low sun', lamps: tinted(head('green'), [70, 45, 10]), expected: 'green' },
    { name: 'nothing lit in a warm low sun', lamps: tinted(head('none'), [70, 45, 10]), expected: 'none' },
    { name: 'nothing lit under a blue sky', lamps: tinted(head('none'), [0, 20, 45]), expected: 'none' },
    { name: 'red with yellow, before green', lamps: [lit.red, lit.yellow, off], expected: 'red' },
    { name: 'red and green at once', lamps: [lit.red, off, lit.green], expected: 'hidden' },
    { name: 'a red truck before all lamps', lamps: all([190, 30, 30]), expected: 'none' },
  ])('$name', ({ lamps, expected }) => {
    expect(lookAtHead(STATES, looks(lamps), none).lit).toBe(expected);
  });

  it('is surer of a strong lamp than of a weak one', () => {
    const [strong, weak] = [head('red'), [lamp([78, 58, 60]), off, off] as Lamps].map((lamps) => lookAtHead(STATES, looks(lamps), none));
    expect(strong?.confidence).toBeGreaterThan(0.9);
    expect(weak).toMatchObject({ lit: 'red' });
    expect(weak?.confidence).toBeLessThan(0.6);
  });

  it.each<{ name: string; colour: Rgb }>([
    { name: 'white', colour: [230, 230, 235] },
    { name: 'red', colour: [190, 30, 30] },
  ])('knows something $name before the head by how the lamps look when unlit', ({ colour }) => {
    const unlit = [null, { lean: 0, brightness: 0.18 }, { lean: 0, brightness: 0.18 }];
    expect(lookAtHead(STATES, looks(all(colour)), unlit).lit).toBe('hidden');
  });

  it('takes coloured glass, which leans to its colour unlit too, for unlit', () => {
    const glass: Lamps = [lamp([110, 60, 60]), lamp([105, 95, 60]), lamp([55, 95, 85])];
    const known = glass.map((pixels, index) => {
      const look = lookAtLamp(pixels);
      return { lean: look.lean[STATES[index] as LampState], brightness: look.brightness };
    });
    expect(lookAtHead(STATES, looks(glass), known).lit).toBe('none');
    expect(lookAtHead(STATES, looks([glass[0], glass[1], lit.green]), known).lit).toBe('green');
  });
});

describe('a head over time', () => {
  type Show = [untilMs: number, lamps: Lamps];
  const STEP_MS = 200;

  function play(shows: Show[], stepMs = STEP_MS) {
    const follower = new SignalHead(STATES);
    const readings: { atMs: number; state: SignalState; sinceMs?: number; uncertainMs?: number; confidence: number }[] = [];
    let atMs = 0;
    for (const [untilMs, lamps] of shows) {
      for (; atMs < untilMs; atMs += stepMs) readings.push({ atMs, ...follower.take(looks(lamps), atMs) });
    }
    return readings;
  }
  /** States in order, each with its first time. */
  const course = (readings: ReturnType<typeof play>) =>
    readings.filter(({ state }, index) => state !== readings[index - 1]?.state).map(({ atMs, state }) => [atMs, state]);

  it('goes from state to state, each known since the look that showed it, and no longer than the look before', () => {
    const readings = play([
      [3000, head('green')],
      [6000, head('yellow')],
      [9000, head('red')],
    ]);
    expect(course(readings)).toEqual([
      [0, 'green'],
      [3000, 'yellow'],
      [6000, 'red'],
    ]);
    expect(readings.at(-1)).toMatchObject({ state: 'red', sinceMs: 6000, uncertainMs: 200 });
    expect(readings[0]).not.toHaveProperty('sinceMs');
  });

  it('says how far two looks of an idle camera were apart', () => {
    expect(
      play(
        [
          [6000, head('green')],
          [10_000, head('red')],
        ],
        2000,
      ).at(-1),
    ).toMatchObject({ sinceMs: 6000, uncertainMs: 2000 });
    expect(
      play(
        [
          [12_000, head('green')],
          [24_000, head('red')],
        ],
        6000,
      ).at(-1),
    ).not.toHaveProperty('sinceMs');
  });

  it('goes on after a truck stood before it for a second', () => {
    for (const colour of [
      [190, 30, 30],
      [230, 230, 230],
      [20, 22, 25],
    ] as Rgb[]) {
      const readings = play([
        [3000, head('green')],
        [6000, head('red')],
        [7000, all(colour)],
        [9000, head('red')],
      ]);
      expect(course(readings)).toEqual([
        [0, 'green'],
        [3000, 'red'],
        [6000, 'unknown'],
        [7000, 'red'],
      ]);
      expect(readings.at(-1)).toMatchObject({ sinceMs: 3000 });
    }
  });

  it('does not know since when it is red when it was hidden for long', () => {
    const readings = play([
      [3000, head('red')],
      [9000, all([230, 230, 230])],
      [12_000, head('red')],
    ]);
    expect(readings.at(-1)).toMatchObject({ state: 'red' });
    expect(readings.at(-1)).not.toHaveProperty('sinceMs');
  });

  it('is dark when nothing has been lit for more than 3 s: all lamps dead, or the one whose turn it is', () => {
    expect(
      course(
        play([
          [3000, head('green')],
          [6000, head('yellow')],
          [12_000, head('none')],
        ]),
      ),
    ).toEqual([
      [0, 'green'],
      [3000, 'yellow'],
      [6000, 'unknown'],
      [9200, 'dark'],
    ]);
  });

  it('takes longer to call a head dark that has not been seen lit', () => {
    expect(course(play([[12_000, head('none')]]))).toEqual([
      [0, 'unknown'],
      [10_200, 'dark'],
    ]);
  });

  it.each([
    { name: '60 a minute', onMs: 600, offMs: 400 },
    { name: '50 a minute', onMs: 600, offMs: 600 },
    { name: '40 a minute', onMs: 1000, offMs: 600 },
  ])('flashes after two cycles: $name', ({ onMs, offMs }) => {
    const flashes = Array.from({ length: 8 }, (_, index): Show[] => {
      const from = 3000 + index * (onMs + offMs);
      return [
        [from + offMs, head('none')],
        [from + offMs + onMs, head('yellow')],
      ];
    }).flat();
    const readings = play([[3000, head('yellow')], ...flashes]);
    const since = readings.find(({ state }) => state === 'flashing')?.atMs ?? Number.POSITIVE_INFINITY;
    expect(since).toBeLessThanOrEqual(3000 + 3 * (onMs + offMs));
    expect(readings.filter(({ atMs }) => atMs >= since).every(({ state }) => state === 'flashing')).toBe(true);
  });

  it('ends to flash when it stays lit, and when it stays dark', () => {
    const flashes = Array.from({ length: 4 }, (_, index): Show[] => [
      [3600 + index * 1200, head('none')],
      [4200 + index * 1200, head('yellow')],
    ]).flat();
    const end = 3000 + 4 * 1200;
    expect(course(play([[3000, head('yellow')], ...flashes, [end + 4000, head('red')]])).at(-1)).toEqual([8800, 'red']);
    expect(course(play([[3000, head('yellow')], ...flashes, [end + 6000, head('none')]])).at(-1)?.[1]).toBe('dark');
  });

  it('does not take a lamp that beats with the shutter for a flashing one', () => {
    const beats = Array.from({ length: 40 }, (_, index): Show => [3000 + (index + 1) * 200, head(index % 2 ? 'red' : 'none')]);
    expect(play([[3000, head('red')], ...beats]).some(({ state }) => state === 'flashing')).toBe(false);
  });

  it('needs two weak looks, and counts from the first', () => {
    const weak: Lamps = [lamp([78, 58, 60]), off, off];
    const readings = play([
      [3000, head('green')],
      [5000, weak],
    ]);
    expect(course(readings)).toEqual([
      [0, 'green'],
      [3000, 'unknown'],
      [3200, 'red'],
    ]);
    expect(readings.at(-1)).toMatchObject({ sinceMs: 3000, uncertainMs: 200 });
  });

  it('follows the light from day to night and back', () => {
    const shows: Show[] = [];
    for (let minute = 0; minute < 40; minute++) {
      const light = Math.abs(20 - minute) / 20;
      const dimmed = lamp([45, 45, 47].map((value) => value * light) as Rgb, [40, 40, 42].map((value) => value * light) as Rgb);
      shows.push([minute * 60_000 + 30_000, head('green', dimmed)], [minute * 60_000 + 60_000, head('red', dimmed)]);
    }
    expect(new Set(play(shows, 1000).map(({ state }) => state))).toEqual(new Set(['green', 'red']));
  });

  it('knows nothing of before a break in the video, or a clock set back', () => {
    const follower = new SignalHead(STATES);
    for (const [atMs, state] of [
      [0, 'green'],
      [200, 'red'],
    ] as const)
      follower.take(looks(head(state)), atMs);
    follower.break();
    expect(follower.take(looks(head('green')), 400)).not.toHaveProperty('sinceMs');
    follower.take(looks(head('red')), 600);
    expect(follower.take(looks(head('green')), 100)).not.toHaveProperty('sinceMs');
  });
});
