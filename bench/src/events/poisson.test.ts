import { expect, test } from 'vitest';
import { poissonUpperBound } from './poisson.js';

// Half the 95 % quantile of chi-square with 2 (count + 1) degrees of freedom, from printed tables.
test.each([
  [0, 2.9957],
  [1, 4.7439],
  [2, 6.2958],
  [5, 10.513],
  [10, 16.962],
  [100, 118.08],
  [1000, 1053.603],
])('upper bound for %i events: %s', (count, bound) => {
  expect(poissonUpperBound(count)).toBeCloseTo(bound, 2);
});
