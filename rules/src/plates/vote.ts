import type { Plate } from './understand.js';

/** A plate as all readings of one vehicle together say. */
export interface VotedPlate extends Omit<Plate, 'boxPx' | 'characterHeightPx'> {
  /** Readings that say exactly this, and readings in all. */
  agreeing: number;
  readings: number;
}

/** Characters of this height in pixels or more are read as well as they ever will be. */
const FULL_SIZE_PX = 24;
/** Weight of readings without a known format beside those with one. */
const UNKNOWN_WEIGHT = 0.2;
/** Share of the weight that the elected characters must have together (geometric mean); below, the plate is unread. */
const LEAST_SHARE = 0.5;

const weightOf = ({ score, valid, characterHeightPx }: Plate): number =>
  score * Math.min(1, characterHeightPx / FULL_SIZE_PX) * (valid ? 1 : UNKNOWN_WEIGHT);

interface Group {
  plates: Plate[];
  weight: number;
}

/** Readings of one length can be voted on place by place; the length itself is elected first. */
function strongestGroup(plates: readonly Plate[]): Group | undefined {
  const groups = new Map<string, Group>();
  for (const plate of plates) {
    const key = `${plate.text.length}/${plate.format ?? ''}/${plate.country ?? ''}`;
    const group = groups.get(key) ?? { plates: [], weight: 0 };
    group.plates.push(plate);
    group.weight += weightOf(plate);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.weight - a.weight)[0];
}

function electedAt(plates: readonly Plate[], place: number): { character: string; share: number; score: number } {
  const votes = new Map<string, { weight: number; score: number }>();
  let total = 0;
  for (const plate of plates) {
    const character = plate.text[place] as string;
    const score = plate.characterScores[place] ?? plate.score;
    const weight = weightOf(plate) * score;
    const vote = votes.get(character) ?? { weight: 0, score: 0 };
    votes.set(character, { weight: vote.weight + weight, score: Math.max(vote.score, score) });
    total += weight;
  }
  const [character, { weight, score }] = [...votes].sort((a, b) => b[1].weight - a[1].weight)[0] as [
    string,
    { weight: number; score: number },
  ];
  return { character, share: total === 0 ? 0 : weight / total, score };
}

/**
 * One plate from all readings of a vehicle: place by place, each reading weighted by its score and the size of its
 * characters. Undefined, the plate is unread, when there is no reading or they contradict each other.
 */
export function votePlate(plates: readonly Plate[]): VotedPlate | undefined {
  const group = strongestGroup(plates);
  if (!group || group.weight === 0) return undefined;
  const length = (group.plates[0] as Plate).text.length;
  const places = Array.from({ length }, (_, place) => electedAt(group.plates, place));
  const text = places.map(({ character }) => character).join('');
  const share = Math.exp(places.reduce((sum, place) => sum + Math.log(Math.max(1e-9, place.share)), 0) / length);
  if (share < LEAST_SHARE) return undefined;
  const agreeing = plates.filter((plate) => plate.text === text);
  const model = (agreeing.length > 0 ? agreeing : group.plates).reduce((best, plate) => (weightOf(plate) > weightOf(best) ? plate : best));
  const { boxPx: _box, characterHeightPx: _height, ...facts } = model;
  const mean = group.plates.reduce((sum, plate) => sum + plate.score * weightOf(plate), 0) / group.weight;
  return {
    ...facts,
    text,
    score: mean * share,
    characterScores: places.map((place) => place.score * place.share),
    agreeing: agreeing.length,
    readings: plates.length,
  };
}
