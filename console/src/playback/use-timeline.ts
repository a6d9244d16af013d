import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import { serverClock } from '../api/server-clock.js';
import type { Timeline } from '../api/types.js';
import type { TimeView } from './timeline-scale.js';

const STEPS = 600;
/** Fetched beyond both ends of the view, as a share of it, so that a small move shows no emptiness. */
const BESIDE = 0.5;
const EVERY_MS = 5000;
const DAY_MS = 86_400_000;

export async function fetchTimeline(cameraId: string, query: { fromMs: number; toMs: number; steps?: number }): Promise<Timeline> {
  return answerOf(api.GET('/api/v1/cameras/{cameraId}/recording/timeline', { params: { path: { cameraId }, query } }));
}

/** The stretch to fetch for a view: in steps of half its length, so that moving a little asks for nothing. */
function fetchedFor({ fromMs, toMs }: TimeView): { fromMs: number; toMs: number } {
  const lengthMs = toMs - fromMs;
  const gridMs = 2 ** Math.ceil(Math.log2(lengthMs * BESIDE));
  return { fromMs: Math.floor((fromMs - gridMs / 2) / gridMs) * gridMs, toMs: Math.ceil((toMs + gridMs / 2) / gridMs) * gridMs };
}

/** The timeline about a view; asked for again while the present is in it, and with `refresh`. */
export function useTimeline(cameraId: string, view: TimeView): { timeline: Timeline | null; failed: Error | null; refresh: () => void } {
  const range = fetchedFor(view);
  const { data, error, refetch } = useQuery({
    queryKey: ['timeline', cameraId, range.fromMs, range.toMs],
    queryFn: () => fetchTimeline(cameraId, { ...range, steps: STEPS }),
    placeholderData: (previous, query) => (query?.queryKey[1] === cameraId ? previous : undefined),
    refetchInterval: range.toMs > serverClock.nowMs() ? EVERY_MS : false,
  });
  return { timeline: data ?? null, failed: error, refresh: () => void refetch() };
}

/** When the next alert begins after a moment, or the last one before it; null when there is none within a day. */
export async function alertBeside(cameraId: string, ms: number, by: 1 | -1): Promise<number | null> {
  const query = by > 0 ? { fromMs: ms, toMs: ms + DAY_MS } : { fromMs: ms - DAY_MS, toMs: ms };
  const { alerts } = await fetchTimeline(cameraId, { fromMs: Math.max(0, Math.round(query.fromMs)), toMs: Math.round(query.toMs) });
  const starts = alerts.map(({ startMs }) => startMs).sort((a, b) => a - b);
  return (by > 0 ? starts.find((startMs) => startMs > ms) : starts.findLast((startMs) => startMs < ms)) ?? null;
}
