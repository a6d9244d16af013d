/** Chance that a Poisson variable of mean `mean` is `count` or less. */
function chanceOfAtMost(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let k = 1; k <= count; k++) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

/**
 * The largest mean under which `count` or fewer events still have a chance of 5 %: the one-sided exact 95 % upper bound
 * of a Poisson mean (Garwood 1936).
 */
export function poissonUpperBound(count: number): number {
  let low = count;
  let high = count + 5 * Math.sqrt(count + 1) + 5;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
