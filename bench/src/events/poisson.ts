/** Natural logarithm of count!. */
function logFactorial(count: number): number {
  let sum = 0;
  for (let k = 2; k <= count; k++) sum += Math.log(k);
  return sum;
}

/** Chance that a Poisson variable of mean `mean` is `count` or less; summed from its greatest term down, so that none vanishes. */
function chanceOfAtMost(count: number, mean: number): number {
  let term = Math.exp(count * Math.log(mean) - mean - logFactorial(count));
  let sum = term;
  for (let k = count; k > 0 && term > 0; k--) {
    term *= k / mean;
    sum += term;
  }
  return sum;
}

/**
 * The largest mean under which `count` or fewer events still have a chance of 5 %: the one-sided exact 95 % upper bound
 * of a Poisson mean (Garwood 1936).
 */
export function poissonUpperBound(count: number): number {
  let low = Math.max(count, 1e-9);
  let high = count + 5 * Math.sqrt(count + 1) + 5;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
