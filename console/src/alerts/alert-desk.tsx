import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { canBeSuppressed, isOpen } from './alert-book.js';
import { gatheredIds } from './digest.js';
import { FalseAlarmDialog } from './false-alarm-dialog.js';
import { SuppressDialog } from './suppress-dialog.js';
import { type AlertDecisions, useAlertDecisions, useAlerts } from './use-alerts.js';

interface AlertDesk {
  alerts: readonly Alert[];
  /** Ids of those that do not interrupt, because many of medium and low severity came. */
  gathered: ReadonlySet<string>;
  /** The alert in hand. Selection holds on to its id, never to a place in the list. */
  selectedId: string | null;
  select: (id: string | null) => void;
  acknowledge: (id: string) => void;
  /** Opens the question why. */
  askFalseAlarm: (id: string) => void;
  /** Opens the question for how long. */
  askSuppress: (id: string) => void;
  problem: AlertDecisions['problem'];
  clearProblem: () => void;
}

const DeskContext = createContext<AlertDesk | null>(null);

/** The alerts, the one in hand, and what can be decided about it. */
export function useAlertDesk(): AlertDesk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('useAlertDesk needs an AlertDeskProvider above it');
  return desk;
}

/** Shares the alert in hand between the list and the page beside it. */
export function AlertDeskProvider({ children }: { children: ReactNode }) {
  const alerts = useAlerts();
  const gathered = useMemo(() => gatheredIds(alerts), [alerts]);
  const decisions = useAlertDecisions();
  const may = useMay();
  const decidesAlerts = may('alerts:decide');
  const suppresses = may('alerts:suppress');
  const [selectedId, select] = useState<string | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const [hiding, setHiding] = useState<string | null>(null);
  const asked = alerts.find(({ id }) => id === asking);
  const hidden = alerts.find(({ id }) => id === hiding);

  const desk: AlertDesk = {
    alerts,
    gathered,
    selectedId,
    select,
    problem: decisions.problem,
    clearProblem: decisions.clearProblem,
    acknowledge: (id) => decidesAlerts && decisions.acknowledge(id),
    askFalseAlarm: (id) => {
      const alert = alerts.find((one) => one.id === id);
      if (decidesAlerts && alert && alert.kind !== 'violation' && isOpen(alert.state)) setAsking(id);
    },
    askSuppress: (id) => {
      const alert = alerts.find((one) => one.id === id);
      if (suppresses && alert && canBeSuppressed(alert)) setHiding(id);
    },
  };
  return (
    <DeskContext value={desk}>
      {children}
      {hidden && <SuppressDialog alert={hidden} onLeave={() => setHiding(null)} />}
      {asked && (
        <FalseAlarmDialog
          alert={asked}
          onChoose={(reasonCode, comment) => {
            decisions.falseAlarm(asked.id, reasonCode, comment);
            setAsking(null);
          }}
          onLeave={() => setAsking(null)}
        />
      )}
    </DeskContext>
  );
}
