import { Link } from 'wouter';
import type { Alert } from '../api/types.js';
import { incidentWords } from '../incidents/incident-words.js';
import { dateOf, percent, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { shownPlate } from '../text/plate.js';
import { useWords } from '../text/words.js';
import { AssigneeChoice } from './assignee-choice.js';
import { lifeWords } from './life-words.js';

/** Where, when and how sure. */
export function AlertFacts({ alert }: { alert: Alert }) {
  const { text, language } = useText();
  const words = { ...useWords(lifeWords), ...useWords(incidentWords) };
  const plate = alert.findings[0]?.plate;
  return (
    <section className="card">
      <dl className="facts">
        <dt>{text.camera}</dt>
        <dd>{alert.cameraId === null ? words.noCamera : <Link href={`/cameras/${alert.cameraId}`}>{alert.cameraName}</Link>}</dd>
        {alert.place && (
          <>
            <dt>{text.place}</dt>
            <dd>{alert.place}</dd>
          </>
        )}
        <dt>{text.happenedAt}</dt>
        <dd>
          {dateOf(alert.startMs, language)} {timeOfDay(alert.startMs, language)}
          {alert.endMs !== null && alert.endMs - alert.startMs >= 1000 && ` – ${timeOfDay(alert.endMs, language)}`}
        </dd>
        {plate && (
          <>
            <dt>{text.plate}</dt>
            <dd data-testid="alert-plate">
              {plate.text === null ? text.plateUnread : `${shownPlate(plate)} (${percent(plate.confidence, language)})`}
            </dd>
          </>
        )}
        <dt>{words.inHand}</dt>
        <dd>
          <AssigneeChoice alert={alert} />
        </dd>
        {alert.confidence !== null && (
          <>
            <dt>{text.confidence}</dt>
            <dd>{percent(alert.confidence, language)}</dd>
          </>
        )}
        {alert.byHand && (
          <>
            <dt>{words.openedBy}</dt>
            <dd>
              {alert.byHand.openedBy} · {words.sources[alert.byHand.source]}
            </dd>
          </>
        )}
        {alert.byHand?.location && (
          <>
            <dt>{words.coordinates}</dt>
            <dd>
              {alert.byHand.location.latitude}, {alert.byHand.location.longitude}
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
