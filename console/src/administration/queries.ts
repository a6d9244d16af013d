import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.js';
import type { Destination, Person, Token, Unit } from '../api/types.js';
import { useText } from '../text/language.js';
import { isOpen, treeOf } from './unit-tree.js';

/** Units within reach, closed ones too. */
export const useUnits = (): UseQueryResult<Unit[]> =>
  useQuery({ queryKey: ['units'], queryFn: async () => (await answerOf(api.GET('/api/v1/units'))).units });

/** People who belong to the own units. */
export const usePeople = (): UseQueryResult<Person[]> =>
  useQuery({ queryKey: ['users'], queryFn: async () => (await answerOf(api.GET('/api/v1/users'))).users });

/** Tokens of the own units. */
export const useTokens = (): UseQueryResult<Token[]> =>
  useQuery({ queryKey: ['tokens'], queryFn: async () => (await answerOf(api.GET('/api/v1/tokens'))).tokens });

/** Destinations of the own units. */
export const useDestinations = (): UseQueryResult<Destination[]> =>
  useQuery({ queryKey: ['destinations'], queryFn: async () => (await answerOf(api.GET('/api/v1/destinations'))).destinations });

/** Open units to choose from, indented as a tree, and the name of any. */
export function useUnitChoices(): { options: [id: string, words: string][]; nameOf: (unitId: string) => string } {
  const { language } = useText();
  const units = useUnits().data ?? [];
  const open = treeOf(units, language).filter((unit) => isOpen(unit, Date.now()));
  return {
    options: open.map(({ id, name, depth }) => [id, `${'  '.repeat(depth)}${name[language]}`]),
    nameOf: (unitId) => units.find(({ id }) => id === unitId)?.name[language] ?? unitId,
  };
}
