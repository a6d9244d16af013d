import type { CameraConfig, Finding, RuleComparison } from '@safecity/contracts';
import type { RaisedFinding, TrackArchive } from './archive-lines.js';
import { type ReplayProgress, type ReplaySpan, replayInTurns } from './replay.js';

/** What a configuration would have found in an archive, beside what was really raised. */
export interface Backtest {
  tracks: number;
  /** Time of the span in which nothing was seen. */
  gapMs: number;
  /** Revisions of the camera that were in force at some time of the span, in order. */
  revisions: number[];
  rules: RuleComparison[];
  findings: Finding[];
}

/** Two tellings of one thing may differ by this much in their times. */
const SLACK_MS = 2000;

const touches = (a: RaisedFinding, b: RaisedFinding) =>
  a.startMs <= (b.endMs ?? Number.POSITIVE_INFINITY) + SLACK_MS && b.startMs <= (a.endMs ?? Number.POSITIVE_INFINITY) + SLACK_MS;

function compare(rule: string, type: string, found: readonly Finding[], raised: readonly RaisedFinding[]): RuleComparison {
  const free = new Set(raised);
  for (const finding of found) {
    const twin = [...free].find((candidate) => touches(finding, candidate));
    if (twin) free.delete(twin);
  }
  const both = raised.length - free.size;
  return { rule, type, now: found.length, before: raised.length, both, onlyNow: found.length - both, onlyThen: free.size };
}

function comparisons(camera: CameraConfig, found: readonly Finding[], raised: readonly RaisedFinding[]): RuleComparison[] {
  const types = new Map<string, string>(raised.map(({ ruleId, type }) => [ruleId, type]));
  for (const { id, type } of camera.rules) types.set(id, type);
  const of = <T extends RaisedFinding>(list: readonly T[], id: string) => list.filter(({ ruleId }) => ruleId === id);
  return [...types].map(([id, type]) => compare(id, type, of(found, id), of(raised, id)));
}

function revisionsIn({ configs, tracks }: TrackArchive, { fromMs, toMs }: ReplaySpan): number[] {
  const inTime = [...configs].sort((a, b) => a.fromMs - b.fromMs);
  const inForce = inTime.filter(({ fromMs: sinceMs }, index) => sinceMs < toMs && (inTime[index + 1]?.fromMs ?? toMs) > fromMs);
  const ofTracks = tracks.filter(({ firstMs, lastMs }) => lastMs >= fromMs && firstMs < toMs).map(({ configRevision }) => configRevision);
  return [...new Set([...inForce.map(({ revision }) => revision), ...ofTracks])].sort((a, b) => a - b);
}

function gapMsIn({ gaps }: TrackArchive, { fromMs, toMs }: ReplaySpan): number {
  return gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, fromMs)), 0);
}

/** Runs a camera's configuration over an archive and compares; yields now and then, as `replayInTurns`. */
export function* backtestInTurns(camera: CameraConfig, archive: TrackArchive, span: ReplaySpan): Generator<ReplayProgress, Backtest> {
  const { tracks, findings } = yield* replayInTurns(camera, archive, span);
  const raised = archive.raised.filter(({ startMs }) => startMs >= span.fromMs && startMs < span.toMs);
  const rules = comparisons(camera, findings, raised);
  return { tracks, gapMs: gapMsIn(archive, span), revisions: revisionsIn(archive, span), rules, findings };
}

/** The same in one go. */
export function backtest(camera: CameraConfig, archive: TrackArchive, span: ReplaySpan): Backtest {
  const turns = backtestInTurns(camera, archive, span);
  let turn = turns.next();
  while (!turn.done) turn = turns.next();
  return turn.value;
}
