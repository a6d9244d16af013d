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
  type Severity,
  type Suppression,
  type SuppressionTally,
  type VehiclePlate,
} from '@safecity/contracts';
import { COMMON_DEFAULTS, type FindingChange } from '../catalogue/rule-machine.js';
import { type DecidedAlerts, isJudged, mayJoin, rememberDecision } from './decided.js';
import { isOneIncident, isOneOffence, OFFENCE_GAP_MS } from './joins.js';
import { isSamePlace, type Place, placeOf } from './place.js';
import { type AlertRecord, toldByGravest, withinLimit } from './record.js';
import { addFinding, firstTotals, measured } from './summary.js';
import { hideSuppressed, newSuppressedState, rememberSuppression, type SuppressedState } from './suppressed.js';

/** State of a camera's correlator. Plain JSON. */
export interface CorrelatorState {
  alerts: AlertRecord[];
  /** Findings for which a candidate's evidence was set aside. */
  candidates: string[];
  /** Findings that were taken for the replay of one already alerted. */
  replays: number;
  /** What operators have suppressed, and what that hides. */
  suppressions: SuppressedState;
  /** What operators decided lately. */
  decided: DecidedAlerts;
}

/** What comes of a frame's findings. */
export interface CorrelatorOutput {
  alerts: AlertMessage[];
  evidence: EvidenceWanted[];
  /** Suppressions that have hidden something now. */
  tallies: SuppressionTally[];
}

const MAX_PLACES = 8;
const MAX_RECORDS = 500;
/** Findings attached to an alert whose pictures are kept, so that the second intruder has a picture too. */
const MAX_PICTURED = 8;
/** An alert stays open this long after its last finding ended, plus the rule's dwell: one flicker is not an end. */
const LINGER_MS = 10_000;
/** Change of a plate's confidence that is worth a revision. */
const TOLD_CONFIDENCE = 0.1;
const MAX_LINGER_MS = 120_000;

/** State before the first finding. */
export function newCorrelatorState(): CorrelatorState {
  return { alerts: [], candidates: [], replays: 0, suppressions: newSuppressedState(), decided: {} };
}

function lingerOf(rule: RuleConfig | undefined): number {
  const dwellMs = rule && 'dwellMs' in rule ? rule.dwellMs : rule && 'holdMs' in rule ? rule.holdMs : 0;
  return rule?.type === 'red-light' ? 0 : Math.min(MAX_LINGER_MS, LINGER_MS + dwellMs);
}

/**
 * Turns one camera's findings into alerts: the one place where it is decided what is the same thing.
 *
 * A finding joins an alert of the same rule at the same place that is open, or whose last finding ended no longer than
 * `repeatMs` ago (inclusive). So a tracker that changes its mind, a threshold that flickers and the restart of a recording
 * give one alert. Else it joins what is one offence of the same vehicle, or one incident by place and time (`joins.ts`): the
 * gravest of all leads, also when it comes later, and the alert keeps its id. Else it opens one. What an operator has called
 * false or resolved takes nothing in that nobody has judged (`mayJoin`). An alert is closed when its findings have been over
 * for `LINGER_MS` plus the longest dwell of its rules; a later repeat opens it again under its id.
 *
 * Exception `red-light`: no two vehicles are one alert. Only on a camera that plays a recording is a crossing
 * taken for a replay, and dropped, when an earlier run of the recording had one at the same place on the line by the
 * same kind of vehicle within `repeatMs`; each earlier crossing stands for one replay a run, so two vehicles in one lane
 * stay two. Message ids and alert ids derive from finding ids: a replay of the detections repeats them.
 */
export class Correlator {
  private output: CorrelatorOutput = { alerts: [], evidence: [], tallies: [] };

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
    const shown = hideSuppressed(this.state.suppressions, changes, nowMs);
    this.output = { alerts: [], evidence: [], tallies: shown.tallies };
    for (const { phase, finding } of shown.changes) {
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
    this.state.decided = rememberDecision(this.state.decided, decision);
  }

  /** Takes in what an operator has suppressed, or lifted. */
  suppress(suppression: Suppression): void {
    rememberSuppression(this.state.suppressions, suppression);
  }

  /** Takes in the plate of a vehicle: alerts that speak of it say so from now on. */
  identify(trackId: string, plate: VehiclePlate, nowMs: number): CorrelatorOutput {
    this.output = { alerts: [], evidence: [], tallies: [] };
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
    this.output = { alerts: [], evidence: [], tallies: [] };
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

  private want(action: EvidenceWanted['action'], reservationId: string, moments: EvidenceMoment[]): void {
    this.output.evidence.push({ action, reservationId, cameraId: this.camera.id, moments });
  }

  private reserveCandidate(finding: Finding): void {
    this.state.candidates.push(finding.id);
    this.want('reserve', reservationOf(finding.id), finding.moments);
  }

  private releaseCandidate(findingId: string): void {
    const index = this.state.candidates.indexOf(findingId);
    if (index < 0) return;
    this.state.candidates.splice(index, 1);
    this.want('release', reservationOf(findingId), []);
  }

  private raise(finding: Finding, nowMs: number, run: number): void {
    const place = placeOf(finding, this.ruleOf(finding));
    const replayed = finding.type === 'red-light' && this.camera.simulated ? this.findReplayed(finding, place, nowMs, run) : undefined;
    if (replayed) {
      this.passOver(replayed, finding, nowMs, run);
      return;
    }
    const { alerts } = this.state;
    const same = alerts.find((record) => this.isRepeat(record, finding, place, nowMs));
    const akin = same ?? this.findAkin(finding, isOneOffence, nowMs) ?? this.findAkin(finding, isOneIncident, nowMs);
    if (akin) this.attach(akin, finding, akin === same || !finding.box ? place : { kind: 'box', box: finding.box }, nowMs);
    else this.open(finding, place, nowMs, run);
  }

  private isRepeat(record: AlertRecord, finding: Finding, place: Place, nowMs: number): boolean {
    if (finding.type === 'red-light' || !this.isSame(record, finding, place, nowMs)) return false;
    const findings = record.message.findings.filter(({ ruleId }) => ruleId === finding.ruleId);
    return mayJoin(this.state.decided[record.message.alertId], { isClosed: record.isClosed, findings }, finding, nowMs);
  }

  /** The oldest alert that holds something that goes with the finding, and that nobody has judged and done with. */
  private findAkin(finding: Finding, goesWith: (a: Finding, b: Finding) => boolean, nowMs: number): AlertRecord | undefined {
    return this.state.alerts.find(
      ({ message }) => message.findings.some((known) => goesWith(known, finding)) && !isJudged(this.state.decided[message.alertId], nowMs),
    );
  }

  private passOver(replayed: AlertRecord, finding: Finding, nowMs: number, run: number): void {
    replayed.run = run;
    replayed.lastEndMs = finding.endMs ?? nowMs;
    this.state.replays++;
  }

  /** How long after its end it can come back. Every crossing on red of a real camera is a case of its own. */
  private repeatOf(finding: Finding): number {
    if (finding.type === 'red-light' && !this.camera.simulated) return 0;
    return this.ruleOf(finding)?.repeatMs ?? COMMON_DEFAULTS.repeatMs;
  }

  private isSame(record: AlertRecord, finding: Finding, place: Place, nowMs: number): boolean {
    const isRecent = record.lastEndMs === null || nowMs - record.lastEndMs <= record.repeatMs;
    return isRecent && record.places.some((known) => known.ruleId === finding.ruleId && isSamePlace(known.place, place));
  }

  private findReplayed(finding: Finding, place: Place, nowMs: number, run: number): AlertRecord | undefined {
    return this.state.alerts.find(
      (record) =>
        record.run < run &&
        this.isSame(record, finding, place, nowMs) &&
        isSameKind(record.message.findings.find(({ ruleId }) => ruleId === finding.ruleId)?.class, finding.class),
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
      severity: this.severityOf(finding),
      cameraId: this.camera.id,
      startMs: finding.startMs,
      updatedMs: nowMs,
      ...(finding.endMs === undefined ? {} : { endMs: finding.endMs }),
      confidence: finding.confidence,
      reason: finding.reason,
      findings: [finding],
      reservationId: reservationOf(finding.id),
      simulated: this.camera.simulated,
    };
    this.state.candidates = this.state.candidates.filter((id) => id !== finding.id);
    this.state.alerts.push({
      message,
      places: [{ ruleId: finding.ruleId, place }],
      rules: { [finding.ruleId]: { type: finding.type, severity: message.severity, totals: firstTotals(finding) } },
      openFindingIds: finding.endMs === undefined ? [finding.id] : [],
      lastEndMs: finding.endMs ?? null,
      lingerMs: lingerOf(rule),
      repeatMs: this.repeatOf(finding),
      isClosed: false,
      repeats: 0,
      run,
    });
    this.output.alerts.push(message);
    this.want('reserve', reservationOf(finding.id), finding.moments);
  }

  private severityOf({ ruleId, type }: Finding): Severity {
    return this.camera.rules.find((rule) => rule.id === ruleId)?.severity ?? ruleTypeFacts(type).defaultSeverity;
  }

  private attach(record: AlertRecord, finding: Finding, place: Place, nowMs: number): void {
    record.repeats++;
    const moments = record.repeats <= MAX_PICTURED ? momentsOfAttached(record, finding) : [];
    addPart(record, finding, this.severityOf(finding));
    record.message = { ...record.message, findings: withinLimit([...record.message.findings, { ...finding, moments }]) };
    record.places = [...record.places.slice(-(MAX_PLACES - 1)), { ruleId: finding.ruleId, place }];
    const rule = this.ruleOf(finding);
    record.lingerMs = Math.max(record.lingerMs, lingerOf(rule));
    record.repeatMs = Math.max(record.repeatMs, this.repeatOf(finding));
    if (finding.endMs === undefined) record.openFindingIds.push(finding.id);
    record.lastEndMs = record.openFindingIds.length > 0 ? null : (finding.endMs ?? nowMs);
    record.isClosed = false;
    this.releaseCandidate(finding.id);
    const { reservationId } = record.message;
    if (moments.length > 0 && reservationId) this.want('reserve', reservationId, moments);
    this.publish(record, 'updated', nowMs);
  }

  private bringUpToDate(finding: Finding, nowMs: number): void {
    const record = this.state.alerts.find(({ openFindingIds }) => openFindingIds.includes(finding.id));
    if (!record) return;
    const part = record.rules[finding.ruleId];
    if (part) part.totals = measured(part.totals, finding);
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
    this.output.alerts.push(record.message);
  }

  /** Lets go of alerts that nothing can join any more, and of the oldest closed ones when there are too many. */
  private forget(nowMs: number): void {
    const isKept = (record: AlertRecord) =>
      !record.isClosed || record.lastEndMs === null || nowMs - record.lastEndMs <= Math.max(record.repeatMs, OFFENCE_GAP_MS);
    if (!this.state.alerts.every(isKept)) this.state.alerts = this.state.alerts.filter(isKept);
    while (this.state.alerts.length > MAX_RECORDS) {
      const closed = this.state.alerts.findIndex((record) => record.isClosed);
      this.state.alerts.splice(Math.max(0, closed), 1);
    }
  }
}

const reservationOf = (findingId: string): string => deriveId('reservation', findingId);

/** Pictures of an attached finding: of a repeat its last, of another rule all that its case needs, under names of their own. */
function momentsOfAttached({ repeats, rules }: AlertRecord, { ruleId, moments }: Finding): EvidenceMoment[] {
  if (rules[ruleId]) return moments.slice(-1).map((moment) => ({ ...moment, name: `again-${repeats}` }));
  return moments.map((moment) => ({ ...moment, name: `also-${repeats}-${moment.name}`.slice(0, 32) }));
}

function isOf({ subject }: Finding, trackId: string): boolean {
  return subject.kind === 'track' && subject.id === trackId;
}

/** An operator is told of another text or another confidence, not of one more look. */
function isSamePlate(a: VehiclePlate | undefined, b: VehiclePlate): boolean {
  return a !== undefined && a.text === b.text && a.colour === b.colour && Math.abs(a.confidence - b.confidence) < TOLD_CONFIDENCE;
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

function isSameKind(a: Finding['class'], b: Finding['class']): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return [CLASS_GROUPS.vehicle, CLASS_GROUPS['two-wheeler']].some((group: readonly string[]) => group.includes(a) && group.includes(b));
}
