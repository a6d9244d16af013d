import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { AuditEntry, AuditFilter } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { dateOf, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { auditWords } from './audit-words.js';
import { Entry, Loaded, PageHead, textOf } from './parts.js';
import { localTime } from './vietnam-time.js';

const PAGE = 100;

/** What people did, for auditors. */
export function AuditPage() {
  const words = useWords(auditWords);
  const [filter, setFilter] = useState<AuditFilter>({});
  const query = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam }) => {
      const older = pageParam === null ? {} : { beforeSeq: pageParam };
      return (await answerOf(api.GET('/api/v1/audit', { params: { query: { ...filter, ...older, limit: PAGE } } }))).entries;
    },
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.seq),
    // Each look is an entry of its own: only who asks for it looks again.
    ...{ refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: Number.POSITIVE_INFINITY },
  });
  const entries = { ...query, data: query.data?.pages.flat() } as Parameters<typeof Loaded<AuditEntry[]>>[0]['query'];
  const csv = new URLSearchParams(Object.entries(filter).map(([key, value]) => [key, String(value)]));
  return (
    <div className="page">
      <PageHead title={words.title} about={words.about}>
        <a className="button" href={`/api/v1/audit-csv?${csv}`} download="audit.csv">
          {words.csv}
        </a>
        <a className="button" href="/api/v1/audit-export" download="audit.jsonl">
          {words.export}
        </a>
      </PageHead>
      <ChainCard />
      <Filters onFilter={setFilter} />
      <Loaded query={entries}>{(list) => <AuditTable entries={list} />}</Loaded>
      {query.hasNextPage && (
        <button type="button" className="button" data-testid="older" disabled={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {words.older}
        </button>
      )}
    </div>
  );
}

function Filters({ onFilter }: { onFilter: (filter: AuditFilter) => void }) {
  const words = useWords(auditWords);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const texts = (['actor', 'action', 'subject'] as const).flatMap((name) => (textOf(fields, name) ? [[name, textOf(fields, name)]] : []));
    const times = (['fromMs', 'toMs'] as const).flatMap((name) => (textOf(fields, name) ? [[name, localTime(textOf(fields, name))]] : []));
    onFilter(Object.fromEntries([...texts, ...times]) as AuditFilter);
  }
  return (
    <form className="filters" onSubmit={submit} onReset={() => onFilter({})}>
      <Entry name="actor" label={words.actor} required={false} />
      <ActionChoice />
      <Entry name="subject" label={words.subject} hint={words.subjectHint} required={false} />
      <Entry name="fromMs" label={words.from} type="datetime-local" required={false} />
      <Entry name="toMs" label={words.to} type="datetime-local" required={false} />
      <div className="buttons">
        <button type="submit" className="button" data-testid="audit-filter">
          {words.filter}
        </button>
        <button type="reset" className="button">
          {words.clear}
        </button>
      </div>
    </form>
  );
}

function ActionChoice() {
  const words = useWords(auditWords);
  const { data } = useQuery({
    queryKey: ['audit-actions'],
    queryFn: () => answerOf(api.GET('/api/v1/audit-actions')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <label className="field">
      {words.action}
      <select name="action" data-testid="field-action">
        <option value="">{words.anyAction}</option>
        {data?.actions.map((action) => (
          <option key={action} value={action}>
            {action}
          </option>
        ))}
      </select>
      <small />
    </label>
  );
}

function AuditTable({ entries }: { entries: AuditEntry[] }) {
  const { language } = useText();
  const words = useWords(auditWords);
  if (entries.length === 0) return <p className="page-note">{words.nothing}</p>;
  return (
    <table className="table" data-testid="audit">
      <thead>
        <tr>
          <th>{words.number}</th>
          <th>{words.time}</th>
          <th>{words.actor}</th>
          <th>{words.action}</th>
          <th>{words.what}</th>
          <th>{words.detail}</th>
          <th>{words.address}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(({ seq, atMs, actor, action, subject, detail, address }) => (
          <tr key={seq}>
            <td>{seq}</td>
            <td className="nowrap">
              {dateOf(atMs, language)} {timeOfDay(atMs, language)}
            </td>
            <td className="code">{actor}</td>
            <td className="code nowrap">{action}</td>
            <td className="code">{subject}</td>
            <td className="code cell-detail">{Object.keys(detail).length > 0 && JSON.stringify(detail)}</td>
            <td className="code nowrap">{address}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Has the server compute the whole chain anew, when asked to. */
function ChainCard() {
  const words = useWords(auditWords);
  const { language } = useText();
  const query = useQuery({ queryKey: ['audit-chain'], queryFn: () => answerOf(api.GET('/api/v1/audit-chain')), enabled: false });
  const verdict = query.data;
  return (
    <section className="card chain" data-testid="chain" data-whole={verdict ? verdict.firstBreak === null : undefined}>
      <button type="button" className="button" data-testid="check-chain" disabled={query.isFetching} onClick={() => void query.refetch()}>
        {query.isFetching ? words.checking : words.check}
      </button>
      <Refused error={query.error} />
      {verdict && (
        <p className={verdict.firstBreak ? 'problem' : 'good'} role="status">
          {verdict.firstBreak ? words.broken(verdict.firstBreak.seq, verdict.firstBreak.problem) : words.whole(verdict.entries)}{' '}
          {verdict.checkedAtMs && timeOfDay(verdict.checkedAtMs, language)}
        </p>
      )}
      {verdict?.head && (
        <p className="hint">
          {words.head}{' '}
          <span className="code">
            {verdict.head.seq}:{verdict.head.hash}
          </span>
        </p>
      )}
    </section>
  );
}
