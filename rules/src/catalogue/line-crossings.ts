import type { Line } from '@safecity/contracts';
import { type Crossing, newTripwireState, stepTripwire, type TripwireState } from '../geometry/tripwire.js';
import type { Observation, ObservedTrack } from './rule-machine.js';

/** Half width of the band around a line in which an anchor is on neither side, as a share of the height of its box. */
const BAND_SHARE = 0.08;

/** State: each track's place at the line, and crossings that wait until the track is old enough. Dropped with the track. */
export type LineState = Record<string, { wire: TripwireState; waiting: Crossing[] }>;

export interface TrackCrossing extends Crossing {
  track: ObservedTrack;
}

/** Crossings of a line that this frame shows. Mutates `state`. */
export function stepLine(
  { line, classes, minTrackAgeMs }: { line: Line; classes: ReadonlySet<string>; minTrackAgeMs: number },
  state: LineState,
  observation: Observation,
): TrackCrossing[] {
  const { aspect, nowMs, restarted } = observation;
  const wire = { a: [line.a[0] * aspect, line.a[1]] as [number, number], b: [line.b[0] * aspect, line.b[1]] as [number, number] };
  const present = new Set(observation.tracks.map((track) => track.id));
  for (const id of Object.keys(state)) if (restarted || !present.has(id)) delete state[id];
  const crossings: TrackCrossing[] = [];
  for (const track of observation.tracks) {
    if (!track.seen || !classes.has(track.class)) continue;
    const known = state[track.id] ?? { wire: newTripwireState(), waiting: [] };
    state[track.id] = known;
    const point: [number, number] = [track.anchor[0] * aspect, track.anchor[1]];
    const crossing = stepTripwire(wire, known.wire, { point, atMs: nowMs }, BAND_SHARE * (track.box[3] - track.box[1]));
    if (crossing) known.waiting.push(crossing);
    if (known.waiting.length === 0 || nowMs - track.firstMs < minTrackAgeMs) continue;
    for (const waiting of known.waiting.splice(0)) crossings.push({ ...waiting, track });
  }
  return crossings;
}
