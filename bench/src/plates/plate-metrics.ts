/** A picture with the plate that is in it. */
export interface PlateTruth {
  file: string;
  text: string;
  /** Rows of the plate, or another way to part the figures; absent when the labels have none. */
  group?: string;
}

/** What was read in one picture, best first. */
export interface PlateResult {
  image: string;
  plates: readonly { text: string; score: number; valid?: boolean }[];
}

/** Figures over a set of pictures; shares are 0..1. */
export interface PlateFigures {
  pictures: number;
  /** Share of pictures whose best reading is exactly right. */
  exact: number;
  /** Wilson interval of `exact` at 95 %. */
  exactInterval: [number, number];
  /** Share with the truth among the readings. */
  any: number;
  /** Mean of edit distance / longer length; nothing read counts 1. */
  characterError: number;
  /** Mean edit distance of the best reading where there is one: characters wrong per plate. */
  wrongCharacters: number;
  unread: number;
  /** Readings that are not the truth. */
  falseReadings: number;
}

/** Capital letters and digits only; Đ as D. */
export function plainText(text: string): string {
  return text
    .toUpperCase()
    .replaceAll('Đ', 'D')
    .replaceAll(/[^0-9A-Z]/g, '');
}

/** Fewest insertions, deletions and substitutions between two texts (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/** Wilson score interval of `hits` in `count` at 95 % (Wilson 1927). */
export function wilsonInterval(hits: number, count: number): [number, number] {
  if (count === 0) return [0, 1];
  const z = 1.96;
  const share = hits / count;
  const middle = share + (z * z) / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/** Scores readings against truth; a picture without a result counts as unread. */
export function plateFigures(truths: readonly PlateTruth[], results: readonly PlateResult[]): PlateFigures {
  const byImage = new Map(results.map((result) => [result.image, result.plates.map(({ text }) => plainText(text))]));
  const rows = truths.map((truth) => ({ text: plainText(truth.text), readings: byImage.get(truth.file) ?? [] }));
  const read = rows.filter(({ readings }) => readings.length > 0);
  const hits = rows.filter(({ text, readings }) => readings[0] === text).length;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const share = (count: number) => (rows.length === 0 ? 0 : count / rows.length);
  const distances = read.map(({ text, readings: [best = ''] }) => ({
    wrong: editDistance(best, text),
    longer: Math.max(best.length, text.length),
  }));
  return {
    pictures: rows.length,
    exact: share(hits),
    exactInterval: wilsonInterval(hits, rows.length),
    any: share(rows.filter(({ text, readings }) => readings.includes(text)).length),
    characterError: share(sum(distances.map(({ wrong, longer }) => wrong / longer)) + rows.length - read.length),
    wrongCharacters: read.length === 0 ? 0 : sum(distances.map(({ wrong }) => wrong)) / read.length,
    unread: rows.length - read.length,
    falseReadings: sum(rows.map(({ text, readings }) => readings.filter((reading) => reading !== text).length)),
  };
}

/** One bin of a calibration curve. */
export interface CalibrationBin {
  /** Scores of the bin, lower bound inclusive, upper exclusive (the last one inclusive). */
  from: number;
  to: number;
  readings: number;
  meanScore: number;
  right: number;
  /** Share that is right, with its Wilson interval at 95 %. */
  interval: [number, number];
}

/** How often the best reading is right, by its score. */
export function plateCalibration(
  truths: readonly PlateTruth[],
  results: readonly PlateResult[],
  edges: readonly number[],
): CalibrationBin[] {
  const byImage = new Map(results.map((result) => [result.image, result.plates[0]]));
  const scored = truths.flatMap((truth) => {
    const best = byImage.get(truth.file);
    return best ? [{ score: best.score, isRight: plainText(best.text) === plainText(truth.text) }] : [];
  });
  return edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1] as number;
    const isLast = index === edges.length - 2;
    const inside = scored.filter(({ score }) => score >= from && (score < to || (isLast && score <= to)));
    const right = inside.filter(({ isRight }) => isRight).length;
    const meanScore = inside.reduce((total, { score }) => total + score, 0) / Math.max(1, inside.length);
    return { from, to, readings: inside.length, meanScore, right, interval: wilsonInterval(right, inside.length) };
  });
}
