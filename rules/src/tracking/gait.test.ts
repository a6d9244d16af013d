import type { Box } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { ObservedTrack } from '../catalogue/rule-machine.js';
import { aTrack, T0 } from '../testing/scene.js';
import { type GaitState, withGaits } from './gait.js';

const STEP_MS = 200;
const HEIGHT = 0.1;

/** Somebody `HEIGHT` high who has gone `heights` across the view, is `growth` times as high, and goes at `pace` by the filter. */
function somebody(heights: number, pace: number, growth = 1, wider = growth): Partial<ObservedTrack> {
  const [x, width, height] = [0.1 + heights * HEIGHT, HEIGHT * 0.4 * wider, HEIGHT * growth];
  const box: Box = [x - width / 2, 0.5 - height / 2, x + width / 2, 0.5 + height / 2];
  return { id: 'a', class: 'person', box, velocity: [pace * height, 0] };
}

/** Plays frames; returns the person as the last of them shows it. */
function play(frames: number, at: (seconds: number, frame: number) => Partial<ObservedTrack>) {
  const state: GaitState = {};
  let person: ObservedTrack | undefined;
  for (let frame = 0; frame < frames; frame++) {
    const nowMs = T0 + frame * STEP_MS;
    [person] = withGaits(state, [aTrack(nowMs, at((frame * STEP_MS) / 1000, frame))], nowMs, 1);
    Object.assign(state, JSON.parse(JSON.stringify(state)));
  }
  return { state, walks: person?.walksSinceMs !== undefined, drives: person?.drives === true, walksSinceMs: person?.walksSinceMs };
}

describe('withGaits', () => {
  it.each<{ name: string; at: (seconds: number, frame: number) => Partial<ObservedTrack>; walks?: true; drives?: true }>([
    { name: 'who walks across', at: (s) => somebody(0.8 * s, 0.8), walks: true },
    { name: 'who strolls', at: (s) => somebody(0.25 * s, 0.25), walks: true },
    { name: 'who walks towards the camera', at: (s) => somebody(0.1 * s, 0.2, Math.exp(0.08 * s)), walks: true },
    { name: 'who stands', at: () => somebody(0, 0) },
    { name: 'who runs: neither is shown', at: (s) => somebody(2 * s, 2) },
    { name: 'who rides across', at: (s) => somebody(3.5 * s, 3.5), drives: true },
    { name: 'who rides away from the camera', at: (s) => somebody(0.3 * s, 0.4, 1 / (1 + 0.4 * s)), drives: true },
    { name: 'whom a car hides from below: the box shrinks in height only', at: (s) => somebody(0, 0.2, Math.max(0.4, 1 - 0.4 * s), 1) },
    {
      name: 'a picture that changes once in 1.2 s',
      at: (s, frame) => somebody(0.8 * 1.2 * Math.floor(s / 1.2), frame % 6 < 2 ? 0.8 : 0.02),
    },
    { name: 'a box that goes over to somebody else', at: (s) => somebody(s < 2 ? 0 : 4, 0) },
    {
      name: 'who walked and then stands',
      at: (s) => (s < 2.5 ? somebody(0.8 * s, 0.8) : somebody(2, 0)),
      walks: true,
    },
    { name: 'who drove and then waits', at: (s) => (s < 3 ? somebody(3.5 * s, 3.5) : somebody(10.5, 0)), drives: true },
    {
      name: 'who rides up and brakes within three seconds',
      at: (s) => (s < 3 ? somebody(2 * s - s ** 2 / 3, 2 - (2 * s) / 3) : somebody(3, 0)),
    },
    { name: 'who runs and then walks', at: (s) => (s < 2 ? somebody(2 * s, 2) : somebody(4 + 0.8 * (s - 2), 0.8)), walks: true },
    { name: 'a car', at: (s) => ({ ...somebody(3.5 * s, 3.5), class: 'car' }) },
  ])('$name', ({ at, walks, drives }) => {
    const { walks: walked, drives: drove } = play(25, at);
    expect({ walked, drove }).toEqual({ walked: walks === true, drove: drives === true });
  });

  it('takes 1.5 s to tell, and counts from the first of them', () => {
    const walking = (s: number) => somebody(0.8 * s, 0.8);
    expect(play(8, walking).walks).toBe(false);
    expect(play(9, walking).walksSinceMs).toBe(T0);
  });

  it('forgets tracks that are gone, and keeps few sightings of the others', () => {
    const { state } = play(200, (s) => somebody(0.01 * s, 0));
    expect(state['a']?.seen.length).toBeLessThanOrEqual(10);
    withGaits(state, [], T0, 1);
    expect(state).toEqual({});
  });
});
