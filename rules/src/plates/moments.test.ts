import { PLATES_DEFAULTS } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { ObservedTrack } from '../catalogue/rule-machine.js';
import { aTrack, T0 } from '../testing/scene.js';
import { type CutFrom, plateView, vehiclesToRead } from './moments.js';
import type { PlateTrack, PlateTracks } from './plate-tracks.js';

const config = { ...PLATES_DEFAULTS, enabled: true };
const CUT: CutFrom = { widthPx: 1000, heightPx: 1000, sinceKeyframeMs: 0 };

function seen(overrides: Partial<ObservedTrack> = {}): ObservedTrack {
  const box = overrides.box ?? [0.3, 0.3, 0.6, 0.6];
  return aTrack(T0, { box, drawnBox: box, ...overrides });
}

describe('how well a plate may be seen', () => {
  it.each([
    { name: 'a car from the front', track: {}, px: 12 },
    { name: 'a motorcycle of that breadth', track: { class: 'motorcycle' as const, box: [0.3, 0.2, 0.6, 0.6] as const }, px: 21 },
    { name: 'a bus of that breadth', track: { class: 'bus' as const }, px: 9 },
    { name: 'a car cut off on its left', track: { box: [0, 0.3, 0.3, 0.6] as const }, px: 8.4 },
    { name: 'a car cut off below', track: { box: [0.3, 0.7, 0.6, 1] as const }, px: 3.6 },
    { name: 'a car from its side', track: { box: [0.3, 0.3, 0.6, 0.42] as const }, px: 3.6 },
    { name: 'a bicycle', track: { class: 'bicycle' as const }, px: 0 },
    { name: 'a person', track: { class: 'person' as const }, px: 0 },
  ])('$name: $px px', ({ track, px }) => {
    expect(plateView(seen(track as Partial<ObservedTrack>), [], CUT)).toBeCloseTo(px);
  });

  it('less where another vehicle in front hides the lower half', () => {
    const car = seen();
    const front = seen({ id: 'front', box: [0.3, 0.5, 0.6, 0.8] });
    const beside = seen({ id: 'beside', box: [0.6, 0.5, 0.9, 0.8] });
    expect(plateView(car, [car, front], CUT)).toBeCloseTo(3.6);
    expect(plateView(car, [car, beside], CUT)).toBeCloseTo(12);
    expect(plateView(front, [car, front], CUT)).toBeCloseTo(12);
  });
});

/** Offers one car of growing or given breadth, one frame each 200 ms; an answer follows each look at once. */
function looksAt(breadths: readonly number[], answer?: (known: PlateTrack) => void, sinceKeyframeMs = 0): number[] {
  const plates: PlateTracks = {};
  return breadths.flatMap((breadth, index) => {
    const nowMs = T0 + index * 200;
    const track = seen({ box: [0.3, 0.3, 0.3 + breadth, 0.3 + breadth] });
    const looks = vehiclesToRead(plates, { tracks: [track], nowMs }, { ...CUT, sinceKeyframeMs }, config);
    if (looks) answer?.(plates[track.id] as PlateTrack);
    return looks ? [index] : [];
  });
}

const unread = (known: PlateTrack) => {
  known.looks++;
  known.plate = { text: null, confidence: 0, format: null, colour: 'unknown', looks: known.looks, agreeing: 0, atMs: 0 };
};
const read = (confidence: number) => (known: PlateTrack) => {
  known.looks++;
  known.plate = { text: '51F31118', confidence, format: 'car', colour: 'white', looks: known.looks, agreeing: known.looks, atMs: 0 };
};
const same = Array.from({ length: 20 }, () => 0.3);
const growing = Array.from({ length: 20 }, (_, index) => 0.25 * 1.05 ** index);

describe('when a vehicle is looked at', () => {
  it.each([
    { name: 'not while it is too small', breadths: same.map(() => 0.2), answer: unread, expected: [] },
    { name: 'once, when nothing is read and the view stays as it is', breadths: same, answer: unread, expected: [0] },
    { name: 'again, when the view is clearly better, and three times at most', breadths: growing, answer: unread, expected: [0, 4, 8] },
    { name: 'a second time to make sure, and no more when both agree', breadths: same, answer: read(0.95), expected: [0, 2] },
    { name: 'a third time when two are not sure', breadths: same, answer: read(0.8), expected: [0, 2, 4] },
    { name: 'again after a while when no answer comes', breadths: same, answer: () => undefined, expected: [0, 15] },
  ])('$name', ({ breadths, answer, expected }) => {
    expect(looksAt(breadths, answer)).toEqual(expected);
  });

  it('far from a keyframe it waits, though not for ever', () => {
    expect(looksAt(same, unread, 900)).toEqual([8]);
    expect(looksAt(same, unread, 300)).toEqual([0]);
  });

  it('the best views of a picture go first, eight at most, each inside the picture', () => {
    const tracks = Array.from({ length: 10 }, (_, index) => {
      const x = index * 0.05;
      return seen({ id: `car-${index}`, box: [x, 0.1 * index - 0.02, x + 0.3 + index * 0.01, 0.28 + 0.1 * index], seen: true });
    });
    const looks = vehiclesToRead({}, { tracks, nowMs: T0 }, { ...CUT, widthPx: 10_000, heightPx: 10_000 }, config);
    expect(looks?.vehicles).toHaveLength(8);
    expect(looks?.vehicles.flatMap(({ box }) => box).every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('it is looked for where it was at the keyframe before, unless the track is younger than that', () => {
    const track = seen({ box: [0.3, 0.3, 0.5, 0.6], velocity: [0.5, -0.25], firstMs: T0 - 200 });
    const cut = { widthPx: 2000, heightPx: 1000, sinceKeyframeMs: 200 };
    expect(vehiclesToRead({}, { tracks: [track], nowMs: T0 }, cut, config)).toEqual({
      capturedAtMs: T0 - 200,
      vehicles: [{ trackId: track.id, class: 'car', box: [0.25, 0.35, 0.45, 0.65].map((value) => expect.closeTo(value)) }],
    });
    expect(vehiclesToRead({}, { tracks: [{ ...track, firstMs: T0 - 199 }], nowMs: T0 }, cut, config)).toBeUndefined();
  });

  it('a vehicle that this frame does not show is not looked at', () => {
    expect(vehiclesToRead({}, { tracks: [seen({ seen: false })], nowMs: T0 }, CUT, config)).toBeUndefined();
  });
});
