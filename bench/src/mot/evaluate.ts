import { type ClearCounts, clearCounts, mota } from './clear.js';
import { type HotaCounts, hotaCounts, hotaOf } from './hota.js';
import { type IdentityCounts, identityCounts, idf1 } from './identity.js';
import type { ScoredSequence } from './sequence.js';

/** Counts of one sequence, or of several added up. */
export interface MotCounts {
  clear: ClearCounts;
  identity: IdentityCounts;
  hota: HotaCounts;
}

/** Figures of one row of the table; percent, and counts. */
export interface MotFigures {
  mota: number;
  idf1: number;
  hota: number;
  detA: number;
  assA: number;
  idSwitches: number;
  falsePositives: number;
  falseNegatives: number;
  truthBoxes: number;
}

/** Counts of one sequence. */
export function motCounts(sequence: ScoredSequence): MotCounts {
  return { clear: clearCounts(sequence), identity: identityCounts(sequence), hota: hotaCounts(sequence) };
}

function added<T extends Record<keyof T, number | number[]>>(parts: readonly T[]): T {
  const sum = { ...(parts[0] as T) };
  for (const part of parts.slice(1)) {
    for (const key of Object.keys(sum) as (keyof T)[]) {
      const a = sum[key] as number | number[];
      const b = part[key] as number | number[];
      sum[key] = (Array.isArray(a) ? a.map((value, i) => value + ((b as number[])[i] as number)) : a + (b as number)) as T[keyof T];
    }
  }
  return sum;
}

/** Counts of several sequences as if they were one; identities of different sequences are different. At least one. */
export function summedCounts(parts: readonly MotCounts[]): MotCounts {
  return {
    clear: added(parts.map((part) => part.clear)),
    identity: added(parts.map((part) => part.identity)),
    hota: added(parts.map((part) => part.hota)),
  };
}

/** Figures from counts. */
export function motFigures({ clear, identity, hota }: MotCounts): MotFigures {
  return {
    mota: mota(clear),
    idf1: idf1(identity),
    ...hotaOf(hota),
    idSwitches: clear.idSwitches,
    falsePositives: clear.falsePositives,
    falseNegatives: clear.falseNegatives,
    truthBoxes: clear.truePositives + clear.falseNegatives,
  };
}
