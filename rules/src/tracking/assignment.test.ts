import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/scene.js';
import { assign } from './assignment.js';

function bestByTrying(gains: Float64Array, rows: number, columns: number, row = 0, used = 0): number {
  if (row === rows) return 0;
  let best = bestByTrying(gains, rows, columns, row + 1, used);
  for (let j = 0; j < columns; j++) {
    const gain = gains[row * columns + j] as number;
    if (gain > 0 && !(used & (1 << j))) best = Math.max(best, gain + bestByTrying(gains, rows, columns, row + 1, used | (1 << j)));
  }
  return best;
}

function solve(gains: Float64Array, rows: number, columns: number): { pairs: number[]; total: number } {
  const pairs = new Int32Array(Math.max(1, rows));
  assign(gains, rows, columns, pairs);
  const list = [...pairs.slice(0, rows)];
  return { pairs: list, total: list.reduce((sum, j, i) => sum + (j < 0 ? 0 : (gains[i * columns + j] as number)), 0) };
}

describe('assign', () => {
  it('finds the best sum that trying everything finds', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 600; round++) {
      const rows = Math.floor(random() * 6);
      const columns = Math.floor(random() * 6);
      const gains = Float64Array.from({ length: rows * columns }, () => (random() < 0.35 ? -random() : Math.round(random() * 8) / 8));
      const { pairs, total } = solve(gains, rows, columns);
      expect(total).toBeCloseTo(bestByTrying(gains, rows, columns), 9);
      const used = pairs.filter((j) => j >= 0);
      expect(new Set(used).size).toBe(used.length);
      pairs.forEach((j, i) => {
        if (j >= 0) expect(gains[i * columns + j]).toBeGreaterThan(0);
      });
    }
  });

  it.each([
    { name: 'takes the better sum, not the better first pair', rows: 2, columns: 2, gains: [0.9, 0.8, 0.8, 0.1], pairs: [1, 0] },
    { name: 'leaves alone what gains nothing', rows: 2, columns: 2, gains: [0, -1, 0, 0.5], pairs: [-1, 1] },
    { name: 'more rows than columns', rows: 3, columns: 1, gains: [0.2, 0.7, 0.5], pairs: [-1, 0, -1] },
    { name: 'more columns than rows', rows: 1, columns: 3, gains: [0.2, 0.7, 0.5], pairs: [1] },
    { name: 'nothing to pair with', rows: 2, columns: 0, gains: [], pairs: [-1, -1] },
    { name: 'equal gains are paired all the same', rows: 2, columns: 2, gains: [0.5, 0.5, 0.5, 0.5], pairs: [0, 1] },
  ])('$name', ({ rows, columns, gains, pairs }) => {
    expect(solve(Float64Array.from(gains), rows, columns).pairs).toEqual(pairs);
  });

  it('pairs a crowd of 300 in order', () => {
    const size = 300;
    const gains = Float64Array.from({ length: size * size }, (_, k) => Math.max(0, 1 - Math.abs(Math.floor(k / size) - (k % size)) / 5));
    expect(solve(gains, size, size).total).toBeCloseTo(size, 6);
  });
});
