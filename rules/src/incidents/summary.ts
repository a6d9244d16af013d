import { type Bilingual, CLASS_GROUPS, type Finding, type Reason } from '@safecity/contracts';
import { sentence, wordDuration } from '../catalogue/wording.js';

/** Totals over everything that ever joined an alert, also what is no longer told with it. Plain JSON. */
export interface AlertTotals {
  /** Findings, the first included. */
  findings: number;
  /** Different subjects among them. */
  subjects: number;
  /** True while every subject was a vehicle, or a person. */
  kind: 'vehicle' | 'person' | 'mixed';
  /** Longest dwell of one finding, ms; 0 when the rule measures none. */
  longestMs: number;
  /** Reason of the finding with the highest level; absent for rules that measure no level. */
  peak?: Reason;
}

/** Measures of rules about a level of a zone; the higher the worse. */
const LEVEL_MEASURES: ReadonlySet<string> = new Set(['count', 'queueCount', 'densityPerM2', 'increase']);

const levelOf = (reason: Reason | undefined) => reason?.measures.find(({ name }) => LEVEL_MEASURES.has(name))?.value;
const dwellOf = (finding: Finding) => finding.reason.measures.find(({ name }) => name === 'dwellMs')?.value ?? 0;
const spanOf = (finding: Finding) =>
  finding.endMs === undefined || dwellOf(finding) === 0 ? dwellOf(finding) : finding.endMs - finding.startMs;

function kindOf(finding: Finding): AlertTotals['kind'] {
  if (finding.class === 'person') return 'person';
  return finding.class !== undefined && (CLASS_GROUPS.vehicle as readonly string[]).includes(finding.class) ? 'vehicle' : 'mixed';
}

/** Totals of an alert that `finding` opens. */
export function firstTotals(finding: Finding): AlertTotals {
  return measured({ findings: 1, subjects: 1, kind: kindOf(finding), longestMs: 0 }, finding);
}

/** Totals after one more finding. @param isNewSubject false when its subject is in the alert already */
export function addFinding(totals: AlertTotals, finding: Finding, isNewSubject: boolean): AlertTotals {
  const kind = totals.kind === kindOf(finding) ? totals.kind : 'mixed';
  return measured({ ...totals, findings: totals.findings + 1, subjects: totals.subjects + (isNewSubject ? 1 : 0), kind }, finding);
}

/** Totals after a finding was brought up to date. */
export function measured(totals: AlertTotals, finding: Finding): AlertTotals {
  const level = levelOf(finding.reason);
  const longestMs = Math.max(totals.longestMs, spanOf(finding));
  if (level === undefined || level < (levelOf(totals.peak) ?? Number.NEGATIVE_INFINITY)) return { ...totals, longestMs };
  return { ...totals, longestMs, peak: finding.reason };
}

const NOUNS: Record<AlertTotals['kind'], Bilingual> = {
  vehicle: { vi: 'xe', en: 'vehicles' },
  person: { vi: 'người', en: 'people' },
  mixed: { vi: 'đối tượng', en: 'objects' },
};

function totalsInWords(totals: AlertTotals, isOnePlace: boolean): Bilingual {
  const { vi, en } = isOnePlace ? { vi: 'lần', en: 'times' } : NOUNS[totals.kind];
  const number = isOnePlace ? totals.findings : totals.subjects;
  if (totals.longestMs === 0) return { vi: `${number} ${vi}`, en: `${number} ${en}` };
  const longest = wordDuration(totals.longestMs);
  return { vi: `${number} ${vi}, lâu nhất ${longest.vi}`, en: `${number} ${en}, longest ${longest.en}` };
}

/**
 * What an alert says of itself: its leading finding's reason; for a level its peak, not the newest value; for several
 * findings how many there were and how long the longest went on.
 *
 * Subjects that come to one zone or over one line are counted by track, so one that the tracker loses and finds again is
 * counted twice. Findings at one spot are counted as times, because there a new track is most often the same vehicle.
 * @param isOnePlace the alert is about one spot in the picture
 */
export function reasonOfAlert(leading: Finding, totals: AlertTotals, isOnePlace: boolean): Reason {
  if (totals.peak) {
    const { text, measures } = totals.peak;
    const times = totals.findings > 1 ? { vi: ` trong ${totals.findings} lần`, en: ` of ${totals.findings} times` } : { vi: '', en: '' };
    return { text: { vi: `đỉnh${times.vi}: ${text.vi}`, en: `peak${times.en}: ${text.en}` }, measures };
  }
  if (leading.subject.kind !== 'track' || (isOnePlace ? totals.findings : totals.subjects) < 2) return leading.reason;
  const total = totalsInWords(totals, isOnePlace);
  const { text, measures } = leading.reason;
  return {
    text: sentence(
      (t) => `${t(total)}; ${t(text)}`,
      (t) => `${t(total)}; ${t(text)}`,
    ),
    measures,
  };
}
