import { type Point, segmentsTouch } from '@safecity/contracts';

/** A side of a directed line, as seen walking from A to B. */
export type Side = 'left' | 'right';

/** A directed line from A to B. Points are in picture heights: x is 0..aspect, y is 0..1, so that lengths mean the same both ways. */
export interface Tripwire {
  a: Point;
  b: Point;
}

/** What is remembered of one subject at one tripwire: where it was last seen clearly on one side. */
export interface TripwireState {
  side: Side | null;
  point: Point;
  atMs: number;
}

/** A crossing: towards which side, and when the straight path between the two sightings met the line. */
export interface Crossing {
  towards: Side;
  atMs: number;
}

/**
 * Distance of `point` from the endless line through A and B, in picture heights: negative on the left, positive on the
 * right as seen walking from A to B (y points down).
 */
export function signedDistance(wire: Tripwire, point: Point): number {
  const dx = wire.b[0] - wire.a[0];
  const dy = wire.b[1] - wire.a[1];
  return (dx * (point[1] - wire.a[1]) - dy * (point[0] - wire.a[0])) / Math.hypot(dx, dy);
}

/** State before a subject was seen. */
export function newTripwireState(): TripwireState {
  return { side: null, point: [0, 0], atMs: 0 };
}

/**
 * Moves a subject's tripwire state on by one sighting and tells whether it crossed. Mutates `state`.
 *
 * A subject is on a side only when farther from the line than `bandwidth` (exclusive), so a box that trembles on the
 * line crosses once. It has crossed when it changed sides and the straight path from its last clear sighting meets the
 * line between A and B, end points included; a path round the end only changes the side.
 * @param bandwidth picture heights
 */
export function stepTripwire(
  wire: Tripwire,
  state: TripwireState,
  sighting: { point: Point; atMs: number },
  bandwidth: number,
): Crossing | null {
  const distance = signedDistance(wire, sighting.point);
  if (Math.abs(distance) <= bandwidth) return null;
  const side: Side = distance < 0 ? 'left' : 'right';
  const crossed = state.side !== null && state.side !== side && segmentsTouch(wire.a, wire.b, state.point, sighting.point);
  const crossing = crossed ? { towards: side, atMs: meetingTime(wire, state, sighting, distance) } : null;
  state.side = side;
  state.point = sighting.point;
  state.atMs = sighting.atMs;
  return crossing;
}

function meetingTime(wire: Tripwire, before: TripwireState, after: { atMs: number }, distanceAfter: number): number {
  const distanceBefore = signedDistance(wire, before.point);
  const share = distanceBefore / (distanceBefore - distanceAfter);
  return Math.round(before.atMs + share * (after.atMs - before.atMs));
}
