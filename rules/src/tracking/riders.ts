import { CLASS_GROUPS } from '@safecity/contracts';
import type { ObservedTrack } from '../catalogue/rule-machine.js';
import { boxArea, intersectionArea } from '../geometry/boxes.js';

/** Who rides what. Plain JSON; dropped with the tracks. */
export interface RidersState {
  /** Capture time of the newest frame; null before the first and after a break. */
  lastMs: number | null;
  /** personTrackId → the two-wheeler it is with, and for how long it has been, less how long it has not, ms. */
  people: Record<string, { vehicleId: string; togetherMs: number; rides: boolean }>;
  /** Two-wheeler → for how long it was seen ridden, by at least 1, 2, 3 … people, ms, and when last. */
  vehicles: Record<string, { riddenMs: number[]; lastMs: number }>;
}

const TWO_WHEELERS: ReadonlySet<string> = new Set(CLASS_GROUPS['two-wheeler']);
/** A person whose box shares this much of itself with a two-wheeler's, its middle within it, is on it, if both move alike (inclusive). */
const RIDER_SHARE = 0.2;
/** Their speeds differ by no more than this, in heights of the person a second (inclusive): who walks past a parked one does 0.8. */
const ALIKE_SPEED = 0.6;
/** A two-wheeler not detected for this long still carries its riders (inclusive). */
const RIDDEN_MS = 1500;
/** Together for this long, a person rides (inclusive); it takes as long apart as it was together, at most this, until no more. */
const MOUNT_MS = 300;
const DISMOUNT_MS = 1500;
/** A longer step between two frames says nothing of what was in between. */
const LONGEST_STEP_MS = 1000;
/** Nobody seen on it for this long, and it is ridden no more (exclusive). */
const PARKED_MS = 5000;
/** Standing for longer than any red (inclusive), it is parked, and who is over it stands behind it. */
const PARKED_STANDING_MS = 120_000;
/** So many are on it if they were seen together for this share of the time in which somebody was (inclusive). */
const COUNTED_SHARE = 0.4;
/** More people than a two-wheeler carries are people in front of it. */
const MOST_RIDERS = 5;

/** State before the first frame. */
export function newRidersState(): RidersState {
  return { lastMs: null, people: {}, vehicles: {} };
}

/** The two-wheeler that a person is on in this frame: the one it shares most with. */
function vehicleUnder(person: ObservedTrack, vehicles: readonly ObservedTrack[]): string | undefined {
  let best: string | undefined;
  let most = RIDER_SHARE * boxArea(person.box);
  const height = person.box[3] - person.box[1];
  for (const vehicle of vehicles) {
    const shared = intersectionArea(vehicle.box, person.box);
    const middle = (person.box[0] + person.box[2]) / 2;
    if (shared < most || middle < vehicle.box[0] || middle > vehicle.box[2]) continue;
    const apart = Math.hypot(vehicle.velocity[0] - person.velocity[0], vehicle.velocity[1] - person.velocity[1]);
    if (apart > ALIKE_SPEED * height) continue;
    most = shared;
    best = vehicle.id;
  }
  return best;
}

function stepPerson(state: RidersState, personId: string, vehicleId: string | undefined, stepMs: number): void {
  const known = state.people[personId];
  const isSame = vehicleId !== undefined && (known === undefined || known.vehicleId === vehicleId);
  if (isSame) {
    const togetherMs = Math.min(DISMOUNT_MS, (known?.togetherMs ?? 0) + stepMs);
    state.people[personId] = { vehicleId, togetherMs, rides: known?.rides === true || togetherMs >= MOUNT_MS };
  } else if (known) {
    known.togetherMs -= stepMs;
    if (known.togetherMs <= 0) delete state.people[personId];
  }
}

function forget(state: RidersState, tracks: readonly ObservedTrack[], nowMs: number): void {
  const present = new Set(tracks.map(({ id }) => id));
  for (const id of Object.keys(state.people)) if (!present.has(id)) delete state.people[id];
  for (const [id, { lastMs }] of Object.entries(state.vehicles))
    if (!present.has(id) || nowMs - lastMs > PARKED_MS) delete state.vehicles[id];
}

/** How many are on it: the most that were seen together for long enough. */
function personsOn(riddenMs: readonly number[]): number {
  const [any = 0] = riddenMs;
  return riddenMs.findLastIndex((ms) => ms > 0 && ms >= COUNTED_SHARE * any) + 1;
}

/**
 * Makes a two-wheeler and the people on it one road user: `rides` on the people, `persons` on the two-wheeler.
 *
 * A person rides who is over one two-wheeler for 0.3 s while both move alike. The number is of the whole ride, because a
 * passenger is hidden behind the driver in many pictures: the most people that were on it for two fifths of the time in which
 * anybody was. Nobody rides what has stood for two minutes. A passenger that the detector hardly ever tells from the driver is not counted. Mutates `state`.
 */
export function withRiders(state: RidersState, tracks: readonly ObservedTrack[], nowMs: number): ObservedTrack[] {
  const stepMs = state.lastMs === null ? 0 : Math.min(LONGEST_STEP_MS, nowMs - state.lastMs);
  state.lastMs = nowMs;
  forget(state, tracks, nowMs);
  const vehicles = tracks.filter(
    (track) => TWO_WHEELERS.has(track.class) && nowMs - track.lastSeenMs <= RIDDEN_MS && track.standingMs < PARKED_STANDING_MS,
  );
  const riders = new Map<string, number>();
  for (const person of tracks) {
    if (person.class !== 'person') continue;
    if (person.seen) stepPerson(state, person.id, vehicleUnder(person, vehicles), stepMs);
    const known = state.people[person.id];
    if (known?.rides && person.seen) riders.set(known.vehicleId, (riders.get(known.vehicleId) ?? 0) + 1);
  }
  for (const [id, count] of riders) {
    const riddenMs = state.vehicles[id]?.riddenMs ?? [];
    for (let index = 0; index < Math.min(count, MOST_RIDERS); index++) riddenMs[index] = (riddenMs[index] ?? 0) + stepMs;
    state.vehicles[id] = { riddenMs, lastMs: nowMs };
  }
  return tracks.map((track) => {
    const known = state.people[track.id];
    const ridden = state.vehicles[track.id];
    if (known?.rides && track.class === 'person') return { ...track, rides: known.vehicleId };
    return ridden && TWO_WHEELERS.has(track.class) ? { ...track, persons: personsOn(ridden.riddenMs) } : track;
  });
}
