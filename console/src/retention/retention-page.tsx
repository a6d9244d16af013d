import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { RetentionOverview } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useNowMs } from '../shell/ticking.js';
import { dateOf, moment, number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { RetentionDialog } from './retention-dialog.js';
import { OpenHolds, RetentionRuns } from './retention-record.js';
import { retentionWords } from './retention-words.js';

type Setting = RetentionOverview['classes'][number];

/** How long each kind of data is kept, what is held beyond it, and the proof of what was deleted. */
export function RetentionPage() {
  const { language } = useText();
  const words = useWords(retentionWords);
  const nowMs = useNowMs();
  const { data, isError, refetch } = useQuery({ queryKey: ['retention'], queryFn: () => answerOf(api.GET('/api/v1/retention')) });
  return (
    <article className="page retention-page" data-testid="retention">
      <header className="page-head">
        <div className="page-title">
          <h1>{words.title}</h1>
          <p>{words.intro}</p>
        </div>
        {data && (
          <p>
            <span className="hint">{words.nextRun}</span>{' '}
            <strong>{data.nextRunAtMs <= nowMs ? words.dueNow : moment(data.nextRunAtMs, nowMs, language)}</strong>
          </p>
        )}
      </header>
      {isError && (
        <p className="message message-error" role="alert">
          {words.failed}{' '}
          <button type="button" className="button button-small" onClick={() => void refetch()}>
            {words.retry}
          </button>
        </p>
      )}
      {data && <Classes overview={data} />}
      <OpenHolds />
      <RetentionRuns fingerprint={data?.keyFingerprint ?? ''} />
    </article>
  );
}

function Classes({ overview }: { overview: RetentionOverview }) {
  const words = useWords(retentionWords);
  const client = useQueryClient();
  const [changing, setChanging] = useState<Setting | null>(null);
  const { data } = useQuery({
    queryKey: ['retention', 'preview'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/retention/preview'))).classes,
  });
  const done = async () => {
    setChanging(null);
    await client.invalidateQueries({ queryKey: ['retention'] });
  };
  const { columns } = words;
  return (
    <section className="card">
      <h2>{words.classes}</h2>
      <table className="retention-table">
        <thead>
          <tr>
            {[columns.class, columns.days, columns.limits, columns.would, columns.changed, ''].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {overview.classes.map((setting) => (
            <ClassRow
              key={setting.class}
              setting={setting}
              would={data?.find((item) => item.class === setting.class) ?? null}
              onChange={() => setChanging(setting)}
            />
          ))}
        </tbody>
      </table>
      <ul className="retention-kept">
        {overview.kept.map((id) => (
          <li key={id}>{words.kept[id]}</li>
        ))}
      </ul>
      {changing && <RetentionDialog setting={changing} onLeave={() => setChanging(null)} onDone={() => void done()} />}
    </section>
  );
}

function ClassRow(props: { setting: Setting; would: { items: number; oldestMs: number | null } | null; onChange: () => void }) {
  const { language } = useText();
  const words = useWords(retentionWords);
  const mayChange = useMay()('retention:write');
  const { setting, would } = props;
  const count = (value: number) => number(value, language, 0);
  return (
    <tr data-class={setting.class}>
      <th scope="row">{words.class[setting.class]}</th>
      <td>
        <strong>{words.days(count(setting.days))}</strong>
        {setting.days !== setting.defaultDays && <small> {words.defaultDays(count(setting.defaultDays))}</small>}
      </td>
      <td>
        {count(setting.minDays)}–{count(setting.maxDays)}
      </td>
      <td>{would === null ? '…' : would.items === 0 ? words.nothing : count(would.items)}</td>
      <td>
        {setting.changedBy !== null && setting.changedAtMs !== null && `${setting.changedBy}, ${dateOf(setting.changedAtMs, language)}`}
      </td>
      <td>
        {mayChange && (
          <button type="button" className="button button-small" data-testid={`change-${setting.class}`} onClick={props.onChange}>
            {words.change}
          </button>
        )}
      </td>
    </tr>
  );
}
