import type { Alert, AlertState } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { useNowMs } from '../shell/ticking.js';
import { coarseDuration, moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { SeverityIcon } from './severity.js';

/** Name of an alert's type in the operator's language. */
export function useTypeName(): (type: string) => string {
  const { pick } = useText();
  const { ruleTypes, incidentTypes } = useMeta();
  return (type) => {
    const known = [...ruleTypes, ...incidentTypes].find(({ id }) => id === type);
    return known ? pick(known.name) : type;
  };
}

/** The camera that sees it, or the place that somebody told. */
export function whereOf({ cameraName, place }: Pick<Alert, 'cameraName' | 'place'>): string {
  return cameraName ?? place ?? '';
}

/** Type, camera and time in one line, to say which alert is meant. */
export function AlertTitle({ alert }: { alert: Alert }) {
  const { language } = useText();
  const typeName = useTypeName();
  const nowMs = useNowMs();
  return (
    <>
      <SeverityIcon severity={alert.severity} /> {typeName(alert.type)} · {whereOf(alert)} · {moment(alert.raisedAtMs, nowMs, language)}
    </>
  );
}

/** What else was found about the same thing, beside what the alert is named after; nothing when that is all. */
export function AlsoFound({ alert }: { alert: Alert }) {
  const { text } = useText();
  const typeName = useTypeName();
  const others = [...new Set(alert.findings.map(({ type }) => type))].filter((type) => type !== alert.type);
  if (others.length === 0) return null;
  return <span className="alert-also">{text.also(others.map(typeName).join(', '))}</span>;
}

/** Where the alert stands, in words. */
export function StateChip({ state, testId }: { state: AlertState; testId?: string }) {
  const { text } = useText();
  return (
    <span className={`chip state-${state}`} data-testid={testId} data-state={state}>
      {text.state[state]}
    </span>
  );
}

/** How long it has been going on, or how long it lasted; nothing for a moment. */
export function AlertDuration({ alert, before }: { alert: Alert; before?: string }) {
  const { text, language } = useText();
  const nowMs = useNowMs();
  const lastedMs = (alert.endMs ?? alert.startMs) - alert.startMs;
  if (!alert.ongoing && lastedMs < 1000) return null;
  const words = alert.ongoing
    ? text.ongoing(coarseDuration(nowMs - alert.startMs, language))
    : text.lasted(coarseDuration(lastedMs, language));
  return (
    <>
      {before}
      <span className={alert.ongoing ? 'ongoing' : undefined}>{words}</span>
    </>
  );
}
