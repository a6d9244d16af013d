import {
  type AlertDecision,
  type AlertMessage,
  type CameraConfig,
  CLASS_GROUPS,
  deriveId,
  type EvidenceMoment,
  type EvidenceWanted,
  type Finding,
  type RuleConfig,
  ruleTypeFacts,
  type VehiclePlate,
} from '@safecity/contracts';
import { COMMON_DEFAULTS, type FindingChange } from '../catalogue/rule-machine.js';
import { type DecidedAlerts, mayJoin, rememberDecision } from './decided.js';
import { isSamePlace, type Place, placeOf } from './place.js';
import { type AlertTotals, addFinding, firstTotals, measured, reasonOfAlert } from './summary.js';

/** One alert as the correlator remembers it, from its opening until `repeatMs` after its end. */
export interface AlertRecord {
  message: AlertMessage;
  places: Place[];
  openFindingIds: string[];
  /** Capture time of the end of its last finding; null while one goes on. */
  lastEndMs: number | null;
  /** How long after that it is closed. */
  lingerMs: number;
  repeatMs: number;
  isClosed: boolean;
  /** How many findings were attached to it after the first. */
  repeats: number;
  /** Absent in checkpoints of earlier versions. */
  totals?: AlertTotals;
  /** Run of the recording in which it, or its newest replay, was seen (simulated cameras). */
  run: number;
}

/** State of a camera's correlator. Plain JSON. */
export interface CorrelatorState {
  alerts: AlertRecord[];
  /** Findings for which a candidate's evidence was set aside. */
  candidates: string[];
  /** Findings that were taken for the replay of one already alerted. */
  suppressed: number;
  /** What operators decided lately; absent in checkpoints of earlier versions. */
  decided?: DecidedAlerts;
}

/** What comes of a frame's findings. */
export interface CorrelatorOutput {
  alerts: AlertMessage[];
  evidence: EvidenceWanted[];
}

/** Findings told with an alert, fewer than the contract allows: the whole alert travels with every revision. */
const MAX_FINDINGS = 20;
const MAX_PLACES = 8;
const MAX_RECORDS = 500;
/** Pictures of repeats kept with an alert, so that the second intruder has a picture too. */
const MAX_REPEAT_MOMENTS = 8;
/** An alert stays open this long after its last finding ended, plus the rule's dwell: one flicker is not an end. */
const LINGER_MS = 10_000;
/** Change of a plate's confidence that is worth a revision. */
const TOLD_CONFIDENCE = 0.1;
const MAX_LINGER_MS = 120_000;

/** State before the first finding. */
export function newCorrelatorState(): CorrelatorState {
  return { alerts: [], candidates: [], suppressed: 0 };
}

function lingerOf(rule: RuleConfig | undefined): number {
  const dwellMs = rule && 'dwellMs' in rule ? rule.dwellMs : rule && 'holdMs' in rule ? rule.holdMs : 0;
  return rule?.type === 'red-light' ? 0 : Math.min(MAX_LINGER_MS, LINGER_MS + dwellMs);
}

/**
 * Turns one camera's findings into alerts: the one place where it is decided what is the same thing.
 *
 * A finding joins an alert of the same rule at the same place that is open, or whose last finding ended no longer than
 * `repeatMs` ago (inclusive); else it opens one. So a tracker that changes its mind, a threshold that flickers and the
 * restart of a recording give one alert. What an operator has called false or resolved takes nothing in that nobody has
 * judged (`mayJoin`). An alert is closed when its findings have been over for `LINGER_MS` plus the
 * rule's dwell; a later repeat opens it again under its id.
 *
 * Exception `red-light`: every vehicle is an alert of its own. Only on a camera that plays a recording is a crossing
 * taken for a replay, and dropped, when an earlier run of the recording had one at the same place on the line by the
 * same kind of vehicle within `repeatMs`; each earlier crossing stands for one replay a run, so two vehicles in one lane
 * stay two. Message ids and alert ids derive from finding ids: a replay of the detections repeats them.
 */
export class Correlator {
  private output: CorrelatorOutput = { alerts: [], evidence: [] };

  /** @param state is mutated by every call */
  constructor(
    private readonly camera: Pick<CameraConfig, 'id' | 'simulated' | 'rules'>,
    private readonly state: CorrelatorState,
  ) {}

  /**
   * Takes in what a frame's rules said, then closes what is over.
   * @param run number of the recording's run, for cameras that play one
   */
  take(changes: readonly FindingChange[], nowMs: number, run: number): CorrelatorOutput {
    this.output = { alerts: [], evidence: [] };
    for (const { phase, finding } of changes) {
      if (phase === 'candidate') this.reserveCandidate(finding);
      else if (phase === 'dropped') this.releaseCandidate(finding.id);
      else if (phase === 'raised') this.raise(finding, nowMs, run);
      else this.bringUpToDate(finding, nowMs);
    }
    this.closeWhatIsOver(nowMs);
    this.forget(nowMs);
    return this.output;
  }

  /** Takes an operator's decision in, also on an alert that is only found again by a replay. */
  decide(decision: AlertDecision): void {
    this.state.decided = rememberDecision(this.state.decided ?? {}, decision);
  }

  /** Takes in the plate of a vehicle: alerts that speak of it say so from now on. */
  identify(trackId: string, plate: VehiclePlate, nowMs: number): CorrelatorOutput {
    this.output = { alerts: [], evidence: [] };
    for (const record of this.state.alerts) {
      const { findings } = record.message;
      const named = findings.map((finding) =>
        isOf(finding, trackId) && !isSamePlate(finding.plate, plate) ? { ...finding, plate } : finding,
      );
      if (named.every((finding, index) => finding === findings[index])) continue;
      record.message = { ...record.message, findings: named };
      this.publish(record, record.isClosed ? 'closed' : 'updated', nowMs);
    }
    return this.output;
  }

  /** Closes every alert that is not closed, whatever it waits for. */
  closeAll(nowMs: number): CorrelatorOutput {
    this.output = { alerts: [], evidence: [] };
    for (const id of [...this.state.candidates]) this.releaseCandidate(id);
    for (const record of this.state.alerts) {
      if (record.isClosed) continue;
      record.openFindingIds = [];
      record.lastEndMs ??= nowMs;
      record.isClosed = true;
      this.publish(record, 'closed', nowMs);
    }
    return this.output;
  }

  private ruleOf(finding: Finding): RuleConfig | undefined {
    return this.camera.rules.find((rule) => rule.id === finding.ruleId);
  }

  private want(action: EvidenceWanted['action'], findingId: string, moments: EvidenceMoment[]): void {
    this.output.evidence.push({ action, reservationId: deriveId('reservation', findingId), cameraId: this.camera.id, moments });
  }

  private reserveCandidate(finding: Finding): void {
    this.state.candidates.push(finding.id);
    this.want('reserve', finding.id, finding.moments);
  }

  private releaseCandidate(findingId: string): void {
    const index = this.state.candidates.indexOf(findingId);
    if (index < 0) return;
    this.state.candidates.splice(index, 1);
    this.want('release', findingId, []);
  }

  private raise(finding: Finding, nowMs: number, run: number): void {
    const rule = this.ruleOf(finding);
    const place = placeOf(finding, rule);
    if (finding.type === 'red-light') {
      const replayed = this.camera.simulated ? this.findReplayed(finding, place, nowMs, run) : undefined;
      if (replayed) this.suppress(replayed, finding, nowMs, run);
      else this.open(finding, place, nowMs, run);
      return;
    }
    const same = this.state.alerts.find((record) => this.isSame(record, finding, place, nowMs) && this.takesMore(record, finding, nowMs));
    if (same) this.attach(same, finding, place, nowMs);
    else this.open(finding, place, nowMs, run);
  }

  private takesMore({ message, isClosed }: AlertRecord, finding: Finding, nowMs: number): boolean {
    return mayJoin(this.state.decided?.[message.alertId], { isClosed, findings: message.findings }, finding, nowMs);
  }

  private suppress(replayed: AlertRecord, finding: Finding, nowMs: number, run: number): void {
    replayed.run = run;
    replayed.lastEndMs = finding.endMs ?? nowMs;
    this.state.suppressed++;
  }

  /** True when nothing later can be the same thing: every crossing on red of a real camera is a case of its own. */
  private isOncePerSubject(finding: Finding): boolean {
    return finding.type === 'red-light' && !this.camera.simulated;
  }

  private isSame(record: AlertRecord, finding: Finding, place: Place, nowMs: number): boolean {
    const isRecent = record.lastEndMs === null || nowMs - record.lastEndMs <= record.repeatMs;
    return isRecent && record.message.findings[0]?.ruleId === finding.ruleId && record.places.some((known) => isSamePlace(known, place));
  }

  private findReplayed(finding: Finding, place: Place, nowMs: number, run: number): AlertRecord | undefined {
    return this.state.alerts.find(
      (record) =>
        record.run < run && this.isSame(record, finding, place, nowMs) && isSameKind(record.message.findings[0]?.class, finding.class),
    );
  }

  private open(finding: Finding, place: Place, nowMs: number, run: number): void {
    const rule = this.ruleOf(finding);
    const facts = ruleTypeFacts(finding.type);
    const message: AlertMessage = {
      alertId: deriveId('alert', finding.id),
      revision: 1,
      phase: 'opened',
      kind: facts.kind,
      type: finding.type,
      severity: rule?.severity ?? facts.defaultSeverity,
      cameraId: this.camera.id,
      startMs: finding.startMs,
      updatedMs: nowMs,
      ...(finding.endMs === undefined ? {} : { endMs: finding.endMs }),
      confidence: finding.confidence,
      reason: finding.reason,
      findings: [finding],
      reservationId: deriveId('reservation', finding.id),
      simulated: this.camera.simulated,
    };
    this.state.candidates = this.state.candidates.filter((id) => id !== finding.id);
    this.state.alerts.push({
      message,
      places: [place],
      openFindingIds: finding.endMs === undefined ? [finding.id] : [],
      lastEndMs: finding.endMs ?? null,
      lingerMs: lingerOf(rule),
      repeatMs: this.isOncePerSubject(finding) ? 0 : (rule?.repeatMs ?? COMMON_DEFAULTS.repeatMs),
      isClosed: false,
      repeats: 0,
      totals: firstTotals(finding),
      run,
    });
    this.output.alerts.push(message);
    this.want('reserve', finding.id, finding.moments);
  }

  private attach(record: AlertRecord, finding: Finding, place: Place, nowMs: number): void {
    record.repeats++;
    const moments =
      record.repeats <= MAX_REPEAT_MOMENTS
        ? finding.moments.slice(-1).map((moment) => ({ ...moment, name: `again-${record.repeats}` }))
        : [];
    const isNewSubject = record.message.findings.every(({ subject }) => subject.id !== finding.subject.id);
    record.totals = addFinding(totalsOf(record), finding, isNewSubject);
    const attached: Finding = { ...finding, moments };
    const [first, ...later] = record.message.findings as [Finding, ...Finding[]];
    record.message = { ...record.message, findings: [first, ...later.slice(-(MAX_FINDINGS - 2)), attached] };
    record.places = [...record.places.slice(-(MAX_PLACES - 1)), place];
    if (finding.endMs === undefined) record.openFindingIds.push(finding.id);
    record.lastEndMs = record.openFindingIds.length > 0 ? null : (finding.endMs ?? nowMs);
    record.isClosed = false;
    this.releaseCandidate(finding.id);
    if (moments.length > 0) this.want('reserve', first.id, moments);
    this.publish(record, 'updated', nowMs);
  }

  private bringUpToDate(finding: Finding, nowMs: number): void {
    const record = this.state.alerts.find(({ openFindingIds }) => openFindingIds.includes(finding.id));
    if (!record) return;
    record.totals = measured(totalsOf(record), finding);
    const findings = record.message.findings.map((known) => (known.id === finding.id ? { ...finding, moments: known.moments } : known));
    record.message = { ...record.message, findings };
    if (finding.endMs !== undefined) {
      record.openFindingIds = record.openFindingIds.filter((id) => id !== finding.id);
      if (record.openFindingIds.length === 0) record.lastEndMs = finding.endMs;
    }
    this.publish(record, 'updated', nowMs);
  }

  private closeWhatIsOver(nowMs: number): void {
    for (const record of this.state.alerts) {
      if (record.isClosed || record.lastEndMs === null || nowMs - record.lastEndMs < record.lingerMs) continue;
      record.isClosed = true;
      this.publish(record, 'closed', nowMs);
    }
  }

  private publish(record: AlertRecord, phase: AlertMessage['phase'], nowMs: number): void {
    const { findings } = record.message;
    const leading = leadingFinding(findings, record.openFindingIds);
    const { endMs: _before, ...rest } = record.message;
    record.message = {
      ...rest,
      revision: record.message.revision + 1,
      phase,
      updatedMs: nowMs,
      ...(record.lastEndMs === null ? {} : { endMs: record.lastEndMs }),
      startMs: Math.min(...findings.map((finding) => finding.startMs), record.message.startMs),
      confidence: Math.max(...findings.map((finding) => finding.confidence)),
      reason: reasonOfAlert(leading, totalsOf(record), record.places[0]?.kind === 'box'),
    };
    this.output.alerts.push(record.message);
  }

  /** Lets go of alerts that nothing can join any more, and of the oldest closed ones when there are too many. */
  private forget(nowMs: number): void {
    const isKept = (record: AlertRecord) => !record.isClosed || record.lastEndMs === null || nowMs - record.lastEndMs <= record.repeatMs;
    if (!this.state.alerts.every(isKept)) this.state.alerts = this.state.alerts.filter(isKept);
    while (this.state.alerts.length > MAX_RECORDS) {
      const closed = this.state.alerts.findIndex((record) => record.isClosed);
      this.state.alerts.splice(Math.max(0, closed), 1);
    }
  }
}

function isOf({ subject }: Finding, trackId: string): boolean {
  return subject.kind === 'track' && subject.id === trackId;
}

/** An operator is told of another text or another confidence, not of one more look. */
function isSamePlate(a: VehiclePlate | undefined, b: VehiclePlate): boolean {
  return a !== undefined && a.text === b.text && a.colour === b.colour && Math.abs(a.confidence - b.confidence) < TOLD_CONFIDENCE;
}

function totalsOf(record: AlertRecord): AlertTotals {
  const [first, ...later] = record.message.findings as [Finding, ...Finding[]];
  return record.totals ?? later.reduce((totals, finding) => addFinding(totals, finding, true), firstTotals(first));
}

/** The finding whose reason an alert shows: the first while it goes on, else the newest that does, else the newest. */
function leadingFinding(findings: readonly Finding[], openIds: readonly string[]): Finding {
  const open = findings.filter((finding) => openIds.includes(finding.id));
  const first = findings[0] as Finding;
  return open[0] === first ? first : (open.at(-1) ?? findings.at(-1) ?? first);
}

function isSameKind(a: Finding['class'], b: Finding['class']): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return [CLASS_GROUPS.vehicle, CLASS_GROUPS['two-wheeler']].some((group: readonly string[]) => group.includes(a) && group.includes(b));
}
