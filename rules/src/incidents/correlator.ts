import {
  type AlertDecision,
  type AlertMessage,
  type CameraConfig,
  type EvidenceMoment,
  type EvidenceWanted,
  type Finding,
  type RuleConfig,
  ruleTypeFacts,
  type Suppression,
  type SuppressionTally,
  type VehiclePlate,
} from '@safecity/contracts';
import { COMMON_DEFAULTS, type FindingChange } from '../catalogue/rule-machine.js';
import { type DecidedAlerts, rememberDecision } from './decided.js';
import { OFFENCE_GAP_MS } from './joins.js';
import { findAkin, findRepeated, findReplayed } from './matching.js';
import { placeOf } from './place.js';
import {
  type AlertRecord,
  attachFinding,
  openRecord,
  type RaisedFinding,
  type RuleTerms,
  reservationOf,
  reviseAlert,
  updateFinding,
} from './record.js';
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

const MAX_RECORDS = 500;
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
    const raised: RaisedFinding = { finding, place, nowMs };
    const { alerts } = this.state;
    const replayed = finding.type === 'red-light' && this.camera.simulated ? findReplayed(alerts, raised, run) : undefined;
    if (replayed) {
      this.passOver(replayed, finding, nowMs, run);
      return;
    }
    const same = findRepeated(this.state, raised);
    const akin = same ?? findAkin(this.state, raised);
    if (!akin) this.open(raised, run);
    else if (akin === same || !finding.box) this.attach(akin, raised);
    else this.attach(akin, { ...raised, place: { kind: 'box', box: finding.box } });
  }

  private passOver(replayed: AlertRecord, finding: Finding, nowMs: number, run: number): void {
    replayed.run = run;
    replayed.lastEndMs = finding.endMs ?? nowMs;
    this.state.replays++;
  }

  private open(raised: RaisedFinding, run: number): void {
    const { finding } = raised;
    const record = openRecord(raised, this.termsOf(finding), this.camera, run);
    this.state.candidates = this.state.candidates.filter((id) => id !== finding.id);
    this.state.alerts.push(record);
    this.output.alerts.push(record.message);
    this.want('reserve', reservationOf(finding.id), finding.moments);
  }

  private attach(record: AlertRecord, raised: RaisedFinding): void {
    const { finding, nowMs } = raised;
    const moments = attachFinding(record, raised, this.termsOf(finding));
    this.releaseCandidate(finding.id);
    const { reservationId } = record.message;
    if (moments.length > 0 && reservationId) this.want('reserve', reservationId, moments);
    this.publish(record, 'updated', nowMs);
  }

  private bringUpToDate(finding: Finding, nowMs: number): void {
    const record = this.state.alerts.find(({ openFindingIds }) => openFindingIds.includes(finding.id));
    if (!record) return;
    updateFinding(record, finding);
    this.publish(record, 'updated', nowMs);
  }

  private termsOf(finding: Finding): RuleTerms {
    const rule = this.ruleOf(finding);
    return {
      severity: rule?.severity ?? ruleTypeFacts(finding.type).defaultSeverity,
      lingerMs: lingerOf(rule),
      repeatMs: this.repeatOf(finding),
    };
  }

  /** How long after its end it can come back. Every crossing on red of a real camera is a case of its own. */
  private repeatOf(finding: Finding): number {
    if (finding.type === 'red-light' && !this.camera.simulated) return 0;
    return this.ruleOf(finding)?.repeatMs ?? COMMON_DEFAULTS.repeatMs;
  }

  private closeWhatIsOver(nowMs: number): void {
    for (const record of this.state.alerts) {
      if (record.isClosed || record.lastEndMs === null || nowMs - record.lastEndMs < record.lingerMs) continue;
      record.isClosed = true;
      this.publish(record, 'closed', nowMs);
    }
  }

  private publish(record: AlertRecord, phase: AlertMessage['phase'], nowMs: number): void {
    this.output.alerts.push(reviseAlert(record, phase, nowMs));
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

function isOf({ subject }: Finding, trackId: string): boolean {
  return subject.kind === 'track' && subject.id === trackId;
}

/** An operator is told of another text or another confidence, not of one more look. */
function isSamePlate(a: VehiclePlate | undefined, b: VehiclePlate): boolean {
  return a !== undefined && a.text === b.text && a.colour === b.colour && Math.abs(a.confidence - b.confidence) < TOLD_CONFIDENCE;
}
