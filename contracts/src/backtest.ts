import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
import { Id } from './ids.js';
import { RULE_TYPE_IDS } from './rule-types.js';
import { Bilingual } from './text.js';

/** What a rule would have done, beside what was really raised. */
export const RuleComparison = Type.Object({
  rule: Type.String(),
  type: Type.String(),
  now: Type.Integer(),
  before: Type.Integer(),
  /** Findings that meet one that was raised: same rule, times that touch. */
  both: Type.Integer(),
  onlyNow: Type.Integer(),
  onlyThen: Type.Integer(),
});
export type RuleComparison = Static<typeof RuleComparison>;

/** A finding of a backtest. */
export const BacktestFinding = Type.Object({
  type: Type.Enum([...RULE_TYPE_IDS]),
  rule: Id,
  class: Type.Optional(Type.Enum([...OBJECT_CLASSES])),
  startMs: Type.Number(),
  raisedAtMs: Type.Number(),
  endMs: Type.Optional(Type.Number()),
  confidence: Type.Number(),
  reason: Bilingual,
});
export type BacktestFinding = Static<typeof BacktestFinding>;

/** Most findings of a backtest that are told one by one; counts are of all. */
export const MOST_BACKTEST_FINDINGS = 500;

/** What came of a backtest. */
export const BacktestResult = Type.Object({
  tracks: Type.Integer(),
  /** Time of the span in which nothing was seen, ms. */
  gapMs: Type.Number(),
  /** Revisions of the camera that were in force at some time of the span. */
  revisions: Type.Array(Type.Integer()),
  rules: Type.Array(RuleComparison),
  findings: Type.Array(BacktestFinding, { maxItems: MOST_BACKTEST_FINDINGS }),
});
export type BacktestResult = Static<typeof BacktestResult>;

/** How a backtest stands; in the bucket `backtests` under its id, written by vms-api first and by rules from then on. */
export const BacktestStatus = Type.Object({
  id: Id,
  cameraId: Id,
  fromMs: Type.Number(),
  toMs: Type.Number(),
  state: Type.Enum(['waiting', 'running', 'done', 'failed']),
  /** Share that is done, 0..1. */
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  /** Server clock of the newest word on it, epoch ms; at least every 2 s while it waits or runs. */
  atMs: Type.Number(),
  result: Type.Optional(BacktestResult),
  /** Why it failed. */
  problem: Type.Optional(Type.String()),
});
export type BacktestStatus = Static<typeof BacktestStatus>;

/** vms-api → rules, a request: run the backtest whose camera and archive lie in the object store `backtests` under its id. */
export const BacktestWanted = Type.Object({ id: Id, cameraId: Id, fromMs: Type.Number(), toMs: Type.Number() });
export type BacktestWanted = Static<typeof BacktestWanted>;
