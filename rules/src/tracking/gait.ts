import type { ObservedTrack } from '../catalogue/rule-machine.js';

/** How one person moved lately. Plain JSON. */
interface Gait {
  /** `[atMs, x, y, width, height, moves]` of the last sightings, oldest first: middle and size in picture heights; moves 1 or 0. */
  seen: [number, number, number, number, number, number][];
  /** Since when it is known to be on foot, epoch ms; null until it was seen to walk. */
  walksSinceMs: number | null;
  /** When it was seen last to be faster than people walk, epoch ms; 0 before. */
  ranAtMs: number;
  /** For how long it was faster than people are, ms. */
  fastMs: number;
  /** It was faster than people are for so long that it rides something, seen or not. */
  drives: boolean;
}

/** How the people of a camera move, by track. Dropped with the tracks. */
export type GaitState = Record<string, Gait>;

/** Pace is taken over so long at least: a stride takes about half a second, a box trembles from frame to frame. */
const PACE_MS = 1500;
/** Sightings nearer in time add nothing. */
const LEAST_STEP_MS = 190;
/** A longer step says nothing of what was in between. */
const LONGEST_STEP_MS = 2500;
/** Slower than this, heights a second, is standing: people walk at 1.2 to 1.4 m/s, 0.7 to 0.8 heights. */
const SLOWEST_WALK = 0.2;
/** Faster (exclusive) proves no walk: people begin to run at 2.0 to 2.1 m/s, 1.2 heights, and run on roads less often than they ride. */
const FASTEST_WALK = 1.4;
/** Faster (exclusive) proves a ride: people jog at 2.5 to 3.5 m/s, 2.1 heights at most; a sprint of 4 m/s does not last. */
const FASTEST_RUN = 2.4;
/** So long beyond that, and it rides (inclusive): who sprints does not do it for longer on a street, and a switched box jumps once. */
const DRIVES_AFTER_MS = 800;
/** Who walks, or rides, moves in this share of the time (inclusive); pictures that repeat, and boxes that change hands, jump. */
const MOVING_SHARE = 0.75;
/** A sighting moves at this many heights a second or more, by the filter. */
const MOVING_SPEED = 0.15;
/**
 * Distance in heights of a person who fills the picture, for the widest usual lens (2.8 mm on 1/2.8 inch, 55 degrees upright).
 * Narrower lenses see them from further away: what is reckoned is the least speed along the view.
 */
const WIDEST_LENS = 0.95;

type Sighting = Gait['seen'][number];

function sightingOf({ box, velocity }: ObservedTrack, atMs: number, aspect: number): Sighting {
  const [x1, y1, x2, y2] = box;
  const height = y2 - y1;
  const moves = Math.hypot(...velocity) >= MOVING_SPEED * height ? 1 : 0;
  return [atMs, ((x1 + x2) / 2) * aspect, (y1 + y2) / 2, (x2 - x1) * aspect, height, moves];
}

/**
 * Heights a second between two sightings, across the view and along it: the least and the most that it may have been. Along it
 * by growth. Who walks behind something changes in height or in width only, so the one that changed less is the least.
 */
function paceBetween([fromMs, x1, y1, w1, h1]: Sighting, [toMs, x2, y2, w2, h2]: Sighting): { least: number; most: number } {
  const seconds = (toMs - fromMs) / 1000;
  const height = (h1 + h2) / 2;
  const [byHeight, byWidth] = [Math.log(h2 / h1), Math.log(w2 / w1)];
  const alike = byHeight * byWidth <= 0 ? 0 : Math.min(Math.abs(byHeight), Math.abs(byWidth));
  const across = Math.hypot(x2 - x1, y2 - y1);
  const paceAt = (growth: number) => Math.hypot(across, growth * WIDEST_LENS) / height / seconds;
  return { least: paceAt(alike), most: paceAt(Math.abs(byHeight + byWidth) / 2) };
}

/** Share of the time in which it moved: steps that begin and end with it moving. */
function movingShare(seen: readonly Sighting[]): number {
  let movingMs = 0;
  for (const [index, [atMs, , , , , moves]] of seen.entries()) {
    const before = seen[index - 1];
    if (before && before[5] + moves === 2) movingMs += atMs - before[0];
  }
  return movingMs / ((seen.at(-1)?.[0] ?? 0) - (seen[0]?.[0] ?? 0));
}

function sight(gait: Gait, sighting: Sighting): void {
  const { seen } = gait;
  const last = seen.at(-1);
  const stepMs = last ? sighting[0] - last[0] : 0;
  if (last && stepMs < LEAST_STEP_MS) return;
  if (stepMs > LONGEST_STEP_MS) seen.length = 0;
  seen.push(sighting);
  while (seen.length > 2 && sighting[0] - (seen[1] as Sighting)[0] >= PACE_MS) seen.shift();
  const first = seen[0] as Sighting;
  if (sighting[0] - first[0] < PACE_MS) return;
  const { least, most } = paceBetween(first, sighting);
  const isMoving = movingShare(seen) >= MOVING_SHARE;
  gait.fastMs = isMoving && least > FASTEST_RUN ? gait.fastMs + stepMs : 0;
  if (gait.fastMs >= DRIVES_AFTER_MS) gait.drives = true;
  if (most > FASTEST_WALK) gait.ranAtMs = sighting[0];
  // Who brakes is at walking pace for a moment too: the walk begins after the last time it was too fast.
  const walks = least >= SLOWEST_WALK && first[0] >= gait.ranAtMs && isMoving;
  if (walks) gait.walksSinceMs ??= first[0];
}

/**
 * Tells who walks and who rides by how they move, so that a rider is one whose two-wheeler the detector does not see:
 * `drives` on who was faster than people run for 0.8 s, `walksSinceMs` on who was seen to walk for 1.5 s. Both
 * last as long as the track; who has only stood or run has neither. No calibration: lengths are heights of the person
 * (about 1.7 m; walking: Bohannon and Andrews 2011, where running begins: Hreljac 1993), and of the speed along the view the least that fits. Mutates `state`.
 */
export function withGaits(state: GaitState, tracks: readonly ObservedTrack[], nowMs: number, aspect: number): ObservedTrack[] {
  const present = new Set(tracks.map(({ id }) => id));
  for (const id of Object.keys(state)) if (!present.has(id)) delete state[id];
  return tracks.map((track) => {
    if (track.class !== 'person') return track;
    state[track.id] ??= { seen: [], walksSinceMs: null, ranAtMs: 0, fastMs: 0, drives: false };
    const gait = state[track.id] as Gait;
    if (track.seen) sight(gait, sightingOf(track, nowMs, aspect));
    const { walksSinceMs, drives } = gait;
    if (drives) return { ...track, drives };
    return walksSinceMs === null ? track : { ...track, walksSinceMs };
  });
}
