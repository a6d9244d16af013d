import { invalidRequest } from './failure.js';

/** The longest span that may be asked for, in the unit in which people are told of it. */
export type LongestSpan = { days: number } | { minutes: number };

const inMs = (longest: LongestSpan): number => ('days' in longest ? longest.days * 86_400_000 : longest.minutes * 60_000);

/**
 * Refuses a span that does not end after it begins, or is longer than `longest` (exclusive); without that it may be of any length.
 * @throws SafecityError `API_INVALID` (400)
 */
export function checkSpan({ fromMs, toMs }: { fromMs: number; toMs: number }, longest?: LongestSpan): void {
  if (toMs <= fromMs)
    throw invalidRequest({ path: 'toMs', code: 'after', params: { other: 'fromMs' }, message: 'must be later than fromMs' });
  if (!longest || toMs - fromMs <= inMs(longest)) return;
  const told = 'days' in longest ? `${longest.days} days` : `${longest.minutes} minutes`;
  throw invalidRequest({
    path: 'toMs',
    code: 'span-at-most',
    params: { ...longest },
    message: `must be at most ${told} later than fromMs`,
  });
}
