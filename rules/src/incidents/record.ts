import {
  type AlertMessage,
  compareGravity,
  deriveId,
  type EvidenceMoment,
  type Finding,
  ruleTypeFacts,
  type Severity,
} from '@safecity/contracts';
import type { Place } from './place.js';
import { type AlertTotals, addFinding, firstTotals, measured, reasonOfAlert } from './summary.js';

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

/** A finding that is raised now. */
export interface RaisedFinding {
  finding: Finding;
  place: Place;
  nowMs: number;
}

/** What the rule of a finding says of the alerts that it is in. */
export interface RuleTerms {
  severity: Severity;
  /** How long after the end of its last finding an alert is closed, ms. */
  lingerMs: number;
  /** How long after that end the same thing is the same alert, ms. */
  repeatMs: number;
}

const MAX_PLACES = 8;
/** Findings attached to an alert whose pictures are kept, so that the second intruder has a picture too. */
const MAX_PICTURED = 8;
/** Findings told with an alert, fewer than the contract allows: the whole alert travels with every revision. */
const MAX_FINDINGS = 20;

/** The findings without the oldest repeats that are too many; the first of each rule stays. */
function withinLimit(findings: readonly Finding[]): Finding[] {
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
function toldByGravest(record: AlertRecord): Pick<AlertMessage, 'kind' | 'type' | 'severity' | 'confidence' | 'reason' | 'findings'> {
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

/** Id under which the evidence of a finding is set aside. */
export const reservationOf = (findingId: string): string => deriveId('reservation', findingId);

/** The record of an alert that a finding opens. @param run run of the recording that shows it */
export function openRecord(
  { finding, place, nowMs }: RaisedFinding,
  terms: RuleTerms,
  camera: { id: string; simulated: boolean },
  run: number,
): AlertRecord {
  const { severity, lingerMs, repeatMs } = terms;
  const message: AlertMessage = {
    alertId: deriveId('alert', finding.id),
    revision: 1,
    phase: 'opened',
    kind: ruleTypeFacts(finding.type).kind,
    type: finding.type,
    severity,
    cameraId: camera.id,
    startMs: finding.startMs,
    updatedMs: nowMs,
    ...(finding.endMs === undefined ? {} : { endMs: finding.endMs }),
    confidence: finding.confidence,
    reason: finding.reason,
    findings: [finding],
    reservationId: reservationOf(finding.id),
    simulated: camera.simulated,
  };
  return {
    message,
    places: [{ ruleId: finding.ruleId, place }],
    rules: { [finding.ruleId]: { type: finding.type, severity, totals: firstTotals(finding) } },
    openFindingIds: finding.endMs === undefined ? [finding.id] : [],
    lastEndMs: finding.endMs ?? null,
    lingerMs,
    repeatMs,
    isClosed: false,
    repeats: 0,
    run,
  };
}

/** Attaches a finding to an alert, which is open again by that. Mutates `record`. @returns moments of which pictures are wanted */
export function attachFinding(record: AlertRecord, { finding, place, nowMs }: RaisedFinding, terms: RuleTerms): EvidenceMoment[] {
  record.repeats++;
  const moments = record.repeats <= MAX_PICTURED ? momentsOfAttached(record, finding) : [];
  addPart(record, finding, terms.severity);
  record.message = { ...record.message, findings: withinLimit([...record.message.findings, { ...finding, moments }]) };
  record.places = [...record.places.slice(-(MAX_PLACES - 1)), { ruleId: finding.ruleId, place }];
  record.lingerMs = Math.max(record.lingerMs, terms.lingerMs);
  record.repeatMs = Math.max(record.repeatMs, terms.repeatMs);
  if (finding.endMs === undefined) record.openFindingIds.push(finding.id);
  record.lastEndMs = record.openFindingIds.length > 0 ? null : (finding.endMs ?? nowMs);
  record.isClosed = false;
  return moments;
}

/** Takes the newest word on a finding of the alert in. Mutates `record`. */
export function updateFinding(record: AlertRecord, finding: Finding): void {
  const part = record.rules[finding.ruleId];
  if (part) part.totals = measured(part.totals, finding);
  const findings = record.message.findings.map((known) => (known.id === finding.id ? { ...finding, moments: known.moments } : known));
  record.message = { ...record.message, findings };
  if (finding.endMs === undefined) return;
  record.openFindingIds = record.openFindingIds.filter((id) => id !== finding.id);
  if (record.openFindingIds.length === 0) record.lastEndMs = finding.endMs;
}

/** The next revision of an alert, as the record has it now. Mutates `record`. */
export function reviseAlert(record: AlertRecord, phase: AlertMessage['phase'], nowMs: number): AlertMessage {
  const { endMs: _before, ...rest } = record.message;
  record.message = {
    ...rest,
    revision: record.message.revision + 1,
    phase,
    updatedMs: nowMs,
    ...(record.lastEndMs === null ? {} : { endMs: record.lastEndMs }),
    startMs: Math.min(...rest.findings.map((finding) => finding.startMs), rest.startMs),
    ...toldByGravest(record),
  };
  return record.message;
}

/** Pictures of an attached finding: of a repeat its last, of another rule all that its case needs, under names of their own. */
function momentsOfAttached({ repeats, rules }: AlertRecord, { ruleId, moments }: Finding): EvidenceMoment[] {
  if (rules[ruleId]) return moments.slice(-1).map((moment) => ({ ...moment, name: `again-${repeats}` }));
  return moments.map((moment) => ({ ...moment, name: `also-${repeats}-${moment.name}`.slice(0, 32) }));
}

function addPart(record: AlertRecord, finding: Finding, severity: Severity): void {
  const part = record.rules[finding.ruleId];
  if (!part) {
    record.rules[finding.ruleId] = { type: finding.type, severity, totals: firstTotals(finding) };
    return;
  }
  const own = record.message.findings.filter(({ ruleId }) => ruleId === finding.ruleId);
  part.totals = addFinding(
    part.totals,
    finding,
    own.every(({ subject }) => subject.id !== finding.subject.id),
  );
}
