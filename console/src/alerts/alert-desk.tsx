import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { canBeSuppressed, isOpen } from './alert-book.js';
import { CommentDialog } from './comment-dialog.js';
import { gatheredIds } from './digest.js';
import { DispatchDialog } from './dispatch-dialog.js';
import { FalseAlarmDialog } from './false-alarm-dialog.js';
import { canTake, mayGive, type Step } from './next-step.js';
import { ResolveDialog } from './resolve-dialog.js';
import { SuppressDialog } from './suppress-dialog.js';
import { type AlertDecisions, useAlertDecisions, useAlerts } from './use-alerts.js';

/** What is asked before something is done with an alert. */
type Question = 'dispatch' | 'resolve' | 'false-alarm' | 'suppress' | 'comment';

interface AlertDesk {
  alerts: readonly Alert[];
  /** Ids of those that do not interrupt, because many of medium and low severity came. */
  gathered: ReadonlySet<string>;
  /** The alert in hand. Selection holds on to its id, never to a place in the list. */
  selectedId: string | null;
  select: (id: string | null) => void;
  /** Takes a step, or opens the question that belongs to it. */
  take: (step: Step, id: string) => void;
  /** Opens the question for how long. */
  askSuppress: (id: string) => void;
  /** Opens the field for a remark. */
  askComment: (id: string) => void;
  /** Takes the alert in hand, or lets go of it. */
  toggleMine: (id: string) => void;
  assign: AlertDecisions['assign'];
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
  const { username } = useSession().session.user;
  const may = useMay();
  const [selectedId, select] = useState<string | null>(null);
  const [asking, setAsking] = useState<{ question: Question; id: string } | null>(null);
  const asked = alerts.find(({ id }) => id === asking?.id);

  /** Acts on an alert that is known, when the signed-in person decides about alerts at all. */
  const withAlert = (id: string, act: (alert: Alert) => void): void => {
    const alert = alerts.find((one) => one.id === id);
    if (may('alerts:decide') && alert) act(alert);
  };
  const take = (step: Step, id: string): void =>
    withAlert(id, (alert) => {
      if (!canTake(step, alert)) return;
      if (step === 'acknowledge') decisions.acknowledge(id);
      else if (step === 'confirm') decisions.confirm(id);
      else setAsking({ question: step, id });
    });

  const desk: AlertDesk = {
    ...{ alerts, gathered, selectedId, select, take },
    ...{ problem: decisions.problem, clearProblem: decisions.clearProblem, assign: decisions.assign },
    askSuppress: (id) =>
      withAlert(id, (alert) => may('alerts:suppress') && canBeSuppressed(alert) && setAsking({ question: 'suppress', id })),
    askComment: (id) => withAlert(id, () => setAsking({ question: 'comment', id })),
    toggleMine: (id) =>
      withAlert(id, (alert) => {
        if (!isOpen(alert.state) || !mayGive(alert, username, may('alerts:assign'))) return;
        decisions.assign(id, alert.assignee === username ? null : username);
      }),
  };
  return (
    <DeskContext value={desk}>
      {children}
      {asked && asking && <Asked question={asking.question} alert={asked} decisions={decisions} onLeave={() => setAsking(null)} />}
    </DeskContext>
  );
}

function Asked(props: { question: Question; alert: Alert; decisions: AlertDecisions; onLeave: () => void }) {
  const { question, alert, decisions, onLeave } = props;
  const { id } = alert;
  /** Does it and closes the question. */
  const answer = (act: () => void) => {
    act();
    onLeave();
  };
  if (question === 'suppress') return <SuppressDialog alert={alert} onLeave={onLeave} />;
  if (question === 'dispatch')
    return <DispatchDialog alert={alert} onChoose={(to) => answer(() => decisions.dispatch(id, to))} onLeave={onLeave} />;
  if (question === 'resolve')
    return <ResolveDialog alert={alert} onResolve={(comment) => answer(() => decisions.resolve(id, comment))} onLeave={onLeave} />;
  if (question === 'comment')
    return <CommentDialog alert={alert} onSave={(text) => answer(() => decisions.comment(id, text))} onLeave={onLeave} />;
  const reject = (reasonCode: Parameters<AlertDecisions['falseAlarm']>[1], comment: string) =>
    answer(() => decisions.falseAlarm(id, reasonCode, comment));
  return <FalseAlarmDialog alert={alert} onChoose={reject} onLeave={onLeave} />;
}
