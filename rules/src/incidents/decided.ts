import type { AlertDecision, Finding } from '@safecity/contracts';

/** What an operator decided about an alert, as the correlator remembers it. */
export interface Decided {
  state: AlertDecision['state'];
  /** Server clock, epoch ms. Findings raised before it (exclusive) are not affected: a replay sees what the first run saw. */
  atMs: number;
}

/** alertId → newest decision. */
export type DecidedAlerts = Record<string, Decided>;

/** Decisions older than this concern alerts that nothing can join any more. */
export const DECISION_KEPT_MS = 24 * 3_600_000;
const MAX_DECISIONS = 1000;

/** Remembers a decision unless a newer one on the same alert is known; forgets what is too old. */
export function rememberDecision(known: DecidedAlerts, { alertId, state, atMs }: AlertDecision): DecidedAlerts {
  const before = known[alertId];
  if (before && before.atMs > atMs) return known;
  const entries = Object.entries({ ...known, [alertId]: { state, atMs } }).filter(([, decided]) => atMs - decided.atMs <= DECISION_KEPT_MS);
  return Object.fromEntries(entries.sort(([, a], [, b]) => a.atMs - b.atMs).slice(-MAX_DECISIONS));
}

/** True when an operator has called the alert false or resolved: what other rules find there is nothing that was judged. */
export function isJudged(decided: Decided | undefined, nowMs: number): boolean {
  return decided !== undefined && nowMs >= decided.atMs && (decided.state === 'resolved' || decided.state === 'false-alarm');
}

/** What is asked about an alert of the same rule and place before a finding joins it. */
interface Joinable {
  isClosed: boolean;
  findings: readonly Finding[];
}

/**
 * Whether a new finding may join an alert about which an operator has decided. Silence costs more than one alert too many:
 *
 * - nothing decided, or only seen or confirmed: it joins;
 * - `false-alarm`: the very same track stays quiet; so does a zone or a camera whose level only flickers, that is, until the
 *   alert is closed. Another track, or a new episode, is something that nobody has judged yet;
 * - `resolved`: it never joins: what happens after the end of an incident is the next one.
 */
export function mayJoin(decided: Decided | undefined, alert: Joinable, finding: Finding, nowMs: number): boolean {
  if (!decided || nowMs < decided.atMs) return true;
  if (decided.state === 'resolved') return false;
  if (decided.state !== 'false-alarm') return true;
  if (finding.subject.kind !== 'track') return !alert.isClosed;
  return alert.findings.some(({ subject }) => subject.kind === 'track' && subject.id === finding.subject.id);
}
