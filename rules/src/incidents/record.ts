import { type AlertMessage, compareGravity, type Finding, ruleTypeFacts, type Severity } from '@safecity/contracts';
import type { Place } from './place.js';
import { type AlertTotals, reasonOfAlert } from './summary.js';

/** What one rule's findings in an alert amount to. */
export interface RulePart {
  type: Finding['type'];
  /** Severity the rule gives its findings. */
  severity: Severity;
  totals: AlertTotals;
}

/** One alert as the correlator remembers it, from its opening until nothing can join it any more. */
export interface AlertRecord {
  message: AlertMessage;
  /** Where its findings were, each with the rule that found it: the same rule at the same place is the same thing. */
  places: { ruleId: string; place: Place }[];
  /** ruleId → its part in the alert. */
  rules: Record<string, RulePart>;
  openFindingIds: string[];
  /** Capture time of the end of its last finding; null while one goes on. */
  lastEndMs: number | null;
  /** How long after that it is closed. */
  lingerMs: number;
  repeatMs: number;
  isClosed: boolean;
  /** How many findings were attached to it after the first. */
  repeats: number;
  /** Run of the recording in which it, or its newest replay, was seen (simulated cameras). */
  run: number;
}

/** Findings told with an alert, fewer than the contract allows: the whole alert travels with every revision. */
const MAX_FINDINGS = 20;

/** The findings without the oldest repeats that are too many; the first of each rule stays. */
export function withinLimit(findings: readonly Finding[]): Finding[] {
  const kept = [...findings];
  while (kept.length > MAX_FINDINGS) {
    const isRepeat = (finding: Finding, index: number) => kept.findIndex(({ ruleId }) => ruleId === finding.ruleId) < index;
    const oldest = kept.findIndex((finding, index) => index > 0 && isRepeat(finding, index));
    kept.splice(oldest < 0 ? 1 : oldest, 1);
  }
  return kept;
}

/** The rule whose findings the alert is told by: that of the gravest; of equal ones the first. */
function leadingRule({ rules }: AlertRecord): [string, RulePart] {
  return Object.entries(rules).reduce((best, entry) => (compareGravity(entry[1], best[1]) < 0 ? entry : best));
}

/** The finding whose reason an alert shows: the first while it goes on, else the newest that does, else the newest. */
function leadingFinding(findings: readonly Finding[], openIds: readonly string[]): Finding {
  const open = findings.filter((finding) => openIds.includes(finding.id));
  const first = findings[0] as Finding;
  return open[0] === first ? first : (open.at(-1) ?? findings.at(-1) ?? first);
}

/** What an alert says of itself by its gravest rule. */
export function toldByGravest(
  record: AlertRecord,
): Pick<AlertMessage, 'kind' | 'type' | 'severity' | 'confidence' | 'reason' | 'findings'> {
  const { findings } = record.message;
  const [ruleId, { type, severity, totals }] = leadingRule(record);
  const own = findings.filter((finding) => finding.ruleId === ruleId);
  const isOnePlace = record.places.find((known) => known.ruleId === ruleId)?.place.kind === 'box';
  return {
    kind: ruleTypeFacts(type).kind,
    type,
    severity,
    confidence: Math.max(...own.map((finding) => finding.confidence)),
    reason: reasonOfAlert(leadingFinding(own, record.openFindingIds), totals, isOnePlace),
    findings: [...own.slice(0, 1), ...findings.filter((finding) => finding !== own[0])],
  };
}
