import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.js';
import { useRefusal } from '../refusals/refused.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { words } from './words.js';

interface ResultsProps<Page, Row> {
  result: UseInfiniteQueryResult<InfiniteData<Page>>;
  rowsOf: (page: Page) => readonly Row[];
  empty: string;
  files: readonly (readonly [label: string, address: string])[];
  children: (rows: readonly Row[]) => ReactNode;
}

/** What a search found, page after page, with its files; or why there is nothing. */
export function Results<Page, Row>({ result, rowsOf, empty, files, children }: ResultsProps<Page, Row>) {
  const own = useWords(words);
  const { text } = useText();
  const { general } = useRefusal(result.error);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = result;
  if (error) {
    const refused = error instanceof ApiError && error.status === 400;
    return (
      <p className="message message-error" role="alert">
        {general}{' '}
        {!refused && (
          <button type="button" className="button button-small" onClick={() => void refetch()}>
            {text.retry}
          </button>
        )}
      </p>
    );
  }
  if (!data) return <p className="hint">{text.loading}</p>;
  const rows = data.pages.flatMap(rowsOf);
  return (
    <>
      <div className="card-head">
        <span className="hint" role="status" data-testid="found">
          {own.found(rows.length, hasNextPage)}
        </span>
        <span className="buttons">
          {rows.length > 0 &&
            files.map(([label, address]) => (
              <a key={address} className="button button-small" href={address} download>
                {label}
              </a>
            ))}
        </span>
      </div>
      {rows.length === 0 ? <p className="hint search-empty">{empty}</p> : children(rows)}
      {hasNextPage && (
        <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()} data-testid="more">
          {own.more}
        </button>
      )}
    </>
  );
}
