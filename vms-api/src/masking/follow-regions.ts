import { areaOf, grown, type PixelBox, sharedArea } from './picture.js';
import type { FoundRegion, PrivateKind, PrivateRegion } from './private-regions.js';

/** What was found in one picture that was searched. */
export interface SearchedPicture {
  /** Media time, ms. */
  atMs: number;
  regions: readonly FoundRegion[];
}

type Sighting = FoundRegion & { atMs: number };
/** One private thing from picture to picture, in order of time. */
type Followed = Sighting[];

/** What moves and is not found for longer (exclusive) is not known again. */
const BRIDGED_MS = 1200;
/** What is found again where it was, is hidden for all the time between, up to this. */
const STILL_BRIDGED_MS = 6000;
const STILL_OVERLAP = 0.3;
/** The same of the place of a plate: a false vehicle that comes back in the same place would hide half a street for seconds. */
const PLACE_BRIDGED_MS = 650;
/** So long before it was first found, and after it was last found, something is hidden where its movement puts it. */
const HELD_MS = 500;
/** Of the place of a plate less: vehicles are large, and what was one in a single picture was seldom a vehicle. */
const PLACE_HELD_MS = 250;
/** How far from where it is awaited something may be found, in lengths of what it is of: more while its speed is not known. */
const REACH = { known: 0.8, unknown: 1.6 };
/** Two boxes of which the larger has more than so many times the area are not of the same thing. */
const MOST_LARGER = 4;
/** What is hidden is larger than what was found: always, and so much more the longer ago that was. The place of a plate is large enough. */
const GROWTH = { always: 0.06, atMost: 0.2 };

const SAME: Record<PrivateKind, 'who' | 'plate'> = { face: 'who', head: 'who', plate: 'plate', 'plate-place': 'plate' };

const centreOf = ([x1, y1, x2, y2]: PixelBox): [number, number] => [(x1 + x2) / 2, (y1 + y2) / 2];
const lengthOf = ([x1, y1, x2, y2]: PixelBox): number => Math.max(x2 - x1, y2 - y1);
const moved = ([x1, y1, x2, y2]: PixelBox, [x, y]: readonly [number, number]): PixelBox => [x1 + x, y1 + y, x2 + x, y2 + y];

function overlapOf(a: PixelBox, b: PixelBox): number {
  const shared = sharedArea(a, b);
  return shared / Math.max(1, areaOf(a) + areaOf(b) - shared);
}

/** Pixels per ms between two sightings. */
function speedBetween(a: Sighting, b: Sighting): [number, number] {
  const [from, to] = [centreOf(a.of), centreOf(b.of)];
  const tookMs = Math.max(1, b.atMs - a.atMs);
  return [(to[0] - from[0]) / tookMs, (to[1] - from[1]) / tookMs];
}

/** Whether the time between two sightings of one thing is hidden too. */
function isBridged(a: Sighting, b: Sighting): boolean {
  const gapMs = b.atMs - a.atMs;
  if (a.kind === 'plate-place' || b.kind === 'plate-place') return gapMs <= PLACE_BRIDGED_MS;
  return gapMs < BRIDGED_MS || (gapMs <= STILL_BRIDGED_MS && overlapOf(a.of, b.of) >= STILL_OVERLAP);
}

/** How far a region lies from where a thing is awaited, in its lengths; null when it cannot be the same. */
function distanceTo(followed: Followed, found: Sighting): number | null {
  const [before, last] = [followed.at(-2), followed.at(-1) as Sighting];
  if (SAME[last.kind] !== SAME[found.kind] || !isBridged(last, found)) return null;
  const [larger, smaller] = [Math.max(areaOf(last.of), areaOf(found.of)), Math.min(areaOf(last.of), areaOf(found.of))];
  if (larger > smaller * MOST_LARGER) return null;
  const known = before !== undefined && isBridged(before, last);
  const speed = known ? speedBetween(before, last) : [0, 0];
  const tookMs = found.atMs - last.atMs;
  const shift = [(speed[0] ?? 0) * tookMs, (speed[1] ?? 0) * tookMs] as const;
  const away = (a: PixelBox, b: PixelBox) => Math.hypot(centreOf(a)[0] - centreOf(b)[0], centreOf(a)[1] - centreOf(b)[1]);
  const length = Math.max(lengthOf(last.of), lengthOf(found.of));
  const distance = away(moved(last.of, shift), found.of) / length;
  if (distance > (known ? REACH.known : REACH.unknown)) return null;
  // Of several texts on one vehicle the one in the same place is the same.
  return distance + away(moved(last.box, shift), found.box) / length;
}

/** Joins what was found in the pictures into things that are followed: nearest first, each region to one thing. */
function follow(searched: readonly SearchedPicture[]): Followed[] {
  const all: Followed[] = [];
  for (const { atMs, regions } of searched) {
    const open = all.filter((followed) => (followed.at(-1) as Sighting).atMs >= atMs - STILL_BRIDGED_MS);
    const left = new Set(regions.map((region): Sighting => ({ ...region, atMs })));
    const pairs = open.flatMap((followed) =>
      [...left].flatMap((found) => {
        const distance = distanceTo(followed, found);
        return distance === null ? [] : [{ followed, found, distance }];
      }),
    );
    const taken = new Set<Followed>();
    for (const { followed, found } of pairs.sort((a, b) => a.distance - b.distance)) {
      if (taken.has(followed) || !left.delete(found)) continue;
      taken.add(followed);
      followed.push(found);
    }
    all.push(...[...left].map((found) => [found]));
  }
  return all;
}

/** Where a thing is between two sightings. Text found once and its place once: what is hidden then is hidden as a text is. */
function between(a: Sighting, b: Sighting, atMs: number): PrivateRegion {
  const share = (atMs - a.atMs) / Math.max(1, b.atMs - a.atMs);
  const box = a.box.map((side, index) => side + ((b.box[index] as number) - side) * share) as unknown as PixelBox;
  const awayMs = Math.min(atMs - a.atMs, b.atMs - atMs);
  return grownAfter({ kind: a.kind === 'plate' ? a.kind : b.kind, box }, awayMs);
}

function grownAfter({ kind, box }: PrivateRegion, awayMs: number): PrivateRegion {
  if (kind === 'plate-place') return { kind, box };
  return { kind, box: grown(box, GROWTH.always + GROWTH.atMost * Math.min(1, awayMs / HELD_MS)) };
}

/** Where a thing was before it was first found, or is after it was last found: as if it had gone on, and where it was. */
function held(sighting: Sighting, next: Sighting | undefined, atMs: number): PrivateRegion[] {
  const awayMs = Math.abs(atMs - sighting.atMs);
  if (awayMs > (sighting.kind === 'plate-place' ? PLACE_HELD_MS : HELD_MS)) return [];
  const speed =
    next === undefined
      ? [0, 0]
      : speedBetween(...((next.atMs < sighting.atMs ? [next, sighting] : [sighting, next]) as [Sighting, Sighting]));
  const shift = [(speed[0] ?? 0) * (atMs - sighting.atMs), (speed[1] ?? 0) * (atMs - sighting.atMs)] as const;
  const boxes = awayMs === 0 ? [sighting.box] : [sighting.box, moved(sighting.box, shift)];
  return boxes.map((box) => grownAfter({ kind: sighting.kind, box }, awayMs));
}

function regionsAt(followed: Followed, atMs: number): PrivateRegion[] {
  const after = followed.findIndex((sighting) => sighting.atMs >= atMs);
  const [a, b] = [followed[(after < 0 ? followed.length : after) - 1], after < 0 ? undefined : followed[after]];
  if (a && b && isBridged(a, b)) return [between(a, b, atMs)];
  const [earlier, later] = [followed[followed.indexOf(a as Sighting) - 1], b && followed[followed.indexOf(b) + 1]];
  return [...(a ? held(a, earlier, atMs) : []), ...(b ? held(b, later, atMs) : [])];
}

/**
 * What must be hidden in every picture of a clip of which only some were searched. A thing found twice is hidden on the way from one
 * place to the other, so that a finder which flickers opens nothing; before the first time and after the last it is hidden a little
 * longer. Everything found is hidden where it was found, whatever it was joined to.
 * @param searched in order of time
 * @returns media time, ms → regions, pixels
 */
export function followRegions(searched: readonly SearchedPicture[]): (atMs: number) => PrivateRegion[] {
  const all = follow(searched).map((followed) => ({
    followed,
    fromMs: (followed[0] as Sighting).atMs - HELD_MS,
    toMs: (followed.at(-1) as Sighting).atMs + HELD_MS,
  }));
  return (atMs) => all.filter(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs).flatMap(({ followed }) => regionsAt(followed, atMs));
}
