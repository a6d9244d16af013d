import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { StateChip, useTypeName } from '../alerts/alert-title.js';
import { SeverityIcon } from '../alerts/severity.js';
import { listedStill, StillThumb } from '../alerts/still.js';
import { answerOf, api } from '../api/client.js';
import { useCameras } from '../api/queries.js';
import type { Alert, AlertState, FalseAlarmReason, Severity } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { useNowMs } from '../shell/ticking.js';
import { useAddress } from '../span/use-address.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { shownPlate } from '../text/plate.js';
import { useWords } from '../text/words.js';
import { Results } from './results.js';
import { Choice, SearchForm, Typed } from './search-form.js';
import { ALERT_FIELDS, alertQuery, fileAddress } from './search-query.js';
import { words } from './words.js';

const STATES: AlertState[] = ['new', 'acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm'];
const SEVERITIES: Severity[] = ['critical', 'high', 'medium', 'low'];

/** Alerts by everything that is known of them. The search stands in the address. */
export function AlertSearchPage() {
  const text = useWords(words);
  const nowMs = Math.floor(useNowMs() / 60_000) * 60_000;
  const { query, change } = useAddress();
  const asked = alertQuery(query, nowMs);
  const result = useInfiniteQuery({
    queryKey: ['alert-search', asked],
    queryFn: ({ pageParam }) =>
      answerOf(api.GET('/api/v1/alerts', { params: { query: { ...asked, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  return (
    <article className="page search-page" data-testid="alert-search">
      <h1>{text.alertsTitle}</h1>
      <div className="search-columns">
        <SearchForm query={query} nowMs={nowMs} fields={ALERT_FIELDS} change={change}>
          <Conditions query={query} />
        </SearchForm>
        <section className="search-results">
          <Results
            result={result}
            rowsOf={({ alerts }) => alerts}
            empty={text.noAlerts}
            files={[[text.csv, fileAddress('alerts-export', asked)]]}
          >
            {(rows) => (
              <ul className="found-list">
                {rows.map((alert) => (
                  <FoundAlert key={alert.id} alert={alert} />
                ))}
              </ul>
            )}
          </Results>
        </section>
      </div>
    </article>
  );
}

function Conditions({ query }: { query: URLSearchParams }) {
  const own = useWords(words);
  const { text, pick } = useText();
  const may = useMay();
  const { ruleTypes } = useMeta();
  const { cameras } = useCameras();
  const { data: units = [] } = useQuery({ queryKey: ['units'], queryFn: async () => (await answerOf(api.GET('/api/v1/units'))).units });
  const kinds = Object.entries(own.kinds);
  return (
    <>
      <Typed name="text" label={own.text} query={query} hint={own.textHint} />
      {may('plates:read') && <Typed name="plate" label={own.plate} query={query} hint={own.plateHint} />}
      <Choice name="state" label={own.state} query={query} choices={STATES.map((state) => [state, text.state[state]])} />
      <Choice name="kind" label={own.kind} query={query} choices={kinds} />
      <Choice name="type" label={own.type} query={query} choices={ruleTypes.map(({ id, name }) => [id, pick(name)])} />
      <Choice name="severity" label={own.severity} query={query} choices={SEVERITIES.map((one) => [one, text.severity[one]])} />
      <Choice name="camera" label={own.camera} query={query} choices={cameras.map(({ camera }) => [camera.id, camera.name])} />
      {units.length > 1 && <Choice name="unit" label={own.unit} query={query} choices={units.map(({ id, name }) => [id, pick(name)])} />}
      <Typed name="group" label={own.group} query={query} />
      <Choice
        name="reason"
        label={own.reason}
        query={query}
        choices={Object.entries(text.falseAlarmReasons) as [FalseAlarmReason, string][]}
      />
      <Choice name="evidence" label={own.evidence} query={query} choices={Object.entries(own.evidenceChoices)} />
      <Choice name="simulated" label={own.simulated} query={query} choices={Object.entries(own.simulatedChoices)} />
    </>
  );
}

function FoundAlert({ alert }: { alert: Alert }) {
  const { text, language, pick } = useText();
  const own = useWords(words);
  const { classes } = useMeta();
  const typeName = useTypeName();
  const still = listedStill(alert);
  const plates = [...new Set(alert.findings.flatMap(({ plate }) => (plate ? [shownPlate(plate)] : [])))];
  const known = classes.find(({ id }) => alert.findings.some((finding) => finding.class === id));
  return (
    <li>
      <Link href={`/alerts/${alert.id}`} className="found" data-testid={`found-${alert.id}`}>
        <span className="found-thumb">
          {still ? <StillThumb still={still} label={typeName(alert.type)} /> : <span className="thumb thumb-empty">{own.noPicture}</span>}
          {alert.simulated && <span className="thumb-tag">{text.simulated}</span>}
        </span>
        <span className="found-time">
          <time dateTime={new Date(alert.raisedAtMs).toISOString()}>{timeOfDay(alert.raisedAtMs, language)}</time>
          <small>{dateOf(alert.raisedAtMs, language)}</small>
        </span>
        <span className="found-what">
          <span>
            <SeverityIcon severity={alert.severity} /> <strong>{typeName(alert.type)}</strong>
          </span>
          <small>{pick(alert.reason.text)}</small>
        </span>
        <span className="found-where">
          {alert.cameraName}
          <small>{alert.place}</small>
        </span>
        <span className="found-more">
          {plates.length > 0 && <span className="code">{plates.join(', ')}</span>}
          <small>{known && pick(known.name)}</small>
        </span>
        <StateChip state={alert.state} />
      </Link>
    </li>
  );
}
