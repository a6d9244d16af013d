import type { Box, ObjectClass } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { boxShift } from '../geometry/boxes.js';
import { aTrackerDetection, boxAt, seededRandom, T0 } from '../testing/scene.js';
import { DEFAULT_TRACKER_OPTIONS } from './options.js';
import { isStanding, type Track, type TrackerDetection } from './track.js';
import { createTracker } from './tracker.js';

/** As the live service sets it for a small model. */
const LIVE = { highScore: 0.5, newTrackScore: 0.5 };
const PLACE: Box = [0.4, 0.3, 0.6, 0.5];

/** Plays a scene at `fps`; returns ids of confirmed tracks that ever stood, and the tracks at the end. */
function run(
  seconds: number,
  fps: number,
  at: (t: number) => TrackerDetection[],
): { stood: Set<string>; tracks: Track[]; everConfirmed: Set<string> } {
  const tracker = createTracker(LIVE);
  let state = tracker.start();
  const stood = new Set<string>();
  const everConfirmed = new Set<string>();
  for (let i = 0; i <= seconds * fps; i++) {
    state = tracker.step(state, T0 + Math.round((i * 1000) / fps), at(i / fps)).state;
    for (const track of state.tracks) {
      if (track.phase !== 'tentative') everConfirmed.add(track.id);
      if (track.phase !== 'tentative' && isStanding(track, DEFAULT_TRACKER_OPTIONS)) stood.add(track.id);
    }
  }
  return { stood, tracks: state.tracks, everConfirmed };
}

function tremble(box: Box, random: () => number, share: number): Box {
  const width = box[2] - box[0];
  const height = box[3] - box[1];
  return [
    box[0] + (random() - 0.5) * share * width,
    box[1] + (random() - 0.5) * share * height,
    box[2] + (random() - 0.5) * share * width,
    box[3] + (random() - 0.5) * share * height,
  ];
}

describe('a parked vehicle', () => {
  it.each([{ fps: 0.8 }, { fps: 5 }, { fps: 15 }])(
    'keeps one id for five minutes of flicker, wrong classes and tremble at $fps/s',
    ({ fps }) => {
      const random = seededRandom(5);
      const names: ObjectClass[] = ['truck', 'truck', 'bus', 'train', 'car'];
      const { stood, everConfirmed, tracks } = run(300, fps, () => {
        if (random() < 0.4) return [];
        return [
          aTrackerDetection({
            class: names[Math.floor(random() * 5)] as ObjectClass,
            score: 0.3 + random() * 0.5,
            box: tremble(PLACE, random, 0.1),
          }),
        ];
      });
      expect(everConfirmed.size).toBe(1);
      expect(stood.size).toBe(1);
      expect(tracks[0]?.rest.sinceMs).toBeLessThan(T0 + 20_000);
    },
  );

  it.each([
    { name: 'survives 55 s without a detection once it stood for a minute', stoodS: 60, goneS: 55, ids: 1 },
    { name: 'is forgotten after 65 s', stoodS: 60, goneS: 65, ids: 2 },
    { name: 'that stood for 4 s is forgotten after 10 s: the next car at the light is another one', stoodS: 4, goneS: 10, ids: 2 },
    { name: 'that stood for 4 s survives 6 s', stoodS: 4, goneS: 6, ids: 1 },
  ])('$name', ({ stoodS, goneS, ids }) => {
    const { everConfirmed } = run(stoodS + goneS + 10, 5, (t) =>
      t > stoodS && t < stoodS + goneS ? [] : [aTrackerDetection({ box: PLACE })],
    );
    expect(everConfirmed.size).toBe(ids);
  });

  it('stays itself when another one stops in front of it and drives off again', () => {
    const newcomerX = (t: number) => (t < 20 ? 0.05 + 0.022 * (t - 0) : t < 90 ? 0.49 : 0.49 + 0.03 * (t - 90));
    const { tracks, stood } = run(110, 5, (t) => {
      const list: TrackerDetection[] = [];
      const hidden = t > 15 && t < 95;
      if (!hidden) list.push(aTrackerDetection({ box: PLACE }));
      if (newcomerX(t) < 0.95) list.push(aTrackerDetection({ box: boxAt(newcomerX(t), 0.62, 0.24, 0.26) }));
      return list;
    });
    const parked = tracks.find((track) => boxShift(track.rest.box, PLACE) < 0.05);
    expect(parked?.id).toBe(`${T0.toString(36)}-0`);
    expect(parked?.rest.sinceMs).toBe(T0);
    expect(stood.size).toBe(2);
  });

  it('is held through boxes stretched over its neighbourhood or cut short', () => {
    const random = seededRandom(9);
    const stretched: Box = [0.4, 0.3, 0.9, 0.5];
    const cut: Box = [0.4, 0.3, 0.5, 0.5];
    const { everConfirmed, tracks } = run(120, 4, () => {
      const pick = random();
      const box = pick < 0.4 ? stretched : pick < 0.55 ? cut : PLACE;
      return [aTrackerDetection({ class: 'truck', box: tremble(box, random, 0.04) })];
    });
    expect(everConfirmed.size).toBe(1);
    expect(tracks[0]?.rest.sinceMs).toBeLessThanOrEqual(T0 + 3000);
  });

  it('is one in the end when both its true and its stretched box are reported', () => {
    const random = seededRandom(10);
    const { tracks } = run(60, 4, () => {
      const list = [aTrackerDetection({ class: 'truck', box: PLACE })];
      if (random() < 0.5) list.push(aTrackerDetection({ class: 'truck', score: 0.6, box: [0.4, 0.3, 0.9, 0.5] }));
      return list;
    });
    expect(tracks.map(({ id }) => id)).toEqual([`${T0.toString(36)}-0`]);
  });

  it('keeps its id when it drives off, and stands no more within two seconds', () => {
    const { tracks } = run(33, 5, (t) => [aTrackerDetection({ box: boxAt(0.3 + (t > 30 ? 0.1 * (t - 30) : 0), 0.5, 0.2, 0.15) })]);
    expect(tracks.map(({ id }) => id)).toEqual([`${T0.toString(36)}-0`]);
    expect(isStanding(tracks[0] as Track, DEFAULT_TRACKER_OPTIONS)).toBe(false);
  });
});

/** A person at x whose feet are at 0.6. */
const aPerson = (x: number, score = 0.8) => aTrackerDetection({ class: 'person', score, box: boxAt(x, 0.6, 0.06, 0.18) });

describe('a person who stands', () => {
  it.each([{ fps: 0.8 }, { fps: 5 }, { fps: 15 }])('keeps one id for five minutes of flicker at $fps/s', ({ fps }) => {
    const random = seededRandom(6);
    const { everConfirmed } = run(300, fps, () => (random() < 0.4 ? [] : [aPerson(0.5 + (random() - 0.5) * 0.006, 0.25 + random() * 0.5)]));
    expect(everConfirmed.size).toBe(1);
  });

  it.each([
    { name: 'comes back to the place after 15 s', backAt: 0.5, ids: 1 },
    { name: 'is another one when somebody appears beside it', backAt: 0.62, ids: 2 },
  ])('and $name', ({ backAt, ids }) => {
    const { everConfirmed } = run(60, 5, (t) => (t < 20 ? [aPerson(0.5)] : t < 35 ? [] : [aPerson(backAt)]));
    expect(everConfirmed.size).toBe(ids);
  });

  it('keeps its id when another one walks past in front', () => {
    const { tracks, everConfirmed } = run(30, 10, (t) => {
      const walker = 0.1 + 0.06 * (t - 10);
      const list = Math.abs(walker - 0.5) < 0.03 ? [] : [aPerson(0.5)];
      if (t > 10 && walker < 0.95) list.push(aTrackerDetection({ class: 'person', box: boxAt(walker, 0.63, 0.07, 0.2) }));
      return list;
    });
    expect(everConfirmed.size).toBe(2);
    expect(tracks.find((track) => boxShift(track.box, boxAt(0.5, 0.6, 0.06, 0.18)) < 0.1)?.id).toBe(`${T0.toString(36)}-0`);
  });
});

describe('standing', () => {
  it.each([
    { name: 'a vehicle at rest', speed: 0, stands: true },
    { name: 'a queue that creeps one size in 20 s', speed: 0.2 / 20, stands: false },
    { name: 'slow traffic', speed: 0.05, stands: false },
  ])('$name: $stands', ({ speed, stands }) => {
    const { tracks } = run(30, 5, (t) => [aTrackerDetection({ box: boxAt(0.2 + speed * t, 0.5, 0.2, 0.2) })]);
    const rested = (tracks[0] as Track).rest.lastMs - (tracks[0] as Track).rest.sinceMs;
    expect(rested >= 20_000).toBe(stands);
  });

  it('needs three seconds (inclusive)', () => {
    expect(run(2.8, 5, () => [aTrackerDetection()]).stood.size).toBe(0);
    expect(run(3, 5, () => [aTrackerDetection()]).stood.size).toBe(1);
  });
});
