import type { PlateCharacter } from '@safecity/contracts';
import type { CountryFormats, PlateFormat } from './plate-format.js';

/** A character with the row it stands in. */
export interface PlacedCharacter extends PlateCharacter {
  row: number;
}

/** What a format makes of a reading. */
export interface Alignment {
  text: string;
  /** Score of each character of `text`, 0..1. */
  scores: number[];
  /** Natural logarithm of how well format and reading agree; 0 is best. */
  fit: number;
  /** Characters that were changed to suit the format. */
  repaired: number;
  /** Characters that belong to no plate: a seal, an edge, the blue band. */
  dropped: number;
  /** Two characters would suit a changed place about as well. */
  ambiguous: boolean;
}

/** How readers confuse characters: weight of the second when the first was read. Both directions, likeliest first. */
const CONFUSED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '0': { O: 0.06, D: 0.012, Q: 0.006, U: 0.004 },
  O: { '0': 0.1 },
  D: { '0': 0.02 },
  Q: { '0': 0.05 },
  U: { '0': 0.01 },
  '1': { I: 0.06, L: 0.006, T: 0.004 },
  I: { '1': 0.1 },
  L: { '1': 0.01 },
  '2': { Z: 0.05 },
  Z: { '2': 0.08, '7': 0.008 },
  '4': { A: 0.02 },
  A: { '4': 0.02 },
  '5': { S: 0.05 },
  S: { '5': 0.08 },
  '6': { G: 0.04, C: 0.004 },
  G: { '6': 0.05 },
  '8': { B: 0.05 },
  B: { '8': 0.08, '3': 0.004 },
  T: { '7': 0.02, '1': 0.01 },
  '7': { T: 0.02, Z: 0.008 },
};
const LEAST_SCORE = 0.002;
/** A second choice closer than this factor to the first makes a repair ambiguous. */
const CLEAR_LEAD = 2.5;
/** A row that breaks where its format never does. */
const WRONG_BREAK = Math.log(0.03);
const MOST_DROPPED = 2;

interface Choice {
  character: string;
  score: number;
  repaired: boolean;
  ambiguous: boolean;
}

function choose({ character, score, alternatives }: PlateCharacter, allowed: string): Choice | undefined {
  if (allowed.includes(character)) return { character, score: Math.max(score, LEAST_SCORE), repaired: false, ambiguous: false };
  const weights = new Map<string, number>();
  for (const [other, weight] of Object.entries(CONFUSED[character] ?? {})) weights.set(other, weight * score);
  for (const other of alternatives) weights.set(other.character, Math.max(weights.get(other.character) ?? 0, other.score));
  const [first, second] = [...weights].filter(([other]) => allowed.includes(other)).sort((a, b) => b[1] - a[1]);
  if (!first || first[1] < LEAST_SCORE) return undefined;
  return { character: first[0], score: first[1], repaired: true, ambiguous: second !== undefined && second[1] * CLEAR_LEAD > first[1] };
}

/** Cost of leaving a character out: cheap for one that was hardly read, and at the end of a row. */
function dropCost(characters: readonly PlacedCharacter[], at: number): number {
  const { score, row } = characters[at] as PlacedCharacter;
  const atEdge = characters[at - 1]?.row !== row || characters[at + 1]?.row !== row;
  return Math.log(Math.min(0.5, (atEdge ? 0.012 : 0.006) + 0.35 * (1 - score)));
}

const EMPTY: Alignment = { text: '', scores: [], fit: 0, repaired: 0, dropped: 0, ambiguous: false };

/** Best way to read `characters` as a pattern of character sets; undefined when there is none. */
function bestPath(characters: readonly PlacedCharacter[], sets: readonly string[], firstRow: number | undefined): Alignment | undefined {
  const slack = characters.length - sets.length;
  if (slack < 0 || slack > MOST_DROPPED) return undefined;
  let paths: (Alignment | undefined)[] = [EMPTY];
  characters.forEach((character, at) => {
    const next: (Alignment | undefined)[] = [];
    const offer = (place: number, path: Alignment) => {
      if (!next[place] || path.fit > (next[place] as Alignment).fit) next[place] = path;
    };
    paths.forEach((path, place) => {
      if (!path) return;
      if (path.dropped < slack) offer(place, { ...path, fit: path.fit + dropCost(characters, at), dropped: path.dropped + 1 });
      const choice = place < sets.length ? choose(character, sets[place] as string) : undefined;
      if (!choice) return;
      const misplaced = firstRow !== undefined && character.row !== (place < firstRow ? 0 : 1);
      offer(place + 1, {
        text: path.text + choice.character,
        scores: [...path.scores, choice.score],
        fit: path.fit + Math.log(choice.score) + (misplaced ? WRONG_BREAK : 0),
        repaired: path.repaired + (choice.repaired ? 1 : 0),
        dropped: path.dropped,
        ambiguous: path.ambiguous || choice.ambiguous,
      });
    });
    paths = next;
  });
  return paths[sets.length];
}

function hasAreaCode(text: string, pattern: string, { areaCodes }: CountryFormats): boolean {
  const at = pattern.indexOf('##');
  return !areaCodes || at < 0 || at > 1 || areaCodes.has(text.slice(at, at + 2));
}

/** Fits a reading to one format; undefined when the format cannot be meant. */
export function align(characters: readonly PlacedCharacter[], format: PlateFormat, country: CountryFormats): Alignment | undefined {
  const sets = [...format.pattern].map((sign) => country.symbols[sign] ?? sign);
  const isTwoRows = characters.some(({ row }) => row === 1);
  const found = bestPath(characters, sets, isTwoRows ? format.firstRow : undefined);
  return found && hasAreaCode(found.text, format.pattern, country) ? found : undefined;
}
