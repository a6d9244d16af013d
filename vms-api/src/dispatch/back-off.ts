const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Wait before the next try after `attempts` (1 or more) failed: doubled each time up to 30 s, then spread over its
 * upper half, so that destinations and processes do not try in step.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function backOffMs(attempts: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 10));
  return Math.round(full * (0.5 + random / 2));
}
