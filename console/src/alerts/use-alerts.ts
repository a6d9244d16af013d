import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState, useSyncExternalStore } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Alert, AlertState, FalseAlarmReason } from '../api/types.js';
import { useStreams } from '../session/streams.js';
import { canTake, type Step } from './next-step.js';

/** All alerts the console knows, newest first. */
export function useAlerts(): readonly Alert[] {
  const { alerts } = useStreams();
  return useSyncExternalStore(alerts.subscribe, () => alerts.book.all);
}

/** Why the last decision was refused: somebody else was first, or what the server says. */
export type Refusal = { kind: 'moved'; state: AlertState; actor: string } | { kind: 'refused'; error: ApiError };

/** Decisions about alerts. `problem` is the refusal of the last one, until the next. */
export interface AlertDecisions {
  acknowledge: (id: string) => void;
  confirm: (id: string) => void;
  dispatch: (id: string, destinationId: string) => void;
  resolve: (id: string, comment: string) => void;
  falseAlarm: (id: string, reasonCode: FalseAlarmReason, comment: string) => void;
  comment: (id: string, text: string) => void;
  /** Null: nobody has it in hand any more. */
  assign: (id: string, username: string | null) => void;
  problem: Refusal | null;
  clearProblem: () => void;
}

const said = (comment: string): { comment?: string } => (comment.trim() === '' ? {} : { comment: comment.trim() });

/** What became of an alert about which somebody else was first. */
async function refusalOf(error: unknown, id: string, take: (alert: Alert) => void): Promise<Refusal> {
  const refused = error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0);
  if (refused.code !== 'API_ALERT_STATE') return { kind: 'refused', error: refused };
  const found = await answerOf(api.GET('/api/v1/alerts/{alertId}', { params: { path: { alertId: id } } })).catch(() => null);
  const last = found?.history.findLast(({ actor, fromState, toState }) => actor !== 'system' && fromState !== toState);
  if (!found || !last) return { kind: 'refused', error: refused };
  const { history: _history, deliveries: _deliveries, merged: _merged, ...alert } = found;
  take(alert);
  return { kind: 'moved', state: found.state, actor: last.actor };
}

/** Sends decisions and shows their effect at once, without waiting for the stream. */
export function useAlertDecisions(): AlertDecisions {
  const { alerts } = useStreams();
  const client = useQueryClient();
  const [problem, setProblem] = useState<Refusal | null>(null);

  const send = useCallback(
    async (id: string, call: Promise<Alert>): Promise<void> => {
      setProblem(null);
      try {
        alerts.take(await call);
      } catch (error) {
        setProblem(await refusalOf(error, id, alerts.take));
      }
      void client.invalidateQueries({ queryKey: ['alert'] });
    },
    [alerts, client],
  );

  /** Pressing the key of a step that is not possible any more must do nothing, not even complain. */
  const step = (wanted: Step, id: string, call: () => Promise<Alert>): void => {
    const known = alerts.book.get(id);
    if (!known || canTake(wanted, known)) void send(id, call());
  };
  const at = (id: string) => ({ params: { path: { alertId: id } } });
  return {
    problem,
    clearProblem: () => setProblem(null),
    acknowledge: (id) => step('acknowledge', id, () => answerOf(api.POST('/api/v1/alerts/{alertId}/acknowledge', { ...at(id), body: {} }))),
    confirm: (id) => step('confirm', id, () => answerOf(api.POST('/api/v1/alerts/{alertId}/confirm', { ...at(id), body: {} }))),
    dispatch: (id, destinationId) =>
      step('dispatch', id, () => answerOf(api.POST('/api/v1/alerts/{alertId}/dispatch', { ...at(id), body: { destinationId } }))),
    resolve: (id, comment) =>
      step('resolve', id, () => answerOf(api.POST('/api/v1/alerts/{alertId}/resolve', { ...at(id), body: said(comment) }))),
    falseAlarm: (id, reasonCode, comment) =>
      step('false-alarm', id, () =>
        answerOf(api.POST('/api/v1/alerts/{alertId}/false-alarm', { ...at(id), body: { reasonCode, ...said(comment) } })),
      ),
    comment: (id, text) =>
      void send(id, answerOf(api.POST('/api/v1/alerts/{alertId}/comments', { ...at(id), body: { text: text.trim() } }))),
    assign: (id, username) => void send(id, answerOf(api.PUT('/api/v1/alerts/{alertId}/assignee', { ...at(id), body: { username } }))),
  };
}
