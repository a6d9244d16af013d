import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { paths } from '../api/schema.generated';
import type { Span } from '../span/span.js';

/** Step of the statistics. */
export type Interval = NonNullable<NonNullable<paths['/api/v1/statistics/counts']['get']['parameters']['query']>['interval']>;

/** What all statistics of the page are about. */
export interface Asked extends Span {
  interval: Interval;
  cameraId?: string;
  simulated?: boolean;
}

type Answer<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { 'application/json': infer Body } } } } }
  ? Body
  : never;
/** Of what went over lines. */
export type LineCounts = Answer<'/api/v1/statistics/counts'>;
export type OutcomeRow = Answer<'/api/v1/statistics/outcomes'>['rows'][number];
export type HandlingRow = Answer<'/api/v1/statistics/handling'>['rows'][number];
export type FalseAlarmRow = Answer<'/api/v1/statistics/false-alarms'>['rows'][number];
export type UptimeRow = Answer<'/api/v1/statistics/uptime'>['rows'][number];

/** One statistic; figures of today change while one looks at them. */
function useStatistic<T>(name: string, asked: Asked, ask: (query: Asked) => Promise<T>): UseQueryResult<T> {
  return useQuery({ queryKey: ['statistics', name, asked], queryFn: () => ask(asked), refetchInterval: 60_000 });
}

/** All statistics of the page. */
export function useStatistics(asked: Asked) {
  const { interval: _interval, ...span } = asked;
  return {
    counts: useStatistic('counts', asked, (query) => answerOf(api.GET('/api/v1/statistics/counts', { params: { query } }))),
    outcomes: useStatistic('outcomes', asked, (query) => answerOf(api.GET('/api/v1/statistics/outcomes', { params: { query } }))),
    handling: useStatistic('handling', asked, () => answerOf(api.GET('/api/v1/statistics/handling', { params: { query: span } }))),
    falseAlarms: useStatistic('false-alarms', asked, () =>
      answerOf(api.GET('/api/v1/statistics/false-alarms', { params: { query: span } })),
    ),
    uptime: useStatistic('uptime', asked, (query) => answerOf(api.GET('/api/v1/statistics/uptime', { params: { query } }))),
  };
}

/** Address of a statistic as a file. */
export function csvAddress(table: string, asked: Asked): string {
  const query = new URLSearchParams({ table });
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, String(value));
  return `/api/v1/statistics-export?${query}`;
}
