import { CLASS_GROUPS, OBJECT_CLASSES, type ObjectClass } from '@safecity/contracts';

const CLASS_INDEX = new Map<ObjectClass, number>(OBJECT_CLASSES.map((name, index) => [name, index]));

/** Position of a class in `OBJECT_CLASSES`; -1 when it is none of them. */
export function classIndex(name: ObjectClass): number {
  return CLASS_INDEX.get(name) ?? -1;
}

/** Kinds of road user whose members a detector mixes up with each other. */
const KINDS: readonly (readonly ObjectClass[])[] = [
  CLASS_GROUPS.person,
  CLASS_GROUPS['two-wheeler'],
  ['car'],
  CLASS_GROUPS['large-vehicle'],
  ['fire'],
  ['smoke'],
  CLASS_GROUPS.bag,
];
const KIND_OF = OBJECT_CLASSES.map((name) => KINDS.findIndex((kind) => kind.includes(name)));
const PERSON = 0;
const TWO_WHEELER = 1;
const CAR = 2;
const LARGE = 3;

/** A van is now a car and now a truck; everything else keeps its kind while it moves. */
const CAR_OR_LARGE = 0.9;
/** A standing thing at the very same place is the same thing, though a loaded motorbike may look like a car. */
const STANDING_OTHER_VEHICLE = 0.7;

function isVehicle(kind: number): boolean {
  return kind === TWO_WHEELER || kind === CAR || kind === LARGE;
}

function kindAffinity(kindA: number, kindB: number, standing: boolean): number {
  if (kindA === kindB) return 1;
  if (!isVehicle(kindA) || !isVehicle(kindB)) return 0;
  if (kindA !== TWO_WHEELER && kindB !== TWO_WHEELER) return standing ? 1 : CAR_OR_LARGE;
  return standing ? STANDING_OTHER_VEHICLE : 0;
}

function affinities(standing: boolean): Float64Array {
  return Float64Array.from(KIND_OF.flatMap((a) => KIND_OF.map((b) => kindAffinity(a, b, standing))));
}
const MOVING_AFFINITY = affinities(false);
const STANDING_AFFINITY = affinities(true);

/** How well a detection of class `b` fits a track of class `a`, as a factor on their similarity; 0: never. */
export function classAffinity(a: number, b: number, standing: boolean): number {
  if (a < 0 || b < 0) return 0;
  return (standing ? STANDING_AFFINITY : MOVING_AFFINITY)[a * KIND_OF.length + b] ?? 0;
}

/** True when two boxes at one place may be one object named twice: both four-wheelers, or both two-wheelers. */
export function mayBeOneObject(a: number, b: number): boolean {
  return classAffinity(a, b, false) > 0;
}

/** True for two- and four-wheelers, whose parts and whole detectors mix up; people standing close are people. */
export function isVehicleClass(index: number): boolean {
  return isVehicle(KIND_OF[index] ?? -1);
}

/** True for people. */
export function isPersonClass(index: number): boolean {
  return KIND_OF[index] === PERSON;
}

/** Votes are halved when their sum reaches this, so a track of hours still learns. */
const MAX_VOTES = 400;

/** Adds one vote of weight `score`. `votes` is `[OBJECT_CLASSES]`, sums of scores. Mutates it. */
export function vote(votes: number[], index: number, score: number): void {
  votes[index] = (votes[index] ?? 0) + score;
  let total = 0;
  for (const sum of votes) total += sum;
  if (total > MAX_VOTES) for (let i = 0; i < votes.length; i++) votes[i] = (votes[i] as number) / 2;
}

/**
 * Class that a track's life voted for, as its index: first the kind (all four-wheelers together, or a truck that
 * flips between truck, bus and train would lose to an occasional car), then car or large, then the class itself.
 */
export function votedClass(votes: readonly number[]): number {
  let best = 0;
  const sums = KINDS.map(() => 0);
  for (let i = 0; i < votes.length; i++) {
    const kind = KIND_OF[i] as number;
    sums[kind] = (sums[kind] as number) + (votes[i] as number);
  }
  const fourWheelers = (sums[CAR] as number) + (sums[LARGE] as number);
  let kind = (sums[CAR] as number) >= (sums[LARGE] as number) ? CAR : LARGE;
  let most = fourWheelers;
  for (let other = 0; other < sums.length; other++) {
    if (other === CAR || other === LARGE || (sums[other] as number) <= most) continue;
    kind = other;
    most = sums[other] as number;
  }
  let bestVotes = -1;
  for (let i = 0; i < votes.length; i++) {
    if (KIND_OF[i] !== kind || (votes[i] as number) <= bestVotes) continue;
    best = i;
    bestVotes = votes[i] as number;
  }
  return best;
}
