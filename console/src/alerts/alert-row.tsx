import { memo } from 'react';
import type { Alert } from '../api/types.js';
import { DrillTag } from '../drills/drill-mark.js';
import { useSession } from '../session/session.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { AlertDuration, AlsoFound, StateChip, useTypeName, whereOf } from './alert-title.js';
import { EscalationSign } from './escalation-sign.js';
import { lifeWords } from './life-words.js';
import { isEscalated } from './next-step.js';
import { SeverityIcon } from './severity.js';
import { listedStill, StillThumb } from './still.js';

function Time({ ms }: { ms: number }) {
  const { language } = useText();
  const nowMs = useNowMs();
  return <time dateTime={new Date(ms).toISOString()}>{moment(ms, nowMs, language)}</time>;
}

/** Who has it in hand, else who has looked at it. */
function Hands({ alert }: { alert: Alert }) {
  const { text } = useText();
  const words = useWords(lifeWords);
  const { username } = useSession().session.user;
  return (
    <>
      {alert.assignee !== null && (
        <span className={alert.assignee === username ? 'alert-hand alert-hand-mine' : 'alert-hand'} data-testid={`hand-${alert.id}`}>
          {alert.assignee === username ? words.mine : words.inHandOf(alert.assignee)}
        </span>
      )}
      {alert.assignee === null && alert.acknowledgedBy && <span>{text.acknowledgedBy(alert.acknowledgedBy)}</span>}
    </>
  );
}

/** One alert of the list. */
export const AlertRow = memo(function AlertRow(props: {
  alert: Alert;
  selected: boolean;
  onSelect: (id: string) => void;
  onOpen: (id: string) => void;
}) {
  const { alert, selected, onSelect, onOpen } = props;
  const { text, pick } = useText();
  const typeName = useTypeName();
  const still = listedStill(alert);
  const expected = (alert.byHand?.moments.length ?? 0) > 0 || alert.findings.some(({ moments }) => moments.length > 0);
  const waiting = expected && alert.evidenceFailed.length === 0;
  return (
    <li>
      <button
        type="button"
        id={`alert-row-${alert.id}`}
        className={`alert-row severity-${alert.severity}${alert.state === 'new' ? ' alert-row-new' : ''}${isEscalated(alert) ? ' alert-row-escalated' : ''}`}
        data-testid={`alert-${alert.id}`}
        data-type={alert.type}
        aria-current={selected}
        onClick={() => (selected ? onOpen(alert.id) : onSelect(alert.id))}
        onDoubleClick={() => onOpen(alert.id)}
      >
        <span className="alert-thumb">
          {still ? (
            <StillThumb still={still} label={typeName(alert.type)} />
          ) : (
            <span className="thumb thumb-empty">{alert.cameraId === null ? '☎' : waiting ? text.pictureComing : text.pictureMissing}</span>
          )}
          {alert.drill && <DrillTag />}
          {alert.simulated && <span className="thumb-tag">{text.simulated}</span>}
        </span>
        <span className="alert-words">
          <span className="alert-line">
            <SeverityIcon severity={alert.severity} />
            <strong>{typeName(alert.type)}</strong>
            {alert.findings.length > 1 && (
              <span className="repeat" title={text.repeatedExplained(alert.findings.length)}>
                {text.repeated(alert.findings.length)}
              </span>
            )}
            <StateChip state={alert.state} testId={`alert-state-${alert.id}`} />
          </span>
          <EscalationSign alert={alert} />
          <span className="alert-line alert-where">
            <Time ms={alert.raisedAtMs} />
            <span className="alert-camera">
              {whereOf(alert)}
              {alert.attached.length > 0 && ` ${text.moreCameras(new Set(alert.attached.map(({ cameraId }) => cameraId)).size)}`}
            </span>
          </span>
          <span className="alert-reason">{pick(alert.reason.text)}</span>
          <AlsoFound alert={alert} />
          <span className="alert-line alert-extra">
            <AlertDuration alert={alert} />
            <Hands alert={alert} />
          </span>
          {alert.dispatches.length > 0 && (
            <span className="alert-sent">→ {alert.dispatches.map(({ destination }) => destination).join(', ')}</span>
          )}
        </span>
      </button>
    </li>
  );
});
