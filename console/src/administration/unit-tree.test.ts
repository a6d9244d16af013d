import { expect, it } from 'vitest';
import type { Unit } from '../api/types.js';
import { isOpen, treeOf } from './unit-tree.js';

const unit = (id: string, parentId: string | null, changes: Partial<Unit> = {}): Unit => ({
  ...{ id, parentId, name: { vi: id, en: id }, validFromMs: 0, validUntilMs: null, successorIds: [] },
  ...changes,
});

it('each unit follows its parent; one whose parent is out of reach stands at the top', () => {
  const units = [unit('ward-b', 'city'), unit('block', 'ward-a'), unit('city', 'province'), unit('ward-a', 'city')];
  expect(treeOf(units, 'vi').map(({ id, depth }) => [id, depth])).toEqual([
    ['city', 0],
    ['ward-a', 1],
    ['block', 2],
    ['ward-b', 1],
  ]);
});

it.each([
  [null, true],
  [101, true],
  [100, false],
])('a unit valid until %s is open at 100: %s', (validUntilMs, expected) => {
  expect(isOpen(unit('x', null, { validUntilMs }), 100)).toBe(expected);
});
