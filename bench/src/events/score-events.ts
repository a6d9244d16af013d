import type { AlertMessage, Box, Finding, RuleTypeId, Severity } from '@safecity/contracts';
import { boxIou } from '@safecity/rules';
import { poissonUpperBound } from './poisson.js';

/** Something that really happened in view of a camera. */
export interface TrueEvent {
  type: RuleTypeId;
  /** Capture times of its beginning and end, in the clock of the trace. */
  fromMs: number;
  toMs: number;
  /** Where its subject was, 0..1, in order of time; absent where the place is not known: then time alone decides. */
  places?: readonly { atMs: number; box: Box }[];
  /** Where it was as far as that is known, 0..1: the centre of a finding's box must be in it (inclusive). */
  area?: Box;
}

/** One camera watched for some time: what happened and what its rules said. */
export interface WatchedRun {
  name: string;
  watchedMs: number;
  /** Types of the rules that were on. */
  ruleTypes: readonly RuleTypeId[];
  truth: readonly TrueEvent[];
  findings: readonly Finding[];
  alerts: readonly AlertMessage[];
}

/** A finding and the event that it tells of; null: it is false. */
export interface JudgedFinding {
  run: string;
  finding: Finding;
  event: TrueEvent | null;
}

/** How one rule type did over all runs that had it on. */
export interface TypeScore {
  type: RuleTypeId;
  watchedMs: number;
  /** Events that happened, and those of them that were found. */
  events: number;
  found: number;
  falseFindings: number;
  /** Per camera and day of watching; `upper` is the one-sided exact 95 % bound. */
  falsePerCameraDay: { mean: number; upper: number };
  /** From the beginning of each found event to the first finding that tells of it, ms. */
  delaysMs: number[];
}

/** False alerts of some severities, in all runs. */
export interface SeverityScore {
  severities: readonly Severity[];
  falseAlerts: number;
  falsePerCameraDay: { mean: number; upper: number };
}

/** A finding may begin so long before its event, or be raised so long after its end (inclusive). */
const TOLERANCE_MS = 2000;
/** A subject was there when its box shared this much with the finding's (intersection over union, inclusive). */
const SAME_PLACE_IOU = 0.15;
/** A place counts for moments this near to it (inclusive). */
const PLACE_MS = 1000;
const DAY_MS = 86_400_000;

function isInArea([x1, y1, x2, y2]: Box, box: Box): boolean {
  const x = (box[0] + box[2]) / 2;
  const y = (box[1] + box[3]) / 2;
  return x >= x1 && x <= x2 && y >= y1 && y <= y2;
}

function isInPlace({ places, area }: TrueEvent, finding: Finding): boolean {
  if (area && finding.box && !isInArea(area, finding.box)) return false;
  if (!places || finding.subject.kind !== 'track') return true;
  const sightings = [...finding.moments, { atMs: finding.raisedAtMs, box: finding.box }];
  return sightings.some(
    ({ atMs, box }) => box && places.some((place) => Math.abs(place.atMs - atMs) <= PLACE_MS && boxIou(place.box, box) >= SAME_PLACE_IOU),
  );
}

function tellsOf(event: TrueEvent, finding: Finding): boolean {
  if (event.type !== finding.type) return false;
  if (finding.raisedAtMs < event.fromMs - TOLERANCE_MS || finding.startMs > event.toMs + TOLERANCE_MS) return false;
  return isInPlace(event, finding);
}

/** Judges each finding of a run: true when an event of its type overlaps it in time and, where known, in place. */
export function judgeFindings({ name, truth, findings }: WatchedRun): JudgedFinding[] {
  return findings.map((finding) => ({ run: name, finding, event: truth.find((event) => tellsOf(event, finding)) ?? null }));
}

function perCameraDay(count: number, watchedMs: number): { mean: number; upper: number } {
  const days = watchedMs / DAY_MS;
  return { mean: count / days, upper: poissonUpperBound(count) / days };
}

function delaysOf({ truth, findings }: WatchedRun, type: RuleTypeId): number[] {
  return truth
    .filter((event) => event.type === type)
    .flatMap((event) => {
      const raised = findings.filter((finding) => tellsOf(event, finding)).map((finding) => finding.raisedAtMs);
      return raised.length === 0 ? [] : [Math.max(0, Math.min(...raised) - event.fromMs)];
    });
}

/** Types that count and raise nothing. */
const COUNTING: readonly RuleTypeId[] = ['line-count', 'occupancy'];

/** Scores each rule type over the runs that had it on, in alphabetical order; those that only count are left out. */
export function scoreTypes(runs: readonly WatchedRun[]): TypeScore[] {
  const types = [...new Set(runs.flatMap(({ ruleTypes }) => ruleTypes))].filter((type) => !COUNTING.includes(type)).toSorted();
  return types.map((type) => {
    const own = runs.filter(({ ruleTypes }) => ruleTypes.includes(type));
    const watchedMs = own.reduce((sum, run) => sum + run.watchedMs, 0);
    const falseFindings = own.flatMap(judgeFindings).filter(({ finding, event }) => finding.type === type && event === null).length;
    const delaysMs = own.flatMap((run) => delaysOf(run, type));
    return {
      type,
      watchedMs,
      events: own.flatMap(({ truth }) => truth).filter((event) => event.type === type).length,
      found: delaysMs.length,
      falseFindings,
      falsePerCameraDay: perCameraDay(falseFindings, watchedMs),
      delaysMs,
    };
  });
}

/** Alerts none of whose findings is true: what would have been pushed to a desk for nothing. */
export function falseAlerts(run: WatchedRun): AlertMessage[] {
  const trueIds = new Set(judgeFindings(run).flatMap(({ finding, event }) => (event ? [finding.id] : [])));
  return run.alerts.filter(({ findings }) => findings.every(({ id }) => !trueIds.has(id)));
}

/** False alerts over all runs, of each of the given sets of severities. */
export function scoreSeverities(runs: readonly WatchedRun[], sets: readonly (readonly Severity[])[]): SeverityScore[] {
  const watchedMs = runs.reduce((sum, run) => sum + run.watchedMs, 0);
  const alerts = runs.flatMap(falseAlerts);
  return sets.map((severities) => {
    const count = alerts.filter(({ severity }) => severities.includes(severity)).length;
    return { severities, falseAlerts: count, falsePerCameraDay: perCameraDay(count, watchedMs) };
  });
}
