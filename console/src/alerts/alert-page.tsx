import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Alert, AlertDetail } from '../api/types.js';
import { DrillOfAlert } from '../drills/drill-mark.js';
import { EditIncidentDialog } from '../incidents/edit-incident-dialog.js';
import { incidentWords } from '../incidents/incident-words.js';
import { words as playbackWords } from '../playback/words.js';
import { HoldCard } from '../retention/hold-card.js';
import { useMay } from '../session/abilities.js';
import { useStreams } from '../session/streams.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { isOpen } from './alert-book.js';
import { useAlertDesk } from './alert-desk.js';
import { AlertFacts } from './alert-facts.js';
import { AlertDuration, AlsoFound, StateChip, useTypeName } from './alert-title.js';
import { DecisionButtons } from './decision-buttons.js';
import { Deliveries } from './deliveries.js';
import { Dispatches } from './dispatches.js';
import { DossierExport } from './dossier-export.js';
import { EscalationSign } from './escalation-sign.js';
import { EvidenceClips } from './evidence-clips.js';
import { EvidenceStills } from './evidence-stills.js';
import { Findings } from './findings.js';
import { History } from './history.js';
import { OriginalsProvider } from './originals.js';
import { OtherCameras } from './other-cameras.js';
import { ReasonTable } from './reason-table.js';
import { SceneNow } from './scene-now.js';
import { SeverityIcon } from './severity.js';

/** So long before the alert playback begins. */
const BEFORE_MS = 10_000;
const WAITING_EVERY_MS = 2000;

/** The alert with everything around it; what the stream has brought since is newer than what was fetched. */
function useAlertDetail(id: string): { alert: Alert | null; detail: AlertDetail | null; gone: boolean; refresh: () => void } {
  const { alerts: known } = useAlertDesk();
  const { alerts: stream } = useStreams();
  const streamed = known.find((alert) => alert.id === id);
  const { data, error, refetch } = useQuery({
    queryKey: ['alert', id, streamed?.eventId],
    queryFn: async () => {
      const fetched = await answerOf(api.GET('/api/v1/alerts/{alertId}', { params: { path: { alertId: id } } }));
      const { history: _history, deliveries: _deliveries, merged: _merged, ...alert } = fetched;
      stream.take(alert);
      return fetched;
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.deliveries.some((delivery) => delivery.state === 'waiting') ? WAITING_EVERY_MS : false),
  });
  const detail = data?.id === id ? data : null;
  return { alert: streamed ?? detail, detail, gone: error instanceof ApiError && error.status === 404, refresh: () => void refetch() };
}

/** One alert: its pictures, why it fired, what was done and where it was sent. */
export function AlertPage({ id }: { id: string }) {
  const { text } = useText();
  const [, navigate] = useLocation();
  const { select } = useAlertDesk();
  const { alert, detail, gone, refresh } = useAlertDetail(id);
  useEffect(() => select(id), [id, select]);
  useShortcuts({
    escape: () => navigate('/'),
    c: () => alert?.cameraId && navigate(`/cameras/${alert.cameraId}`),
  });
  if (!alert) return <p className="page-note">{gone ? text.alertGone : text.loading}</p>;
  return (
    <article className="page alert-page" data-testid="alert-detail" data-alert-id={alert.id}>
      <AlertHead alert={alert} />
      <DrillOfAlert alert={alert} />
      <AlertBanner alert={alert} />
      {alert.mergedInto !== null && (
        <p className="banner" data-testid="merged-into" role="note">
          <strong>{text.mergedInto}</strong> <Link href={`/alerts/${alert.mergedInto}`}>{text.openIncident}</Link>
        </p>
      )}
      <OriginalsProvider key={alert.id}>
        <EvidenceStills alert={alert} />
        <EvidenceClips alert={alert} />
      </OriginalsProvider>
      <OtherCameras merged={detail?.merged ?? []} onSplit={refresh} />
      <div className="columns">
        <div>
          <ReasonTable reason={alert.reason} />
          {alert.findings.length > 0 && <Findings findings={alert.findings} />}
        </div>
        <div>
          <AlertFacts alert={alert} />
          <DossierExport alert={alert} />
          <Dispatches alert={alert} />
          <HoldCard alertId={alert.id} />
          <Deliveries deliveries={detail?.deliveries ?? null} />
          <History entries={detail?.history ?? null} />
        </div>
        {alert.cameraId !== null && <SceneNow cameraId={alert.cameraId} />}
      </div>
    </article>
  );
}

function AlertHead({ alert }: { alert: Alert }) {
  const { text } = useText();
  const typeName = useTypeName();
  const watches = useMay()('recording:watch');
  const playback = useWords(playbackWords);
  return (
    <header className={`page-head severity-${alert.severity}`}>
      <Link href="/" className="button" aria-label={text.back}>
        ← <kbd>Esc</kbd>
      </Link>
      <div className="page-title">
        <h1>
          <SeverityIcon severity={alert.severity} size={20} /> {typeName(alert.type)}
        </h1>
        <p>
          {text.severity[alert.severity]} · {text.kind[alert.kind]} <AlertDuration alert={alert} before="· " />
        </p>
        <AlsoFound alert={alert} />
        <EscalationSign alert={alert} />
      </div>
      <StateChip state={alert.state} />
      <span className="buttons">
        <DecisionButtons alert={alert} />
        <EditButton alert={alert} />
        {alert.cameraId !== null && watches && (
          <Link
            href={`/playback/${alert.cameraId}?at=${Math.round(alert.startMs - BEFORE_MS)}`}
            className="button"
            data-testid="play-from-before"
          >
            ↺ {playback.from10s}
          </Link>
        )}
        {alert.cameraId !== null && (
          <Link href={`/cameras/${alert.cameraId}`} className="button">
            {text.camera} <kbd>C</kbd>
          </Link>
        )}
      </span>
    </header>
  );
}

/** What a person told of an incident a person can correct, while it is open. */
function EditButton({ alert }: { alert: Alert }) {
  const words = useWords(incidentWords);
  const opens = useMay()('alerts:open');
  const [editing, setEditing] = useState(false);
  const canEdit = opens && alert.byHand !== null && isOpen(alert.state);
  useShortcuts({ e: () => canEdit && setEditing(true) });
  if (!canEdit) return null;
  return (
    <>
      <button type="button" className="button" data-testid="edit-incident" onClick={() => setEditing(true)}>
        {words.edit} <kbd>E</kbd>
      </button>
      {editing && <EditIncidentDialog alert={alert} onLeave={() => setEditing(false)} />}
    </>
  );
}

/** What must not be overlooked about the alert as evidence. */
function AlertBanner({ alert }: { alert: Alert }) {
  const { text, pick } = useText();
  const barred = alert.fineable?.value === false;
  if (!barred && !alert.simulated) return null;
  const title = barred ? (alert.simulated ? text.notFineable : text.notFineableReal) : text.simulated;
  const reasons = barred ? (alert.fineable?.reasons.map(pick) ?? []) : [text.simulatedAlert];
  return (
    <p className="banner" data-testid="not-fineable" role="note">
      <strong>{title}</strong> {reasons.join(' · ')}
    </p>
  );
}
