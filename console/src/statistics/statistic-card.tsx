import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { type Asked, csvAddress } from './use-statistics.js';
import { words } from './words.js';

interface StatisticCardProps<T> {
  table: string;
  title: string;
  asked: Asked;
  result: UseQueryResult<T>;
  isEmpty: (data: T) => boolean;
  empty: string;
  children: (data: T) => ReactNode;
}

/** One statistic with its file, or why there is nothing to see and what to do. */
export function StatisticCard<T>({ table, title, asked, result, isEmpty, empty, children }: StatisticCardProps<T>) {
  const text = useWords(words);
  return (
    <section className="card statistic" data-testid={`statistic-${table}`}>
      <div className="card-head">
        <h2>{title}</h2>
        <a className="button button-small" href={csvAddress(table, asked)} download data-testid={`csv-${table}`}>
          {text.csv}
        </a>
      </div>
      <Content {...{ result, isEmpty, empty, children }} />
    </section>
  );
}

function Content<T>({ result, isEmpty, empty, children }: Pick<StatisticCardProps<T>, 'result' | 'isEmpty' | 'empty' | 'children'>) {
  const { text } = useText();
  const own = useWords(words);
  const { data, error, refetch } = result;
  if (error) {
    const tooMany = error instanceof ApiError && error.status === 400;
    return (
      <p className="message message-error" role="alert">
        {tooMany ? own.tooMany : own.failed}{' '}
        {!tooMany && (
          <button type="button" className="button button-small" onClick={() => void refetch()}>
            {text.retry}
          </button>
        )}
      </p>
    );
  }
  if (data === undefined) return <p className="hint">{text.loading}</p>;
  return isEmpty(data) ? <p className="hint statistic-empty">{empty}</p> : children(data);
}
