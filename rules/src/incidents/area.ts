import { type AlertDecision, type AlertMessage, type AlertSplit, type CameraConfig, compareGravity } from '@safecity/contracts';
import { DECISION_KEPT_MS, type DecidedAlerts, isJudged, rememberDecision } from './decided.js';
import { isOneIncidentAcross, mayMergeAcross } from './joins.js';

/** One camera's alert as its area knows it. */
interface AreaAlert {
  /** As its camera said it last. */
  message: AlertMessage;
  /** Revision last published, which is ahead of the camera's own once something was merged. */
  revision: number;
  /** The alert it is told with; null while it stands for itself. */
  mergedInto: string | null;
}

/** What an operator has taken apart. */
interface Split {
  from: string;
  cameraId: string;
  atMs: number;
  isDone: boolean;
}

/** State of an area's incidents. Plain JSON: a checkpoint of its own. */
export interface AreaState {
  version: 'area-1';
  alerts: AreaAlert[];
  decided: DecidedAlerts;
  /** alertId → how it was taken out of an incident. */
  splits: Record<string, Split>;
}

/** Alerts remembered in one area; the oldest that are over are forgotten first. */
const MAX_ALERTS = 32;
/** Findings of all cameras told with one alert, as the contract allows. */
const MAX_FINDINGS = 50;

/** State before the first alert. */
export function newAreaState(): AreaState {
  return { version: 'area-1', alerts: [], decided: {}, splits: {} };
}

/** Key of the area of a camera, its unit's own; undefined when it has none. The dots keep it apart from camera ids. */
export function areaKey({ area, unitId }: Pick<CameraConfig, 'area' | 'unitId'>): string | undefined {
  return area === undefined ? undefined : `area.${unitId ?? '-'}.${area}`;
}

/**
 * Makes one incident of what several cameras of an area see at one time: the second stage behind their correlators.
 *
 * It takes the alerts of its cameras in the order of the detections stream, so that a replay gives the same. A new alert,
 * or one that a graver finding has come to lead, is merged into the oldest one of another camera with which it is one
 * incident (`isOneIncidentAcross`); alerts of other types pass through untouched. The merged one is still published, with
 * `mergedInto`, and the one it is told with names it in `attached`, carries its findings, takes its gravity when that is
 * greater, and goes on until all of them are over. An operator who takes one out gives it back its own life; that camera's
 * later alerts stay out too. What was called false or resolved takes nothing in.
 */
export class Area {
  /** @param state is mutated by every call */
  constructor(private readonly state: AreaState) {}

  /** Takes what a camera of the area said with one message of the stream. Returns what is to be published, in order. */
  take(messages: readonly AlertMessage[], nowMs: number): AlertMessage[] {
    const told = this.takeApart(nowMs);
    for (const message of messages)
      told.push(...(mayMergeAcross(message.type) || this.find(message) ? this.takeOne(message, nowMs) : [message]));
    this.forget();
    return told;
  }

  /** Takes an operator's decision in. */
  decide(decision: AlertDecision): void {
    this.state.decided = rememberDecision(this.state.decided, decision);
  }

  /** Takes in that an operator has taken an alert out of its incident; it shows with the next message at or after that time. */
  split({ alertId, cameraId, splitFrom, atMs }: AlertSplit): void {
    const known = this.state.splits[alertId];
    if (known && known.atMs >= atMs) return;
    const kept = Object.entries(this.state.splits).filter(([, split]) => atMs - split.atMs <= DECISION_KEPT_MS);
    this.state.splits = { ...Object.fromEntries(kept), [alertId]: { from: splitFrom, cameraId, atMs, isDone: false } };
  }

  private find({ alertId }: { alertId: string }): AreaAlert | undefined {
    return this.state.alerts.find(({ message }) => message.alertId === alertId);
  }

  private membersOf({ message }: AreaAlert): AreaAlert[] {
    return this.state.alerts.filter(({ mergedInto }) => mergedInto === message.alertId);
  }

  private takeOne(message: AlertMessage, nowMs: number): AlertMessage[] {
    const known = this.find(message);
    const isNews = known?.message.type !== message.type;
    const alert: AreaAlert = known ?? { message, revision: 0, mergedInto: null };
    if (known) known.message = message;
    else this.state.alerts.push(alert);
    if (isNews && alert.mergedInto === null && message.phase !== 'closed' && this.membersOf(alert).length === 0)
      alert.mergedInto = this.homeOf(message, nowMs)?.message.alertId ?? null;
    const home = alert.mergedInto === null ? undefined : this.find({ alertId: alert.mergedInto });
    return home ? [this.publish(alert, nowMs), this.publish(home, nowMs)] : [this.publish(alert, nowMs)];
  }

  /** The oldest open alert of another camera with which this one is one incident. */
  private homeOf(message: AlertMessage, nowMs: number): AreaAlert | undefined {
    return this.state.alerts.find((home) => {
      const { alertId, cameraId } = home.message;
      if (home.mergedInto !== null || alertId === message.alertId || cameraId === message.cameraId) return false;
      if (isJudged(this.state.decided[alertId], nowMs) || this.isApart(alertId, message)) return false;
      return [home, ...this.membersOf(home)].some((one) => one.message.phase !== 'closed' && isOneIncidentAcross(one.message, message));
    });
  }

  private isApart(homeId: string, { alertId, cameraId }: AlertMessage): boolean {
    const { splits } = this.state;
    return splits[alertId]?.from === homeId || Object.values(splits).some((split) => split.from === homeId && split.cameraId === cameraId);
  }

  private takeApart(nowMs: number): AlertMessage[] {
    const told: AlertMessage[] = [];
    for (const [alertId, split] of Object.entries(this.state.splits)) {
      if (split.isDone || nowMs < split.atMs) continue;
      split.isDone = true;
      const alert = this.find({ alertId });
      if (!alert || alert.mergedInto !== split.from) continue;
      alert.mergedInto = null;
      told.push(this.publish(alert, nowMs));
      const home = this.find({ alertId: split.from });
      if (home) told.push(this.publish(home, nowMs));
    }
    return told;
  }

  private publish(alert: AreaAlert, nowMs: number): AlertMessage {
    const members = this.membersOf(alert);
    alert.revision = Math.max(alert.revision + 1, alert.message.revision);
    const own = { ...alert.message, revision: alert.revision, updatedMs: Math.max(alert.message.updatedMs, nowMs) };
    if (alert.mergedInto !== null) return { ...own, mergedInto: alert.mergedInto };
    if (members.length === 0) return own;
    const { endMs: _own, ...rest } = own;
    return {
      ...rest,
      ...toldTogether(
        alert.message,
        members.map(({ message }) => message),
      ),
    };
  }

  private forget(): void {
    const homeOf = (alert: AreaAlert) => (alert.mergedInto === null ? alert : (this.find({ alertId: alert.mergedInto }) ?? alert));
    const isOver = (home: AreaAlert) => [home, ...this.membersOf(home)].every(({ message }) => message.phase === 'closed');
    while (this.state.alerts.length > MAX_ALERTS) {
      const over = this.state.alerts.findIndex((alert) => isOver(homeOf(alert)) && this.membersOf(alert).length === 0);
      this.state.alerts.splice(Math.max(0, over), 1);
    }
  }
}

type Told = 'phase' | 'kind' | 'type' | 'severity' | 'reason' | 'confidence' | 'startMs' | 'findings' | 'attached';

/** What an alert says when those of other cameras are told with it. */
function toldTogether(home: AlertMessage, members: readonly AlertMessage[]): Pick<AlertMessage, Told> & { endMs?: number } {
  const all = [home, ...members];
  const lead = all.reduce((best, one) => (compareGravity(one, best) < 0 ? one : best));
  const findings = [lead, ...all.filter((one) => one !== lead)].flatMap((one) => one.findings);
  const isOver = all.every(({ phase }) => phase === 'closed');
  const { kind, type, severity, reason } = lead;
  return {
    phase: isOver ? 'closed' : 'updated',
    kind,
    type,
    severity,
    reason,
    confidence: Math.max(...all.map(({ confidence }) => confidence)),
    startMs: Math.min(...all.map(({ startMs }) => startMs)),
    ...endOfAll(all),
    findings: findings
      .slice(0, MAX_FINDINGS)
      .map((finding) => (finding.cameraId === home.cameraId ? finding : { ...finding, moments: [] })),
    attached: members.map(({ alertId, cameraId }) => ({ alertId, cameraId })),
  };
}

/** The end of the last one; none while one goes on. */
function endOfAll(all: readonly AlertMessage[]): { endMs?: number } {
  const ends = all.flatMap(({ endMs }) => (endMs === undefined ? [] : [endMs]));
  return ends.length < all.length ? {} : { endMs: Math.max(...ends) };
}
