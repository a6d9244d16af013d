import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded, PageHead } from '../administration/parts.js';
import { dayOf, startOfDay } from '../administration/vietnam-time.js';
import { answerOf, api } from '../api/client.js';
import type { RejectReason, ReviewStatistics } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { duration } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { leadWords } from './lead-words.js';

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/** What was decided in a span of days, by reviewer, type and reason. */
export function ReviewStatisticsPage() {
  const words = useWords(leadWords);
  const [from, setFrom] = useState(() => dayOf(Date.now() - (WEEK_DAYS - 1) * DAY_MS));
  const [to, setTo] = useState(() => dayOf(Date.now()));
  const query = useQuery({
    queryKey: ['review-statistics', from, to],
    queryFn: () =>
      answerOf(api.GET('/api/v1/review/statistics', { params: { query: { fromMs: startOfDay(from), toMs: startOfDay(to) + DAY_MS } } })),
    enabled: from !== '' && to !== '',
  });
  return (
    <div className="page">
      <PageHead title={words.statistics}>
        <label className="check">
          {words.from} <input type="date" value={from} max={to} onChange={(event) => setFrom(event.target.value)} />
        </label>
        <label className="check">
          {words.to} <input type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
        </label>
      </PageHead>
      <Loaded query={query}>{(statistics) => <Figures statistics={statistics} />}</Loaded>
    </div>
  );
}

function Figures({ statistics }: { statistics: ReviewStatistics }) {
  const words = useWords(leadWords);
  const { text, pick } = useText();
  const { ruleTypes } = useMeta();
  const typeName = (type: string) => {
    const known = ruleTypes.find(({ id }) => id === type);
    return known ? pick(known.name) : type;
  };
  if (statistics.byReviewer.length === 0) return <p className="page-note">{words.noDecisions}</p>;
  const reasons = text.rejectReasons as Partial<Record<string, string>>;
  return (
    <>
      <section className="card">
        <h2>{words.chart}</h2>
        <TypeChart rows={statistics.byType.map((row) => ({ ...row, name: typeName(row.type) }))} />
      </section>
      <ReviewerTable rows={statistics.byReviewer} />
      <div className="two-tables">
        <TypeTable rows={statistics.byType} typeName={typeName} />
        <section className="card">
          <h2>{words.byReason}</h2>
          <table className="table">
            <tbody>
              {statistics.byReason.map(({ reasonCode, count }) => (
                <tr key={reasonCode}>
                  <td>{reasons[reasonCode as RejectReason] ?? reasonCode}</td>
                  <td className="figure">{count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
    </>
  );
}

function ReviewerTable({ rows }: { rows: ReviewStatistics['byReviewer'] }) {
  const words = useWords(leadWords);
  return (
    <section className="card">
      <h2>{words.byReviewer}</h2>
      <table className="table" data-testid="by-reviewer">
        <TallyHead first={words.reviewer} last={words.planted} />
        <tbody>
          {rows.map((row) => (
            <tr key={row.reviewer}>
              <td>{row.reviewer}</td>
              <Tally row={row} />
              <td className={row.plantedMissed > 0 ? 'figure problem' : 'figure'}>
                {row.plantedSeen > 0 ? words.missed(row.plantedMissed, row.plantedSeen) : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function TypeTable({ rows, typeName }: { rows: ReviewStatistics['byType']; typeName: (type: string) => string }) {
  const words = useWords(leadWords);
  return (
    <section className="card">
      <h2>{words.byType}</h2>
      <table className="table">
        <TallyHead first={words.type} />
        <tbody>
          {rows.map((row) => (
            <tr key={row.type}>
              <td>{typeName(row.type)}</td>
              <Tally row={row} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function TallyHead({ first, last }: { first: string; last?: string }) {
  const words = useWords(leadWords);
  return (
    <thead>
      <tr>
        <th>{first}</th>
        <th className="figure">{words.confirmed}</th>
        <th className="figure">{words.rejected}</th>
        <th className="figure">{words.sentBack}</th>
        <th className="figure">{words.median}</th>
        {last && <th className="figure">{last}</th>}
      </tr>
    </thead>
  );
}

function Tally({ row }: { row: Pick<ReviewStatistics['byType'][number], 'confirmed' | 'rejected' | 'sentBack' | 'medianSeconds'> }) {
  const { language } = useText();
  return (
    <>
      <td className="figure">{row.confirmed}</td>
      <td className="figure">{row.rejected}</td>
      <td className="figure">{row.sentBack}</td>
      <td className="figure">{row.medianSeconds === null ? '–' : duration(row.medianSeconds * 1000, language)}</td>
    </>
  );
}

const PARTS = ['confirmed', 'rejected', 'sentBack'] as const;

/** One bar a type, in three parts, all on the scale of the longest; the figures stand in the table below. */
function TypeChart({ rows }: { rows: (ReviewStatistics['byType'][number] & { name: string })[] }) {
  const words = useWords(leadWords);
  const most = Math.max(1, ...rows.map((row) => row.confirmed + row.rejected + row.sentBack));
  return (
    <div className="bars" data-testid="chart">
      {rows.map((row) => (
        <div key={row.type} className="bar-row">
          <span>{row.name}</span>
          <span className="bar">
            {PARTS.map((part) => (
              <span
                key={part}
                className={`bar-${part}`}
                style={{ width: `${(row[part] / most) * 100}%` }}
                title={`${words[part]}: ${row[part]}`}
              />
            ))}
          </span>
        </div>
      ))}
      <p className="bar-legend">
        {PARTS.map((part) => (
          <span key={part}>
            <span className={`bar-key bar-${part}`} /> {words[part]}
          </span>
        ))}
      </p>
    </div>
  );
}
