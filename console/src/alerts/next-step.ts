import type { Alert } from '../api/types.js';
import { isOpen } from './alert-book.js';

/** What an operator decides about an alert, in the order of its life. */
export const STEPS = ['acknowledge', 'confirm', 'dispatch', 'resolve', 'false-alarm'] as const;
export type Step = (typeof STEPS)[number];

const NEXT: Record<Alert['state'], Step | null> = {
  new: 'acknowledge',
  acknowledged: 'confirm',
  confirmed: 'dispatch',
  dispatched: 'resolve',
  resolved: null,
  'false-alarm': null,
};

const FROM: Record<Step, readonly Alert['state'][]> = {
  acknowledge: ['new'],
  confirm: ['new', 'acknowledged'],
  dispatch: ['new', 'acknowledged', 'confirmed', 'dispatched'],
  resolve: ['acknowledged', 'confirmed', 'dispatched'],
  'false-alarm': ['new', 'acknowledged', 'confirmed', 'dispatched'],
};

/** Whether a step can be offered; the server decides for itself. Violations are judged in the review. */
export function canTake(step: Step, { state, kind, mergedInto }: Pick<Alert, 'state' | 'kind' | 'mergedInto'>): boolean {
  if (kind === 'violation' && step !== 'acknowledge') return false;
  if (step === 'dispatch' && mergedInto !== null) return false;
  return FROM[step].includes(state);
}

/** The step that comes next, the one that a newcomer is shown; null when nothing is left to do here. */
export function nextStep(alert: Pick<Alert, 'state' | 'kind' | 'mergedInto'>): Step | null {
  // What a camera says of itself is mended, and nobody is sent to it.
  const next = alert.kind === 'camera' && alert.state === 'confirmed' ? 'resolve' : NEXT[alert.state];
  return next !== null && canTake(next, alert) ? next : null;
}

/** True while nobody has looked at an alert although it was escalated. */
export const isEscalated = ({ state, escalationLevel }: Pick<Alert, 'state' | 'escalationLevel'>): boolean =>
  state === 'new' && escalationLevel > 0;

/** True when somebody still has to do something about it and it is in this person's hands. */
export const isMine = ({ state, assignee }: Pick<Alert, 'state' | 'assignee'>, username: string): boolean =>
  isOpen(state) && assignee === username;

/** Whether somebody may give an alert to another: a shift lead always, others what is free or their own. */
export const mayGive = ({ assignee }: Pick<Alert, 'assignee'>, username: string, leads: boolean): boolean =>
  leads || assignee === null || assignee === username;
