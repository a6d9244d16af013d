import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Drill } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';

const EVERY_MS = 60_000;
const NONE: Drill[] = [];

/** Every drill that concerns the own units, over or not. */
export function useAllDrills() {
  return useQuery({
    queryKey: ['drills'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/drills'))).drills,
    refetchInterval: EVERY_MS,
  });
}

/** True while a drill lasts. */
export function lasts({ fromMs, untilMs }: Pick<Drill, 'fromMs' | 'untilMs'>, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/** The drills that last now: they begin and end on this screen to the second. */
export function useDrillsNow(): Drill[] {
  const { data = NONE } = useAllDrills();
  const nowMs = useNowMs();
  return data.filter((drill) => lasts(drill, nowMs));
}
