import type { ObjectClass } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aTrackerDetection, boxAt, seededRandom, T0 } from '../testing/scene.js';
import { type Track, type TrackerDetection, trackClass } from './track.js';
import { createTracker, type TrackerState } from './tracker.js';

/** As the live service sets it for a small model. */
const LIVE = { highScore: 0.5, newTrackScore: 0.5 };

type At = (seconds: number) => TrackerDetection[];

/** Runs a scene; returns what the tracker knew after each frame (copies) and everything it let go. */
function run(untilMs: number, stepMs: number, at: At, tracker = createTracker(LIVE)): { states: TrackerState[]; removed: Track[] } {
  let state = tracker.start();
  const states: TrackerState[] = [];
  const removed: Track[] = [];
  for (let ms = 0; ms <= untilMs; ms += stepMs) {
    const step = tracker.step(state, T0 + ms, at(ms / 1000));
    state = step.state;
    removed.push(...step.removed);
    states.push(structuredClone(state));
  }
  return { states, removed };
}

function confirmedIds(states: TrackerState[]): Set<string> {
  return new Set(states.flatMap((state) => state.tracks.filter((track) => track.phase !== 'tentative').map((track) => track.id)));
}

const rates = [{ fps: 0.8 }, { fps: 5 }, { fps: 25 }];

describe('identity', () => {
  it.each(rates)('keeps two vehicles that pass each other apart at $fps frames a second', ({ fps }) => {
    const at: At = (t) => [aTrackerDetection({ box: boxAt(0.1 + 0.06 * t, 0.4) }), aTrackerDetection({ box: boxAt(0.9 - 0.06 * t, 0.55) })];
    const { states } = run(12_000, 1000 / fps, at);
    expect(confirmedIds(states).size).toBe(2);
    const last = states.at(-1) as TrackerState;
    const first = states.find((state) => state.tracks.length === 2 && state.tracks.every((track) => track.phase === 'confirmed'));
    for (const track of last.tracks) {
      const before = first?.tracks.find(({ id }) => id === track.id);
      expect(before?.box[3]).toBeCloseTo(track.box[3], 1);
    }
  });

  it.each([
    { fps: 0.8, speed: 0.12 },
    { fps: 1, speed: 0.2 },
    { fps: 5, speed: 0.6 },
    { fps: 25, speed: 1.5 },
  ])('follows an object that leaves its own box between frames at $fps/s', ({ fps, speed }) => {
    const { states } = run(5000, 1000 / fps, (t) => [aTrackerDetection({ box: boxAt(0.05 + speed * t, 0.5) })]);
    expect(confirmedIds(states).size).toBe(1);
  });

  it('is not lost by a change of rate on the way', () => {
    const tracker = createTracker(LIVE);
    let state = tracker.start();
    const ids = new Set<string>();
    let ms = 0;
    for (const stepMs of [...new Array(20).fill(40), ...new Array(8).fill(800), ...new Array(20).fill(40)]) {
      ms += stepMs;
      state = tracker.step(state, T0 + ms, [aTrackerDetection({ box: boxAt(0.1 + (0.06 * ms) / 1000, 0.5) })]).state;
      for (const track of state.tracks) ids.add(track.id);
    }
    expect(ids.size).toBe(1);
  });

  it('is found again after a short occlusion, where it would be by then', () => {
    const at: At = (t) => (t > 2 && t < 3.2 ? [] : [aTrackerDetection({ box: boxAt(0.1 + 0.1 * t, 0.5) })]);
    const { states } = run(6000, 200, at);
    expect(confirmedIds(states).size).toBe(1);
    expect(states.some((state) => state.tracks[0]?.phase === 'lost')).toBe(true);
  });

  it('is not found again after an occlusion of more than two seconds', () => {
    const at: At = (t) => (t > 2 && t < 5 ? [] : [aTrackerDetection({ box: boxAt(0.1 + 0.1 * t, 0.5) })]);
    expect(confirmedIds(run(8000, 200, at).states).size).toBe(2);
  });

  it('comes from the data: capture time of the first detection in base 36, and a count within that frame', () => {
    const { states } = run(1000, 200, () => [aTrackerDetection({ box: boxAt(0.2, 0.5) }), aTrackerDetection({ box: boxAt(0.8, 0.5) })]);
    expect(states.at(-1)?.tracks.map(({ id }) => id)).toEqual([`${T0.toString(36)}-0`, `${T0.toString(36)}-1`]);
  });

  it('does not pass from a person to the motorcycle under them', () => {
    const at: At = (t) => {
      const box = boxAt(0.2 + 0.05 * t, 0.5, 0.06, 0.12);
      return t < 2 ? [aTrackerDetection({ class: 'person', box })] : [aTrackerDetection({ class: 'motorcycle', box })];
    };
    expect(confirmedIds(run(4000, 200, at).states).size).toBe(2);
  });
});

describe('life of a track', () => {
  it('begins tentative, is confirmed by its third detection', () => {
    const { states } = run(80, 40, () => [aTrackerDetection()]);
    expect(states.map((state) => state.tracks[0]?.phase)).toEqual(['tentative', 'tentative', 'confirmed']);
  });

  it.each([
    { name: 'surer than 0.86', score: 0.9, phases: ['tentative', 'confirmed'] },
    { name: 'less sure', score: 0.8, phases: ['tentative', 'tentative'] },
  ])('is after a second detection, $name: $phases.1', ({ score, phases }) => {
    const { states } = run(40, 40, () => [aTrackerDetection({ score })]);
    expect(states.map((state) => state.tracks[0]?.phase)).toEqual(phases);
  });

  it('is confirmed by its second detection when frames are far apart', () => {
    const { states } = run(1250, 1250, () => [aTrackerDetection()]);
    expect(states.map((state) => state.tracks[0]?.phase)).toEqual(['tentative', 'confirmed']);
  });

  it('ends unconfirmed when a detection was a single flash', () => {
    const { states } = run(2000, 200, (t) => (t === 0 ? [aTrackerDetection()] : []));
    expect(confirmedIds(states).size).toBe(0);
    expect(states.at(-1)?.tracks).toEqual([]);
  });

  it.each([
    { name: 'at the score that begins a track', score: 0.5, tracks: 1 },
    { name: 'just below it', score: 0.499, tracks: 0 },
  ])('begins $name', ({ score, tracks }) => {
    expect(run(400, 200, () => [aTrackerDetection({ score })]).states.at(-1)?.tracks.length).toBe(tracks);
  });

  it('is kept alive by doubtful detections that overlap it (second round)', () => {
    const { states } = run(8000, 200, (t) => [aTrackerDetection({ score: t < 1 ? 0.8 : 0.2, box: boxAt(0.2 + 0.03 * t, 0.5) })]);
    expect(states.at(-1)?.tracks.map(({ phase }) => phase)).toEqual(['confirmed']);
  });

  it('votes its class over its life; a truck stays one though it is called four things', () => {
    const names: ObjectClass[] = ['truck', 'bus', 'truck', 'train', 'car'];
    const { states } = run(10_000, 200, (t) => [aTrackerDetection({ class: names[Math.round(t * 5) % 5] as ObjectClass })]);
    expect(confirmedIds(states).size).toBe(1);
    expect(trackClass(states.at(-1)?.tracks[0] as Track)).toBe('truck');
  });

  it('is one when the detector reports one object as two classes', () => {
    const { states } = run(2000, 200, () => [
      aTrackerDetection({ class: 'truck', score: 0.7 }),
      aTrackerDetection({ class: 'bus', score: 0.6, box: boxAt(0.505, 0.5) }),
    ]);
    expect(confirmedIds(states).size).toBe(1);
  });

  it('tells its owner when it is let go', () => {
    const { removed } = run(6000, 200, (t) => (t < 1 ? [aTrackerDetection({ box: boxAt(0.2 + 0.2 * t, 0.5) })] : []));
    expect(removed.map(({ id }) => id)).toEqual([`${T0.toString(36)}-0`]);
  });
});

describe('long run', () => {
  it('holds no more tracks after 20,000 frames of traffic than the traffic of the last minutes', () => {
    const random = seededRandom(3);
    const tracker = createTracker(LIVE);
    let state = tracker.start();
    let most = 0;
    let removed = 0;
    for (let i = 0; i < 20_000; i++) {
      const detections = Array.from({ length: Math.floor(random() * 5) }, () =>
        aTrackerDetection({ box: boxAt(random(), random(), 0.05 + random() * 0.1, 0.05 + random() * 0.1), score: random() }),
      );
      const step = tracker.step(state, T0 + i * 200, detections);
      state = step.state;
      removed += step.removed.length;
      most = Math.max(most, state.tracks.length);
    }
    expect(removed).toBeGreaterThan(5000);
    expect(most).toBeLessThan(60);
    expect(JSON.stringify(state).length).toBeLessThan(200_000);
  });

  it('goes on from its JSON exactly as if it had not been interrupted', () => {
    const random = seededRandom(11);
    const scene = Array.from({ length: 120 }, (_, i) =>
      Array.from({ length: 4 }, (_, k) =>
        aTrackerDetection({
          score: 0.3 + random() * 0.6,
          box: boxAt(0.1 + 0.2 * k + 0.003 * i * (k % 2) + random() * 0.01, 0.3 + 0.15 * k, 0.08, 0.1),
          class: random() < 0.5 ? 'truck' : 'car',
        }),
      ).filter(() => random() < 0.85),
    );
    const tracker = createTracker(LIVE);
    let through = tracker.start();
    let interrupted = tracker.start();
    scene.forEach((detections, i) => {
      through = tracker.step(through, T0 + i * 200, detections).state;
      interrupted = JSON.parse(JSON.stringify(tracker.step(interrupted, T0 + i * 200, detections).state)) as TrackerState;
      expect(interrupted).toEqual(through);
    });
  });
});
