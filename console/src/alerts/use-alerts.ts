import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState, useSyncExternalStore } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Alert, FalseAlarmReason } from '../api/types.js';
import { useStreams } from '../session/streams.js';

/** All alerts the console knows, newest first. */
export function useAlerts(): readonly Alert[] {
  const { alerts } = useStreams();
  return useSyncExternalStore(alerts.subscribe, () => alerts.book.all);
}

/** Decisions about alerts. `problem` is the refusal of the last one, until the next. */
export interface AlertDecisions {
  acknowledge: (id: string) => void;
  falseAlarm: (id: string, reasonCode: FalseAlarmReason, comment: string) => void;
  problem: ApiError | null;
  clearProblem: () => void;
}

/** Sends decisions and shows their effect at once, without waiting for the stream. */
export function useAlertDecisions(): AlertDecisions {
  const { alerts } = useStreams();
  const client = useQueryClient();
  const [problem, setProblem] = useState<ApiError | null>(null);

  const decide = useCallback(
    async (call: Promise<Alert>): Promise<void> => {
      setProblem(null);
      try {
        alerts.take(await call);
      } catch (error) {
        setProblem(error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0));
      }
      void client.invalidateQueries({ queryKey: ['alert'] });
    },
    [alerts, client],
  );

  return {
    problem,
    clearProblem: () => setProblem(null),
    acknowledge: (id) => {
      // Pressing the key on an alert that is no longer new must do nothing, not even complain.
      if (alerts.book.get(id)?.state !== 'new') return;
      void decide(answerOf(api.POST('/api/v1/alerts/{alertId}/acknowledge', { params: { path: { alertId: id } }, body: {} })));
    },
    falseAlarm: (id, reasonCode, comment) => {
      const body = comment.trim() === '' ? { reasonCode } : { reasonCode, comment: comment.trim() };
      void decide(answerOf(api.POST('/api/v1/alerts/{alertId}/false-alarm', { params: { path: { alertId: id } }, body })));
    },
  };
}
