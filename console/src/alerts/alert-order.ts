import type { Alert } from '../api/types.js';
import { isOpen } from './alert-book.js';
import { isEscalated, isMine } from './next-step.js';

/** Which alerts the list shows. */
export type AlertFilter = 'open' | 'new' | 'mine' | 'all';

/** True when the filter lets the alert through. `username`: whose list it is. */
export function passes(filter: AlertFilter, alert: Alert, username: string): boolean {
  if (filter === 'all') return true;
  if (filter === 'mine') return isMine(alert, username);
  return filter === 'new' ? alert.state === 'new' : isOpen(alert.state);
}

/** What the list shows. */
export interface VisibleAlerts {
  /** Rows in the order of the screen: those that stand alone, then those shown of the digest. */
  rows: Alert[];
  /** All alerts of the digest, newest first. */
  digest: Alert[];
  /** How many newer alerts wait above the rows while the list is held still. */
  waitingAbove: number;
}

/** What decides the rows. */
export interface OrderInput {
  /** Everything known, newest first. */
  all: readonly Alert[];
  filter: AlertFilter;
  username: string;
  /** Escalated alerts come first: this is a shift lead's list. */
  leads: boolean;
  /** The alert in hand: it stays in its place even when the filter no longer lets it through. */
  selectedId: string | null;
  /** Ids of the rows now on the screen. */
  shownIds: readonly string[];
  /** Alerts that do not interrupt: they stand in the digest at the foot, except in the list of all. */
  gathered: ReadonlySet<string>;
  /** The digest is opened to the whole list. */
  digestOpen: boolean;
  /** The pointer is over the list: rows may change their words, but none may move or come in between. */
  held: boolean;
}

/**
 * Chooses the rows so that what an operator is aiming at never moves away under the hand: while the list is held its
 * rows and their order stay as they are, and new alerts are counted instead.
 */
export function visibleAlerts(input: OrderInput): VisibleAlerts {
  const { all, filter, username, leads, selectedId, shownIds, gathered, digestOpen, held } = input;
  const wanted = all.filter((alert) => alert.id === selectedId || passes(filter, alert, username));
  const inDigest = ({ id }: Alert) => (filter === 'open' || filter === 'new') && gathered.has(id);
  const inTime = wanted.filter((alert) => !inDigest(alert));
  const first = leads ? inTime.filter(isEscalated) : [];
  const alone = [...first, ...inTime.filter((alert) => !first.includes(alert))];
  const digest = wanted.filter(inDigest);
  if (!held || shownIds.length === 0) {
    const below = digestOpen ? digest : digest.filter(({ id }) => id === selectedId);
    return { rows: [...alone, ...below], digest, waitingAbove: 0 };
  }
  const known = new Map(all.map((alert) => [alert.id, alert]));
  const rows = shownIds.map((id) => known.get(id)).filter((alert) => alert !== undefined);
  const shown = new Set(shownIds);
  return { rows, digest, waitingAbove: alone.filter(({ id }) => !shown.has(id)).length };
}

/** The alert `step` rows from the selected one; the first when none is selected; it stops at both ends. */
export function neighbour(rows: readonly Alert[], selectedId: string | null, step: 1 | -1): string | null {
  const at = rows.findIndex(({ id }) => id === selectedId);
  if (at < 0) return rows[0]?.id ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.id ?? null;
}
