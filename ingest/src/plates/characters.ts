import type { PlateCharacter } from '@safecity/contracts';
import { PLATE_CHARACTERS, type RowProbabilities } from './networks.js';

const CLASSES = PLATE_CHARACTERS.length + 1;
const BLANK = 0;
const MOST_ALTERNATIVES = 4;
const LEAST_ALTERNATIVE = 0.001;

function bestClass(probabilities: Float32Array, step: number): { index: number; score: number; other: number } {
  let index = BLANK;
  let score = -1;
  let other = 1;
  for (let column = 0; column < CLASSES; column++) {
    const value = probabilities[step * CLASSES + column] as number;
    other -= value;
    if (value > score) [score, index] = [value, column];
  }
  return { index, score, other };
}

/** Highest probability of each class over the steps of one character. */
function peaks(probabilities: Float32Array, from: number, to: number): Float32Array {
  const best = new Float32Array(CLASSES);
  for (let step = from; step < to; step++) {
    for (let column = 1; column < CLASSES; column++) {
      best[column] = Math.max(best[column] as number, probabilities[step * CLASSES + column] as number);
    }
  }
  return best;
}

function characterOf(best: Float32Array, index: number): PlateCharacter {
  const rounded = (value: number) => Math.round(Math.min(1, value) * 1000) / 1000;
  const alternatives = [...best]
    .map((score, column) => ({ column, score }))
    .filter(({ column, score }) => column > BLANK && column !== index && score >= LEAST_ALTERNATIVE)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_ALTERNATIVES)
    .map(({ column, score }) => ({ character: PLATE_CHARACTERS[column - 1] as string, score: rounded(score) }));
  return { character: PLATE_CHARACTERS[index - 1] as string, score: rounded(best[index] as number), alternatives };
}

/**
 * Reads CTC probabilities along the best path (Graves et al. 2006, section 3.2) and keeps what else each place may hold.
 * A step whose likeliest character is none of a plate's gives nothing.
 */
export function charactersOf({ probabilities, steps }: RowProbabilities): PlateCharacter[] {
  const found: PlateCharacter[] = [];
  let step = 0;
  while (step < steps) {
    const { index, score, other } = bestClass(probabilities, step);
    if (index === BLANK || other > score) {
      step++;
      continue;
    }
    let end = step + 1;
    while (end < steps && bestClass(probabilities, end).index === index) end++;
    found.push(characterOf(peaks(probabilities, step, end), index));
    step = end;
  }
  return found;
}
