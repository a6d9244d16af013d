import { Link } from 'wouter';
import type { Alert } from '../api/types.js';
import { dateOf, percent, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { shownPlate } from '../text/plate.js';
import { useWords } from '../text/words.js';
import { AssigneeChoice } from './assignee-choice.js';
import { lifeWords } from './life-words.js';

/** Where, when and how sure. */
export function AlertFacts({ alert }: { alert: Alert }) {
  const { text, language } = useText();
  const words = useWords(lifeWords);
  const plate = alert.findings[0]?.plate;
  return (
    <section className="card">
      <dl className="facts">
        <dt>{text.camera}</dt>
        <dd>
          <Link href={`/cameras/${alert.cameraId}`}>{alert.cameraName}</Link>
        </dd>
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
        <dt>{text.confidence}</dt>
        <dd>{percent(alert.confidence, language)}</dd>
      </dl>
    </section>
  );
}
