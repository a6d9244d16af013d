import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Loaded, PageHead } from '../administration/parts.js';
import { answerOf, api } from '../api/client.js';
import type { QueueFilter, ReviewQueue } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { useNowMs } from '../shell/ticking.js';
import { duration } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

const EVERY_MS = 30_000;
const HOUR_MS = 3_600_000;

/** How many violations wait, where, and for how long. */
export function QueuePage() {
  const words = useWords(leadWords);
  const [filter, setFilter] = useState<QueueFilter>({});
  const ask = (query: QueueFilter) => answerOf(api.GET('/api/v1/review/queue', { params: { query } }));
  const { escalated } = filter;
  const all = useQuery({
    queryKey: ['review-queue', { escalated }],
    queryFn: () => ask(escalated ? { escalated } : {}),
    refetchInterval: EVERY_MS,
  });
  const query = useQuery({ queryKey: ['review-queue', filter], queryFn: () => ask(filter), refetchInterval: EVERY_MS });
  return (
    <div className="page">
      <PageHead title={words.queue} about={words.queueAbout} />
      <Filters all={all.data} onFilter={setFilter} />
      <Loaded query={query}>{(queue) => <Counts queue={queue} />}</Loaded>
    </div>
  );
}

function filterOf(form: HTMLFormElement): QueueFilter {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? '');
  const wanted = (['unitId', 'type', 'cameraId'] as const).flatMap((name) => (text(name) ? [[name, text(name)]] : []));
  return {
    ...(Object.fromEntries(wanted) as QueueFilter),
    ...(text('age') ? { minAgeMs: Number(text('age')) * HOUR_MS } : {}),
    ...(text('confidence') ? { minConfidence: Number(text('confidence')) / 100 } : {}),
    ...(fields.get('escalated') === null ? {} : { escalated: true }),
  };
}

/** Choices are what waits without a filter: nothing else could be found. */
function Filters({ all, onFilter }: { all: ReviewQueue | undefined; onFilter: (filter: QueueFilter) => void }) {
  const words = useWords(leadWords);
  const leads = useMay()('review:lead');
  const change = (event: FormEvent<HTMLFormElement>) => onFilter(filterOf(event.currentTarget));
  return (
    <form className="filters" onChange={change} onSubmit={(event) => event.preventDefault()}>
      <Choices name="unitId" label={words.unit} counts={all?.byUnit ?? []} />
      <Choices name="type" label={words.type} counts={all?.byType ?? []} />
      <Choices name="cameraId" label={words.camera} counts={all?.byCamera ?? []} />
      <label className="field">
        {words.minAge}
        <input name="age" type="number" min={0} step={1} />
      </label>
      <label className="field">
        {words.minConfidence}
        <input name="confidence" type="number" min={0} max={100} step={5} />
      </label>
      {leads && (
        <label className="check filter-check">
          <input name="escalated" type="checkbox" /> {words.escalated}
        </label>
      )}
    </form>
  );
}

function useNames(): (count: ReviewQueue['byType'][number]) => string {
  const { pick } = useText();
  const { ruleTypes } = useMeta();
  return ({ id, name }) => {
    const type = ruleTypes.find((known) => known.id === id);
    return type ? pick(type.name) : name;
  };
}

function Choices({ name, label, counts }: { name: string; label: string; counts: ReviewQueue['byType'] }) {
  const words = useWords(leadWords);
  const nameOf = useNames();
  return (
    <label className="field">
      {label}
      <select name={name} data-testid={`queue-${name}`}>
        <option value="">{words.any}</option>
        {counts.map((count) => (
          <option key={count.id} value={count.id}>
            {nameOf(count)} ({count.count})
          </option>
        ))}
      </select>
    </label>
  );
}

function Counts({ queue }: { queue: ReviewQueue }) {
  const words = useWords(leadWords);
  const { language } = useText();
  const nowMs = useNowMs();
  return (
    <>
      <dl className="tiles" data-testid="queue-counts">
        <div>
          <dt>{words.waiting}</dt>
          <dd data-testid="queue-waiting">{queue.waiting}</dd>
        </div>
        <div>
          <dt>{words.held}</dt>
          <dd>{queue.held}</dd>
        </div>
        <div>
          <dt>{words.oldest}</dt>
          <dd>{queue.oldestMs === null ? '–' : duration(nowMs - queue.oldestMs, language)}</dd>
        </div>
      </dl>
      {queue.waiting === 0 && <p className="message">{words.noneWaiting}</p>}
      <div className="two-tables">
        <CountTable title={words.byUnit} counts={queue.byUnit} />
        <CountTable title={words.byType} counts={queue.byType} />
        <CountTable title={words.byCamera} counts={queue.byCamera} />
      </div>
    </>
  );
}

function CountTable({ title, counts }: { title: string; counts: ReviewQueue['byType'] }) {
  const nameOf = useNames();
  if (counts.length === 0) return null;
  return (
    <section className="card">
      <h2>{title}</h2>
      <table className="table">
        <tbody>
          {counts.map((count) => (
            <tr key={count.id}>
              <td>{nameOf(count)}</td>
              <td className="figure">{count.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
