import { useCallback, useEffect, useRef, useState } from 'react';
import { useLocation, useRoute } from 'wouter';
import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useSession } from '../session/session.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { useAlertDesk } from './alert-desk.js';
import { type AlertFilter, neighbour, passes, visibleAlerts } from './alert-order.js';
import { AlertRow } from './alert-row.js';
import { STEP_KEYS } from './decision-buttons.js';
import { DigestRow } from './digest-row.js';
import { lifeWords } from './life-words.js';
import { STEPS } from './next-step.js';
import { RefusalWords } from './refusal-words.js';
import { SelectedAlert } from './selected-alert.js';
import { Suppressions } from './suppressions.js';

const FILTERS: AlertFilter[] = ['open', 'new', 'mine', 'all'];

/** A hand that rests for this long no longer aims at anything. */
const HOLD_MS = 4000;

/** Whether the list must stand still because the pointer moves over it. */
function useHold(): { held: boolean; hold: () => void; release: () => void } {
  const [held, setHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const release = useCallback(() => {
    clearTimeout(timer.current);
    setHeld(false);
  }, []);
  const hold = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(release, HOLD_MS);
    setHeld(true);
  }, [release]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { held, hold, release };
}

/** The alert list beside every page, newest first, worked by J, K, D, Enter and a key for each step. */
export function AlertColumn() {
  const { text } = useText();
  const words = useWords(lifeWords);
  const desk = useAlertDesk();
  const [, navigate] = useLocation();
  const [onDetail] = useRoute('/alerts/:id');
  const [filter, setFilter] = useState<AlertFilter>('open');
  const [digestOpen, setDigestOpen] = useState(false);
  const { held, hold, release } = useHold();
  const shownIds = useRef<string[]>([]);
  const { alerts: all, gathered, selectedId, select } = desk;

  const { username } = useSession().session.user;
  const leads = useMay()('alerts:assign');
  const order = { all, filter, username, leads, selectedId, shownIds: shownIds.current, gathered, digestOpen, held };
  const { rows, digest, waitingAbove } = visibleAlerts(order);
  const digestIds = new Set(digest.map(({ id }) => id));
  shownIds.current = rows.map(({ id }) => id);

  const open = useCallback((id: string) => navigate(`/alerts/${id}`), [navigate]);
  const choose = useCallback(
    (id: string) => {
      select(id);
      if (onDetail) navigate(`/alerts/${id}`, { replace: true });
    },
    [select, onDetail, navigate],
  );

  function step(by: 1 | -1): void {
    const next = neighbour(rows, selectedId, by);
    if (next) choose(next);
  }

  function toggleDigest(): void {
    shownIds.current = [];
    setDigestOpen(!digestOpen);
  }

  function openCamera(): void {
    const alert = all.find(({ id }) => id === selectedId);
    if (alert?.cameraId) navigate(`/cameras/${alert.cameraId}`);
  }

  useShortcuts({
    j: () => step(1),
    arrowdown: () => step(1),
    k: () => step(-1),
    arrowup: () => step(-1),
    ...Object.fromEntries(STEPS.map((one) => [STEP_KEYS[one].toLowerCase(), () => selectedId && desk.take(one, selectedId)])),
    t: () => selectedId && desk.toggleMine(selectedId),
    n: () => selectedId && desk.askComment(selectedId),
    h: () => selectedId && desk.askSuppress(selectedId),
    enter: () => selectedId && open(selectedId),
    d: () => digest.length > 0 && toggleDigest(),
    ...(onDetail ? {} : { c: openCamera }),
  });

  useEffect(() => {
    const row = selectedId ? document.getElementById(`alert-row-${selectedId}`) : null;
    row?.scrollIntoView({ block: 'nearest' });
    // The focus goes with the selection: Enter on a row that was clicked earlier must not act on that one.
    if (row && document.activeElement?.classList.contains('alert-row')) row.focus({ preventScroll: true });
  }, [selectedId]);

  const firstGathered = digestOpen ? digest[0]?.id : undefined;
  // Only when it is opened: rows must not move by themselves later.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (firstGathered) document.getElementById(`alert-row-${firstGathered}`)?.scrollIntoView({ block: 'center' });
  }, [digestOpen]);

  const countOf = (one: AlertFilter) => all.filter((alert) => passes(one, alert, username)).length;
  const names: Record<AlertFilter, string> = { open: text.filterOpen, new: text.filterNew, mine: words.filterMine, all: text.filterAll };
  const rowOf = (alert: Alert) => (
    <AlertRow key={alert.id} alert={alert} selected={alert.id === selectedId} onSelect={choose} onOpen={open} />
  );
  return (
    <aside className="alert-column" aria-label={text.alerts}>
      <header className="column-head">
        <h2>{text.alerts}</h2>
        <fieldset className="segments" aria-label={text.show}>
          {FILTERS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={filter === one}
              onClick={() => {
                shownIds.current = [];
                setFilter(one);
              }}
            >
              {names[one]} <span className="count">{countOf(one)}</span>
            </button>
          ))}
        </fieldset>
      </header>
      {desk.problem && (
        <p className="message message-error" role="alert">
          <RefusalWords refusal={desk.problem} />
          <button type="button" className="button-icon" aria-label={text.close} onClick={desk.clearProblem}>
            ×
          </button>
        </p>
      )}
      {waitingAbove > 0 && (
        <button type="button" className="waiting" onClick={release}>
          ▲ {text.newAbove(waitingAbove)}
        </button>
      )}
      <ol className="alert-list" data-testid="alert-list" onPointerMove={hold} onPointerLeave={release}>
        {rows.filter(({ id }) => !digestIds.has(id)).map(rowOf)}
        <DigestRow alerts={digest} open={digestOpen} onToggle={toggleDigest} />
        {rows.filter(({ id }) => digestIds.has(id)).map(rowOf)}
        {rows.length + digest.length === 0 && (
          <li className="empty">
            <strong>{text.noAlerts}</strong>
            {text.noAlertsExplained}
          </li>
        )}
      </ol>
      <Suppressions />
      {!onDetail && <SelectedAlert onOpen={open} />}
    </aside>
  );
}
