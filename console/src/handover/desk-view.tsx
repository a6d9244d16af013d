import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { StateChip, useTypeName } from '../alerts/alert-title.js';
import { SeverityIcon } from '../alerts/severity.js';
import type { Desk } from '../api/types.js';
import { useFlagLine } from '../flags/flag-mark.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { handoverWords } from './handover-words.js';

/** What is open on a desk, or was when it was signed. */
export function DeskView({ desk }: { desk: Desk }) {
  const words = useWords(handoverWords);
  const { text, language } = useText();
  const flagLine = useFlagLine();
  const at = (ms: number) => `${dateOf(ms, language)} ${timeOfDay(ms, language)}`;
  return (
    <>
      <OpenAlerts desk={desk} />
      <div className="desk-columns">
        <Lines title={words.flags} rows={desk.flags.map((flag) => [flag.id, flag.cameraName, Object.values(flagLine(flag)).join(' · ')])} />
        <Lines
          title={words.cameras}
          rows={desk.cameras.map(({ id, name, state, troubles }) => [
            id,
            name,
            [
              state === null ? words.unknown : words.cameraState[state],
              ...troubles.map((kind) => (text.cameraTrouble as Record<string, string>)[kind] ?? kind),
            ].join(' · '),
          ])}
        />
        <Lines
          title={words.suppressions}
          rows={desk.suppressions.map(({ id, cameraName, ruleName, untilMs, createdBy }) => [
            id,
            cameraName,
            `${ruleName} · ${createdBy} · ${words.until(at(untilMs))}`,
          ])}
        />
        <Lines title={words.drills} rows={desk.drills.map(({ name, untilMs }) => [name, name, words.until(at(untilMs))])} />
      </div>
    </>
  );
}

function OpenAlerts({ desk }: { desk: Desk }) {
  const words = useWords(handoverWords);
  const { text, language, pick } = useText();
  const typeName = useTypeName();
  return (
    <section className="card">
      <h2>
        {words.alerts} <span className="count">{desk.alerts.length}</span>
      </h2>
      {desk.alerts.length === 0 ? (
        <p className="hint">{words.noAlerts}</p>
      ) : (
        <table className="desk-table">
          <thead>
            <tr>
              {[text.kind.incident, words.where, words.since, words.state, words.owner].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {desk.alerts.map((alert) => (
              <tr key={alert.id} className={`severity-${alert.severity}`} data-testid={`open-${alert.id}`}>
                <th scope="row">
                  <SeverityIcon severity={alert.severity} /> <Link href={`/alerts/${alert.id}`}>{typeName(alert.type)}</Link>
                  <small className="hint desk-why">{pick(alert.text)}</small>
                </th>
                <td>{alert.cameraName ?? alert.place}</td>
                <td>
                  {dateOf(alert.raisedAtMs, language)} {timeOfDay(alert.raisedAtMs, language)}
                </td>
                <td>
                  <StateChip state={alert.state} />
                </td>
                <td>{alert.owner ?? <strong className={desk.unowned.includes(alert.id) ? 'problem' : 'hint'}>{words.noOwner}</strong>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Lines({ title, rows }: { title: string; rows: (readonly [string, ReactNode, string])[] }) {
  const words = useWords(handoverWords);
  return (
    <section className="card">
      <h2>
        {title} <span className="count">{rows.length}</span>
      </h2>
      {rows.length === 0 ? (
        <p className="hint">{words.none}</p>
      ) : (
        <ul className="lines">
          {rows.map(([id, what, more]) => (
            <li key={id}>
              <span>
                <strong>{what}</strong>
                <small>{more}</small>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
