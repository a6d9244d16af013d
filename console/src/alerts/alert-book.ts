import type { Alert, AlertState } from '../api/types.js';

/** How many closed alerts are kept on the screen; open ones are never dropped. */
const CLOSED_LIMIT = 300;

/** True while somebody still has to do something about it. */
export function isOpen(state: AlertState): boolean {
  return state !== 'resolved' && state !== 'false-alarm';
}

/** What a camera says of itself, or a person told, comes from no rule and cannot be hidden at a place; violations are traffic police's. */
export function canBeSuppressed(alert: Alert): boolean {
  return alert.kind !== 'camera' && alert.kind !== 'violation' && alert.byHand === null;
}

/** Newest first by the time at which the rule was met; ties by id, so that the order never flickers. */
export function newestFirst(a: Alert, b: Alert): number {
  return b.raisedAtMs - a.raisedAtMs || (a.id < b.id ? -1 : 1);
}

/**
 * Every alert the console knows, brought up to date by changes in any order. `lastEventId` is where a broken stream
 * resumes; it moves only when a change was taken from the stream in order.
 */
export class AlertBook {
  private readonly byId = new Map<string, Alert>();
  private listed: readonly Alert[] = [];
  lastEventId = 0;

  /** Takes one change of the stream; an older one than already known is ignored. True when something changed. */
  apply(alert: Alert): boolean {
    this.lastEventId = Math.max(this.lastEventId, alert.eventId);
    return this.take(alert);
  }

  /**
   * Takes an alert that came by another way, for example as the answer to a decision. The place at which the stream
   * resumes stays: changes of other alerts before this one may still be on their way.
   */
  take(alert: Alert): boolean {
    const known = this.byId.get(alert.id);
    if (known && known.eventId >= alert.eventId) return false;
    this.byId.set(alert.id, alert);
    this.refresh();
    return true;
  }

  /** Takes a whole list, for example after signing in. */
  applyAll(alerts: readonly Alert[]): boolean {
    return alerts.map((alert) => this.apply(alert)).some(Boolean);
  }

  /** Forgets every alert: too many have changed since the last one taken. The stream resumes after `eventId`. */
  startAnew(eventId: number): void {
    this.byId.clear();
    this.refresh();
    this.lastEventId = eventId;
  }

  get(id: string): Alert | undefined {
    return this.byId.get(id);
  }

  /** All alerts but those told with another one, newest first; the same array until something changes. */
  get all(): readonly Alert[] {
    return this.listed;
  }

  private refresh(): void {
    const sorted = [...this.byId.values()].sort(newestFirst);
    const tooOld = new Set(sorted.filter(({ state }) => !isOpen(state)).slice(CLOSED_LIMIT));
    for (const { id } of tooOld) this.byId.delete(id);
    this.listed = sorted.filter((alert) => !tooOld.has(alert) && alert.mergedInto === null);
  }
}
