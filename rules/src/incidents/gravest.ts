import { type Finding, SEVERITIES, type Severity } from '@safecity/contracts';

/** A finding with how much it matters where it was found. */
export interface WeighedFinding {
  finding: Finding;
  severity: Severity;
}

/** Findings about one subject at one time: the gravest, and what goes with it. */
export interface Offence {
  lead: Finding;
  /** The others, gravest first. */
  attached: Finding[];
}

function byGravity(a: WeighedFinding, b: WeighedFinding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    a.finding.startMs - b.finding.startMs ||
    (a.finding.id < b.finding.id ? -1 : 1)
  );
}

/** A finding that is over has its end; one that goes on lasts at least until it was raised, and has no end yet. */
function isAtOnce(a: Finding, b: Finding, withinMs: number): boolean {
  const endOf = ({ endMs }: Finding) => endMs ?? Number.POSITIVE_INFINITY;
  return a.startMs <= endOf(b) + withinMs && b.startMs <= endOf(a) + withinMs;
}

/**
 * Groups findings of one track of one camera that hold at the same time: the gravest leads (equal ones: the earlier), the
 * others are attached to it. Findings without a track, and those that share none with another, stand alone.
 * @param withinMs findings no farther apart than this are at the same time, ms (inclusive)
 * @returns gravest first; the order of `weighed` does not matter
 */
export function gravestLeads(weighed: readonly WeighedFinding[], withinMs: number): Offence[] {
  const offences: Offence[] = [];
  for (const { finding } of weighed.toSorted(byGravity)) {
    const same = offences.find(
      ({ lead }) =>
        lead.cameraId === finding.cameraId &&
        lead.trackIds.some((id) => finding.trackIds.includes(id)) &&
        isAtOnce(lead, finding, withinMs),
    );
    if (same) same.attached.push(finding);
    else offences.push({ lead: finding, attached: [] });
  }
  return offences;
}
