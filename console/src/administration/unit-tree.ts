import type { Unit } from '../api/types.js';

/** A unit with its place in the tree. */
export interface TreeUnit extends Unit {
  /** 0 for a unit whose parent is not shown. */
  depth: number;
}

/** Units in the order of a tree, each after its parent, siblings by name. */
export function treeOf(units: readonly Unit[], language: 'vi' | 'en'): TreeUnit[] {
  const known = new Set(units.map(({ id }) => id));
  const placeOf = ({ parentId }: Unit) => (parentId !== null && known.has(parentId) ? parentId : null);
  const below = (parent: string | null, depth: number): TreeUnit[] =>
    units
      .filter((unit) => placeOf(unit) === parent)
      .toSorted((a, b) => a.name[language].localeCompare(b.name[language], language))
      .flatMap((unit) => [{ ...unit, depth }, ...below(unit.id, depth + 1)]);
  return below(null, 0);
}

/** True while a unit goes on. */
export const isOpen = ({ validUntilMs }: Unit, nowMs: number): boolean => validUntilMs === null || validUntilMs > nowMs;
