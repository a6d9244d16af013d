import type { PlateColour, PlateReading } from '@safecity/contracts';
import { type Alignment, align, type PlacedCharacter } from './align.js';
import { OTHER_COUNTRIES } from './formats/others.js';
import { VIETNAM } from './formats/vietnam.js';
import type { CountryFormats } from './plate-format.js';

/** Formats that can be asked for, by country code. */
export const PLATE_COUNTRIES: readonly CountryFormats[] = [VIETNAM, ...OTHER_COUNTRIES];

/** A plate as it is understood. */
export interface Plate {
  /** Capitals and digits without separators; Đ as D. Repaired where its format left only one choice. */
  text: string;
  /** Exactly what was read, separators included, rows joined by a space. */
  raw: string;
  /** 0..1. */
  score: number;
  /** Of each character of `text`, 0..1. */
  characterScores: number[];
  lines: 1 | 2;
  /** Kind of plate, for example `car`; null when it has no format that is known. */
  format: string | null;
  country: string | null;
  /** It has a known format. */
  valid: boolean;
  /** Characters that the format changed. A repaired plate is never confirmed without a person. */
  repaired: number;
  colour: PlateColour;
  boxPx: PlateReading['boxPx'];
  characterHeightPx: number;
}

export interface UnderstandOptions {
  /** Code of a country, or `any`. */
  country: string;
  /** When the plate was seen, epoch ms: formats not yet or no longer valid then do not count; all count when absent. */
  atMs?: number;
}

/** Mean score per character below which a format is not taken: as it was read, and with anything changed or left out. */
const LEAST_SCORE = 0.45;
const LEAST_CHANGED_SCORE = 0.65;
/** Two readings of one plate whose agreement differs by less are a draw. */
const DRAW = 0.4;
/** A plate without a known format must be read this well (mean, inclusive). */
const UNKNOWN_LEAST_SCORE = 0.85;
const LEAST_UNKNOWN_LENGTH = 5;
const MOST_UNKNOWN_LENGTH = 9;

interface Candidate {
  alignment: Alignment;
  format: string;
  country: string;
}

function placed(reading: PlateReading): PlacedCharacter[] {
  return reading.rows.flatMap((row, index) =>
    row.filter(({ character }) => /[0-9A-Z]/.test(character)).map((character) => ({ ...character, row: index })),
  );
}

function countriesFor({ country }: UnderstandOptions): readonly CountryFormats[] {
  return country === 'any' ? PLATE_COUNTRIES : PLATE_COUNTRIES.filter((known) => known.country === country);
}

function isInForce({ validFrom, validTo }: { validFrom?: string; validTo?: string }, atMs: number | undefined): boolean {
  if (atMs === undefined) return true;
  const day = new Date(atMs).toISOString().slice(0, 10);
  return (validFrom === undefined || day >= validFrom) && (validTo === undefined || day <= validTo);
}

function isAccepted({ ambiguous, fit, text, repaired, dropped }: Alignment): boolean {
  return !ambiguous && Math.exp(fit / text.length) >= (repaired + dropped > 0 ? LEAST_CHANGED_SCORE : LEAST_SCORE);
}

function candidatesOf(characters: readonly PlacedCharacter[], options: UnderstandOptions): Candidate[] {
  return countriesFor(options)
    .flatMap((country) =>
      country.formats
        .filter((format) => isInForce(format, options.atMs))
        .flatMap((format) => {
          const alignment = align(characters, format, country);
          return alignment && isAccepted(alignment) ? [{ alignment, format: format.id, country: country.country }] : [];
        }),
    )
    .sort((a, b) => b.alignment.fit - a.alignment.fit);
}

/** The best candidate, unless another text agrees about as well and neither is what was read. */
function decided(candidates: readonly Candidate[]): Candidate | undefined {
  const [best] = candidates;
  if (!best) return undefined;
  const rival = candidates.find(({ alignment }) => alignment.text !== best.alignment.text);
  const isChanged = best.alignment.repaired + best.alignment.dropped > 0;
  return isChanged && rival && best.alignment.fit - rival.alignment.fit < DRAW ? undefined : best;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function unknownPlate(characters: readonly PlacedCharacter[]): { text: string; scores: number[] } | undefined {
  const text = characters.map(({ character }) => character).join('');
  const scores = characters.map(({ score }) => score);
  const isPlausible =
    text.length >= LEAST_UNKNOWN_LENGTH &&
    text.length <= MOST_UNKNOWN_LENGTH &&
    /[0-9]/.test(text) &&
    /[A-Z]/.test(text) &&
    mean(scores) >= UNKNOWN_LEAST_SCORE;
  return isPlausible ? { text, scores } : undefined;
}

/**
 * Says which plate a reading is, or undefined when it is none: no format fits and it does not even look like one.
 * Characters are repaired only where the format leaves one clear choice; a reading that fits as it is stays as it is.
 */
export function understandPlate(reading: PlateReading, options: UnderstandOptions): Plate | undefined {
  const characters = placed(reading);
  const raw = reading.rows.map((row) => row.map(({ character }) => character).join('')).join(' ');
  const facts = {
    raw,
    lines: reading.rows.length as 1 | 2,
    colour: reading.colour,
    boxPx: reading.boxPx,
    characterHeightPx: reading.characterHeightPx,
  };
  const best = decided(candidatesOf(characters, options));
  if (best) {
    const { alignment, format, country } = best;
    const { text, scores, fit, repaired } = alignment;
    return { ...facts, text, score: Math.exp(fit / text.length), characterScores: scores, format, country, valid: true, repaired };
  }
  // Asked for one country, everything that is not its plate is a sign, a sticker or the clock in the picture.
  const unknown = options.country === 'any' ? unknownPlate(characters) : undefined;
  if (!unknown) return undefined;
  const { text, scores } = unknown;
  return { ...facts, text, score: mean(scores) * 0.5, characterScores: scores, format: null, country: null, valid: false, repaired: 0 };
}

/** Share of the smaller box that two boxes have in common. */
function shared(a: PlateReading['boxPx'], b: PlateReading['boxPx']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: PlateReading['boxPx']) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / Math.max(1e-9, Math.min(area(a), area(b)));
}

const rank = ({ valid, text, score }: Plate): number => (valid ? 100 : 0) + text.length * score;

/** The plates among all readings of a picture, best first; where readings lie over each other the best one is the plate. */
export function choosePlates(readings: readonly PlateReading[], options: UnderstandOptions): Plate[] {
  const plates = readings.flatMap((reading) => understandPlate(reading, options) ?? []).sort((a, b) => rank(b) - rank(a));
  const chosen: Plate[] = [];
  for (const plate of plates) {
    if (chosen.every((other) => shared(plate.boxPx, other.boxPx) < 0.3)) chosen.push(plate);
  }
  return chosen.some(({ valid }) => valid) ? chosen.filter(({ valid }) => valid) : chosen.slice(0, 1);
}
