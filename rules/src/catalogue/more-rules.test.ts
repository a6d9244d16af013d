import { type Detection, parseCamera, type RuleConfig } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../testing/scene.js';

const run = (rule: Record<string, unknown>, untilMs: number, at: (atMs: number) => Detection[], stepMs = 200) => {
  const camera = aCamera({ rules: [{ id: 'rule', name: 'Luật', ...rule }] });
  const pipeline = createCameraPipeline(camera);
  const played = play(pipeline, frames(untilMs, stepMs, at));
  const told = (phase: string) => played.findings.filter((change) => change.phase === phase).map(({ finding }) => finding);
  return {
    ...played,
    counts: played.steps.flatMap((step) => step.counts),
    raised: told('raised'),
    ended: told('ended'),
    soFar: pipeline.countsSoFar(played.state),
  };
};
const person = (x: number, y: number): Detection => aDetection({ class: 'person', box: boxAt(x, y, 0.04, 0.1) });
const line = { type: 'line-count', lineId: 'stop', intervalMs: 10_000 };

describe('line-count', () => {
  const across = (fromY: number, perSecond: number) => (atMs: number) => [
    aDetection({ box: boxAt(0.5, fromY + (perSecond * atMs) / 1000) }),
  ];
  it.each([
    {
      name: 'down, to the right of a line from left to right',
      at: across(0.3, 0.1),
      counts: [{ class: 'car', direction: 'right', count: 1 }],
    },
    { name: 'up, to the left', at: across(0.8, -0.1), counts: [{ class: 'car', direction: 'left', count: 1 }] },
    { name: 'nothing that stops before the line', at: across(0.3, 0.01), counts: [] },
    {
      name: 'once what trembles on the line',
      at: (atMs: number) => [
        aDetection({ box: boxAt(0.5, atMs < 4000 ? 0.4 + atMs / 40_000 : 0.5 + (atMs % 400 < 200 ? 0.004 : -0.004)) }),
      ],
      counts: [],
    },
  ])('counts $name', ({ at, counts }) => {
    const { soFar, counts: ended, findings } = run(line, 6000, at);
    expect([...ended, ...soFar].flatMap(({ crossings }) => crossings)).toEqual(counts);
    expect(findings).toEqual([]);
  });

  it('tells each interval once, with the time watched, and goes on with the next', () => {
    const { counts, soFar } = run(line, 25_000, (atMs) => [
      aDetection({ box: boxAt(0.5, atMs % 10_000 < 5000 ? 0.3 + (atMs % 10_000) / 12_500 : 0.7) }),
    ]);
    expect(counts.map(({ fromMs }) => fromMs - T0)).toEqual([0, 10_000].map((ms) => ms - (T0 % 10_000)));
    expect(counts.every(({ watchedMs }) => watchedMs <= 10_000)).toBe(true);
    expect(soFar).toHaveLength(1);
  });
});

describe('occupancy', () => {
  it('tells least, most, mean and now', () => {
    const inside = (atMs: number) => [person(0.4, 0.5), ...(atMs >= 5000 ? [person(0.6, 0.5)] : [])];
    const { soFar, counts } = run({ type: 'occupancy', zoneId: 'middle', intervalMs: 3_600_000 }, 9000, inside);
    const [last] = [...counts, ...soFar];
    expect(last?.inside).toEqual([{ class: 'person', least: 0, most: 2, mean: expect.closeTo(1.3, 0), now: 2 }]);
  });
});

describe('tripwire', () => {
  const walk = (atMs: number) => [person(0.5, 0.4 + atMs / 20_000)];
  it.each([
    { direction: 'right', found: 1 },
    { direction: 'both', found: 1 },
    { direction: 'left', found: 0 },
  ])('towards $direction', ({ direction, found }) => {
    const { raised } = run({ type: 'tripwire', lineId: 'stop', direction }, 5000, walk);
    expect(raised).toHaveLength(found);
    for (const finding of raised) expect(finding.endMs).toBeLessThanOrEqual(finding.raisedAtMs);
  });
});

const crowd = (count: number): Detection[] =>
  Array.from({ length: count }, (_, i) => person(0.25 + 0.05 * (i % 10), 0.4 + 0.15 * Math.floor(i / 10)));

describe('crowds', () => {
  it.each<{ name: string; rule: Record<string, unknown>; at: (atMs: number) => Detection[]; found: number }>([
    {
      name: 'density at its threshold',
      rule: { type: 'crowd-density', zoneId: 'middle', areaM2: 5, minPerM2: 2 },
      at: () => crowd(10),
      found: 1,
    },
    {
      name: 'density below it',
      rule: { type: 'crowd-density', zoneId: 'middle', areaM2: 5.1, minPerM2: 2 },
      at: () => crowd(10),
      found: 0,
    },
    {
      name: 'a surge',
      rule: { type: 'crowd-surge', zoneId: 'middle', minIncrease: 6, windowMs: 12_000 },
      at: (atMs) => crowd(atMs < 20_000 ? 4 : 14),
      found: 1,
    },
    {
      name: 'no surge in a steady crowd',
      rule: { type: 'crowd-surge', zoneId: 'middle', minIncrease: 6, windowMs: 12_000 },
      at: () => crowd(14),
      found: 0,
    },
    { name: 'a queue that waits', rule: { type: 'queue', zoneId: 'middle', minCount: 5 }, at: () => crowd(5), found: 1 },
    { name: 'no queue one short', rule: { type: 'queue', zoneId: 'middle', minCount: 6 }, at: () => crowd(5), found: 0 },
  ])('$name', ({ rule, at, found }) => {
    expect(run(rule, 40_000, at).raised).toHaveLength(found);
  });

  it.each([
    { name: 'run apart', perSecond: 0.2, found: 1 },
    { name: 'walk apart', perSecond: 0.05, found: 0 },
  ])('people who $name', ({ perSecond, found }) => {
    const at = (atMs: number) =>
      Array.from({ length: 8 }, (_, i) => {
        const distance = 0.06 + perSecond * Math.max(0, (atMs - 3000) / 1000);
        const angle = (i * Math.PI) / 4;
        return person(0.5 + distance * Math.cos(angle), 0.5 + distance * Math.sin(angle));
      }).filter(({ box }) => box[0] > 0 && box[2] < 1 && box[1] > 0 && box[3] < 1);
    expect(run({ type: 'crowd-dispersal', zoneId: 'middle' }, 4600, at, 100).raised).toHaveLength(found);
  });
});

describe('people and bags', () => {
  const rider = [
    aDetection({ class: 'motorcycle', box: [0.45, 0.45, 0.55, 0.55] }),
    aDetection({ class: 'person', box: [0.47, 0.38, 0.53, 0.52] }),
  ];
  const lying = aDetection({ class: 'person', box: [0.4, 0.5, 0.55, 0.56] });
  const bag = aDetection({ class: 'suitcase', box: boxAt(0.5, 0.5, 0.04, 0.05) });
  it.each<{ name: string; rule: Record<string, unknown>; at: () => Detection[]; found: number }>([
    { name: 'somebody loiters', rule: { type: 'loitering', dwellMs: 10_000 }, at: () => [person(0.5, 0.5)], found: 1 },
    { name: 'somebody walks on the road', rule: { type: 'pedestrian-on-road' }, at: () => [person(0.5, 0.5)], found: 1 },
    { name: 'a rider is no pedestrian', rule: { type: 'pedestrian-on-road' }, at: () => rider, found: 0 },
    { name: 'a rider does not loiter', rule: { type: 'loitering', dwellMs: 10_000 }, at: () => rider, found: 0 },
    { name: 'a rider is no crowd', rule: { type: 'crowd-occupancy', minCount: 1 }, at: () => rider, found: 0 },
    { name: 'a rider and the motorcycle queue as one', rule: { type: 'queue', minCount: 2 }, at: () => rider, found: 0 },
    { name: 'a rider intrudes', rule: { type: 'intrusion' }, at: () => rider, found: 1 },
    { name: 'somebody lies', rule: { type: 'person-down' }, at: () => [lying], found: 1 },
    { name: 'somebody stands', rule: { type: 'person-down' }, at: () => [person(0.5, 0.5)], found: 0 },
    { name: 'a suitcase is left', rule: { type: 'abandoned-object', dwellMs: 10_000 }, at: () => [bag], found: 1 },
    { name: 'a suitcase has its owner', rule: { type: 'abandoned-object', dwellMs: 10_000 }, at: () => [bag, person(0.55, 0.5)], found: 0 },
    { name: 'fire burns', rule: { type: 'fire' }, at: () => [aDetection({ class: 'fire' })], found: 1 },
    { name: 'smoke is no fire', rule: { type: 'fire' }, at: () => [aDetection({ class: 'smoke' })], found: 0 },
  ])('$name', ({ rule, at, found }) => {
    expect(run({ zoneId: 'middle', ...rule }, 20_000, at).raised).toHaveLength(found);
  });
});

describe('collision', () => {
  const crash = { type: 'collision', zoneId: 'middle' };
  /** A car from the left and a motorcycle from the right meet at 3 s; the motorcycle is gone, somebody walks up at 8 s. */
  const scene = (options: { stops?: boolean; people?: boolean }) => (atMs: number) => {
    const carX = options.stops === false ? 0.1 + atMs / 12_500 : 0.26 + 0.08 * (Math.min(atMs, 3000) / 1000);
    const bike = atMs <= 3000 ? [aDetection({ class: 'motorcycle', box: boxAt(0.98 - 0.15 * (atMs / 1000), 0.5, 0.08, 0.08) })] : [];
    const walker = options.people !== false && atMs >= 8000 ? [person(0.6, 0.52)] : [];
    return carX < 0.95 ? [aDetection({ box: boxAt(carX, 0.5, 0.1, 0.08) }), ...bike, ...walker] : [...bike, ...walker];
  };
  it.each([
    { name: 'a crash with people beside it', options: {}, found: 1 },
    { name: 'nobody comes', options: { people: false }, found: 0 },
    { name: 'the car drives on', options: { stops: false }, found: 0 },
  ])('$name', ({ options, found }) => {
    const { raised } = run(crash, 14_000, scene(options));
    expect(raised).toHaveLength(found);
    if (found) expect((raised[0]?.raisedAtMs ?? 0) - T0).toBeLessThanOrEqual(13_000);
  });
});

describe('congestion', () => {
  /** Free traffic for a minute, then everything crawls. */
  const traffic = (atMs: number) =>
    Array.from({ length: 6 }, (_, i) => {
      const travelled = atMs < 60_000 ? atMs / 5000 : 12 + (atMs - 60_000) / 200_000;
      return aDetection({ box: boxAt(0.2 + ((travelled + i / 6) % 1) * 0.6, 0.3 + 0.08 * i, 0.06, 0.05) });
    });
  it('is raised when dense traffic is far slower than it was, with its level of service', () => {
    const { raised } = run({ type: 'congestion', zoneId: 'middle', minVehicles: 5, holdMs: 20_000 }, 100_000, traffic);
    expect(raised).toHaveLength(1);
    expect(raised[0]?.reason.text.en).toContain('level of service F');
  });
  it('does not take a long jam of many vehicles for free flow while it is held', () => {
    const jam = (atMs: number) => {
      const count = atMs < 60_000 ? 6 : 20;
      const travelled = atMs < 60_000 ? atMs / 5000 : 12 + (atMs - 60_000) / 100_000;
      return Array.from({ length: count }, (_, i) =>
        aDetection({ box: boxAt(0.2 + ((travelled + i / count) % 1) * 0.6, 0.22 + 0.029 * i, 0.02, 0.02) }),
      );
    };
    const { raised } = run({ type: 'congestion', zoneId: 'middle', minVehicles: 5, holdMs: 60_000 }, 160_000, jam);
    expect(raised).toHaveLength(1);
  });
});

describe('a queue at red', () => {
  const rule = { type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 15_000, signalId: 'north', releaseMs: 8000 };
  const car = () => [aDetection()];
  it('is no stall until green has passed', () => {
    const { raised } = run(rule, 60_000, car, 250);
    expect((raised[0]?.raisedAtMs ?? 0) - T0).toBe(27_750);
  });
  it('is none when it leaves with the green', () => {
    expect(run(rule, 60_000, (atMs) => (atMs < 24_000 ? car() : [])).raised).toHaveLength(0);
  });
});

it('every rule survives a break in the video and ends what went on', () => {
  const types: Record<string, unknown>[] = [
    { type: 'crowd-density', zoneId: 'middle', areaM2: 1, minPerM2: 1 },
    { type: 'queue', zoneId: 'middle', minCount: 2 },
  ];
  for (const rule of types) {
    const camera = parseCamera({ ...aCamera(), rules: [{ id: 'rule', name: 'Luật', ...rule }] as RuleConfig[] });
    const list = frames(40_000, 250, () => crowd(4)).map((frame) =>
      frame.capturedAtMs === T0 + 20_000 ? { ...frame, discontinuity: 'reconnect' as const } : frame,
    );
    const { findings } = play(createCameraPipeline(camera), list);
    expect(findings.map(({ phase }) => phase).slice(0, 3)).toEqual(['raised', 'ended', 'raised']);
  }
});
