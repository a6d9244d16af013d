import { type AlertMessage, type Box, type Finding, type RuleTypeId, ruleTypeFacts } from '@safecity/contracts';
import { boxSize } from '../geometry/boxes.js';

/**
 * Findings of one track no farther apart than this are one offence, ms between the end of one and the start of the other
 * (inclusive): the time in which a vehicle crosses a junction.
 */
export const OFFENCE_GAP_MS = 10_000;

/** A kind of finding that belongs to an incident when it is near it in place and time. */
interface Join {
  /** What the incident is about. */
  of: RuleTypeId;
  /** What belongs to it. */
  takes: readonly RuleTypeId[];
  /** It began no longer than this before `of` began, and no longer than this after it ended, ms (inclusive). */
  withinMs: number;
  /** Widest gap between the boxes, in sizes of the box of `of` (inclusive); 0: they touch. */
  withinSizes: number;
}

/** Which findings of one camera are one incident. A type joins its like only by the same rule at the same place. */
const JOINS: readonly Join[] = [
  { of: 'collision', takes: ['stalled-vehicle', 'person-down', 'pedestrian-on-road'], withinMs: 60_000, withinSizes: 2 },
  { of: 'collision', takes: ['congestion', 'wrong-way-driver'], withinMs: 60_000, withinSizes: 0 },
  { of: 'stalled-vehicle', takes: ['person-down', 'pedestrian-on-road'], withinMs: 30_000, withinSizes: 1 },
  { of: 'stalled-vehicle', takes: ['congestion'], withinMs: 30_000, withinSizes: 0 },
  { of: 'fire', takes: ['smoke', 'collision', 'stalled-vehicle', 'person-down'], withinMs: 60_000, withinSizes: 2 },
  { of: 'crowd-dispersal', takes: ['crowd-surge', 'crowd-density', 'crowd-occupancy'], withinMs: 60_000, withinSizes: 0 },
  { of: 'crowd-surge', takes: ['crowd-density', 'crowd-occupancy'], withinMs: 60_000, withinSizes: 0 },
  { of: 'crowd-density', takes: ['crowd-occupancy'], withinMs: 60_000, withinSizes: 0 },
];

/** Offences of a driver; the incident `wrong-way-driver` is what `wrong-way` is to the emergency centre. */
const isOffence = (type: RuleTypeId): boolean => ruleTypeFacts(type).kind === 'violation' || type === 'wrong-way-driver';

const endOf = ({ endMs }: Finding): number => endMs ?? Number.POSITIVE_INFINITY;

/** Width of the gap between two boxes, 0 when they touch. */
function gapBetween(a: Box, b: Box): number {
  return Math.hypot(Math.max(0, a[0] - b[2], b[0] - a[2]), Math.max(0, a[1] - b[3], b[1] - a[3]));
}

function isTaken(join: Join, incident: Finding, other: Finding): boolean {
  if (incident.type !== join.of || !join.takes.includes(other.type)) return false;
  if (other.startMs < incident.startMs - join.withinMs || other.startMs > endOf(incident) + join.withinMs) return false;
  return !!incident.box && !!other.box && gapBetween(incident.box, other.box) <= join.withinSizes * boxSize(incident.box);
}

/** True when one vehicle did both at one time: two findings of one track of one camera, no more than `OFFENCE_GAP_MS` apart. */
export function isOneOffence(a: Finding, b: Finding): boolean {
  if (!isOffence(a.type) || !isOffence(b.type) || a.subject.kind !== 'track' || a.subject.id !== b.subject.id) return false;
  return a.startMs <= endOf(b) + OFFENCE_GAP_MS && b.startMs <= endOf(a) + OFFENCE_GAP_MS;
}

/** True when two findings of one camera belong to one incident by `JOINS`. */
export function isOneIncident(a: Finding, b: Finding): boolean {
  return JOINS.some((join) => isTaken(join, a, b) || isTaken(join, b, a));
}

/** Alerts of two cameras of one area can be one incident only when they began no farther apart than this, ms (inclusive). */
const ACROSS_MS = 120_000;
/** Types of which two cameras that see one each see the same, and which other types belong to them. */
const ACROSS: Partial<Record<RuleTypeId, readonly RuleTypeId[]>> = {
  collision: ['collision', 'stalled-vehicle', 'person-down', 'pedestrian-on-road', 'congestion', 'wrong-way-driver'],
  fire: ['fire', 'smoke'],
  smoke: ['smoke'],
  'wrong-way-driver': ['wrong-way-driver'],
  congestion: ['congestion'],
  'crowd-dispersal': ['crowd-dispersal', 'crowd-surge', 'crowd-density', 'crowd-occupancy'],
  'crowd-surge': ['crowd-surge', 'crowd-density', 'crowd-occupancy'],
  'crowd-density': ['crowd-density', 'crowd-occupancy'],
  'crowd-occupancy': ['crowd-occupancy'],
};
const ACROSS_TYPES = new Set(Object.entries(ACROSS).flatMap(([of, takes]) => [of as RuleTypeId, ...takes]));

/** True for a type that takes part in incidents of several cameras. */
export const mayMergeAcross = (type: RuleTypeId): boolean => ACROSS_TYPES.has(type);

/** What of an alert decides whether it is one incident with another camera's. */
type Seen = Pick<AlertMessage, 'type' | 'startMs' | 'simulated'>;

/**
 * True when alerts of two cameras of one area are one incident by `ACROSS`: they began within two minutes of each other. Two
 * cameras that see a stalled vehicle each may well see two, so those are merged only into what is graver. A recording is
 * never part of a real incident.
 */
export function isOneIncidentAcross(a: Seen, b: Seen): boolean {
  if (a.simulated !== b.simulated || Math.abs(a.startMs - b.startMs) > ACROSS_MS) return false;
  return ACROSS[a.type]?.includes(b.type) === true || ACROSS[b.type]?.includes(a.type) === true;
}
