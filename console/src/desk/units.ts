import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Unit } from '../api/types.js';

const NONE: Unit[] = [];

/** The units in which something can be done now; closed ones are left out. */
export function useOpenUnits(): Unit[] {
  const { data } = useQuery({
    queryKey: ['units'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/units'))).units,
    staleTime: 300_000,
  });
  return data?.filter(({ validUntilMs }) => validUntilMs === null) ?? NONE;
}

/**
 * True when `unitId` is `aboveId` or lies below it. A unit that is not among the known ones is above all of them: nobody is
 * told of what lies beside.
 */
export function liesIn(units: readonly Pick<Unit, 'id' | 'parentId'>[], unitId: string, aboveId: string): boolean {
  if (!units.some(({ id }) => id === aboveId)) return true;
  for (let at: string | null | undefined = unitId; at; at = units.find(({ id }) => id === at)?.parentId) if (at === aboveId) return true;
  return false;
}
