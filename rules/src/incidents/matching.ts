import { CLASS_GROUPS, type Finding } from '@safecity/contracts';
import { type DecidedAlerts, isJudged, mayJoin } from './decided.js';
import { isOneIncident, isOneOffence } from './joins.js';
import { isSamePlace } from './place.js';
import type { AlertRecord, RaisedFinding } from './record.js';

/** Alerts that a finding may join, and what operators decided about them. */
interface Known {
  alerts: readonly AlertRecord[];
  decided: DecidedAlerts;
}

/** The alert of which the finding is a repeat: same rule, same place, open or over no longer than `repeatMs` ago. */
export function findRepeated({ alerts, decided }: Known, raised: RaisedFinding): AlertRecord | undefined {
  const { finding, nowMs } = raised;
  if (finding.type === 'red-light') return undefined;
  return alerts.find((record) => {
    if (!isSame(record, raised)) return false;
    const findings = record.message.findings.filter(({ ruleId }) => ruleId === finding.ruleId);
    return mayJoin(decided[record.message.alertId], { isClosed: record.isClosed, findings }, finding, nowMs);
  });
}

/** The oldest alert that is one offence with the finding, else one incident, and that nobody has judged and done with. */
export function findAkin({ alerts, decided }: Known, { finding, nowMs }: RaisedFinding): AlertRecord | undefined {
  const oldest = (goesWith: (a: Finding, b: Finding) => boolean) =>
    alerts.find(({ message }) => message.findings.some((known) => goesWith(known, finding)) && !isJudged(decided[message.alertId], nowMs));
  return oldest(isOneOffence) ?? oldest(isOneIncident);
}

/** The alert of an earlier run of the recording that the finding repeats. @param run the run that plays now */
export function findReplayed(alerts: readonly AlertRecord[], raised: RaisedFinding, run: number): AlertRecord | undefined {
  const { finding } = raised;
  return alerts.find(
    (record) =>
      record.run < run &&
      isSame(record, raised) &&
      isSameKind(record.message.findings.find(({ ruleId }) => ruleId === finding.ruleId)?.class, finding.class),
  );
}

function isSame(record: AlertRecord, { finding, place, nowMs }: RaisedFinding): boolean {
  const isRecent = record.lastEndMs === null || nowMs - record.lastEndMs <= record.repeatMs;
  return isRecent && record.places.some((known) => known.ruleId === finding.ruleId && isSamePlace(known.place, place));
}

function isSameKind(a: Finding['class'], b: Finding['class']): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return [CLASS_GROUPS.vehicle, CLASS_GROUPS['two-wheeler']].some((group: readonly string[]) => group.includes(a) && group.includes(b));
}
