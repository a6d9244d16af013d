import type { ServerResponse } from 'node:http';

/** Aborted when who asked has gone before the answer was complete, so that nothing more is done for them. */
export function departureOf(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  const left = () => {
    if (!response.writableFinished) leaving.abort();
  };
  if (response.destroyed) left();
  else response.once('close', left);
  return leaving.signal;
}
