const FIRST_MS = 300;
const LONGEST_MS = 8000;

/**
 * How long to wait before the n-th try to connect again: doubling from 0.3 s to 8 s, spread over the upper half so
 * that a control room full of workstations does not come back in one instant.
 * @param attempt 0 for the first try after a loss
 * @param random 0..1
 */
export function backOffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(full / 2 + (full / 2) * random);
}
