import { expect, it } from 'vitest';
import { fromLocalInput, toLocalInput } from './local-time.js';

it('reads and writes the time of Viet Nam', () => {
  expect(toLocalInput(Date.UTC(2026, 10, 28, 18, 5))).toBe('2026-11-29T01:05');
  expect(fromLocalInput('2026-11-29T01:05')).toBe(Date.UTC(2026, 10, 28, 18, 5));
  expect(fromLocalInput('')).toBeNull();
});
