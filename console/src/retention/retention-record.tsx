import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client.js';
import type { RetentionRun } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useNowMs } from '../shell/ticking.js';
import { dateOf, moment, number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { HoldLine } from './hold-card.js';
import { retentionWords } from './retention-words.js';

/** What is kept beyond its time. */
export function OpenHolds() {
  const words = useWords(retentionWords);
  const seesAlerts = useMay()('alerts:read');
  const { data } = useQuery({
    queryKey: ['retention', 'holds'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/retention/holds'))).holds,
  });
  return (
    <section className="card" data-testid="open-holds">
      <h2>
        {words.holds} {data && data.length > 0 && <span className="count">{data.length}</span>}
      </h2>
      {data?.length === 0 && <p className="hint">{words.noHolds}</p>}
      {data?.map((hold) => (
        <div key={hold.holdId} className="retention-hold">
          {seesAlerts ? <Link href={`/alerts/${hold.alertId}`}>{hold.cameraName ?? hold.place}</Link> : (hold.cameraName ?? hold.place)}
          <ul className="lines">
            <HoldLine hold={hold} />
          </ul>
        </div>
      ))}
    </section>
  );
}

/** The signed records of what was deleted, newest first. */
export function RetentionRuns({ fingerprint }: { fingerprint: string }) {
  const words = useWords(retentionWords);
  const { data } = useQuery({
    queryKey: ['retention', 'runs'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/retention/runs'))).runs,
  });
  const { runColumns } = words;
  return (
    <section className="card" data-testid="retention-runs">
      <h2>{words.runs}</h2>
      {data?.length === 0 && <p className="hint">{words.noRuns}</p>}
      {data && data.length > 0 && (
        <table className="retention-table">
          <thead>
            <tr>
              {Object.values(runColumns).map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.map((run) => (
              <RunRow key={run.run} run={run} />
            ))}
          </tbody>
        </table>
      )}
      <p className="hint">
        {words.verify} <code className="code">{fingerprint}</code>
      </p>
    </section>
  );
}

function RunRow({ run }: { run: RetentionRun }) {
  const { language } = useText();
  const words = useWords(retentionWords);
  const nowMs = useNowMs();
  const count = (value: number) => number(value, language, 0);
  const span =
    run.oldestMs !== null && run.newestMs !== null ? `${dateOf(run.oldestMs, language)} – ${dateOf(run.newestMs, language)}` : '–';
  return (
    <tr>
      <td>{run.run}</td>
      <th scope="row">{words.class[run.class]}</th>
      <td>{moment(run.finishedAtMs ?? run.startedAtMs, nowMs, language)}</td>
      <td>
        {count(run.items)}
        {run.files > 0 && ` · ${words.files(count(run.files))}`}
      </td>
      <td>{span}</td>
      <td>
        {run.ledgerSeq === null ? (
          words.running
        ) : (
          <details>
            <summary>{words.ledger(run.ledgerSeq)}</summary>
            <p className="hint">{words.statement}</p>
            <code className="code">{run.statement}</code>
          </details>
        )}
      </td>
    </tr>
  );
}
