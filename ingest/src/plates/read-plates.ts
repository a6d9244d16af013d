import type { PlateCharacter, PlateReading } from '@safecity/contracts';
import { charactersOf } from './characters.js';
import { findRows, isRowBelow, type TextRow } from './find-rows.js';
import type { PlateNetworks } from './networks.js';
import { boxAround, type Picture, type Quad, quadOfBox, quadSize, rectify } from './picture.js';
import { plateColour } from './plate-colour.js';

export interface ReadPlatesOptions {
  /** The picture is a plate and little else. */
  crop: boolean;
  /** Side of the picture as the text detector sees it. */
  longSidePx: number;
}

const ROW_HEIGHT_PX = 48;
const NARROWEST_ROW_PX = 32;
const WIDEST_ROW_PX = 640;
const ROW_STEP_PX = 8;
/** Smaller characters cannot be told apart. */
const LEAST_ROW_HEIGHT_PX = 7;
/** Rows with more text than this are no plate's. */
const MOST_CHARACTERS = 14;
const FEWEST_CHARACTERS = 2;
/** A picture can be full of text; the rows that look least like text are left out. */
const MOST_ROWS = 24;

interface ReadRow {
  quad: Quad;
  characters: PlateCharacter[];
  picture: Picture;
}

const isSeparator = (character: string): boolean => character === '-' || character === '.' || character === ' ';

async function readRow(picture: Picture, quad: Quad, networks: PlateNetworks): Promise<ReadRow | undefined> {
  const { widthPx, heightPx } = quadSize(quad);
  if (heightPx < LEAST_ROW_HEIGHT_PX || widthPx < heightPx * 0.8) return undefined;
  const wanted = Math.round(((widthPx / heightPx) * ROW_HEIGHT_PX) / ROW_STEP_PX) * ROW_STEP_PX;
  const size = { widthPx: Math.max(NARROWEST_ROW_PX, Math.min(WIDEST_ROW_PX, wanted)), heightPx: ROW_HEIGHT_PX };
  const row = rectify(picture, quad, size);
  const characters = charactersOf(await networks.readRow(row));
  const count = characters.filter(({ character }) => !isSeparator(character)).length;
  return count >= FEWEST_CHARACTERS && count <= MOST_CHARACTERS ? { quad, characters, picture: row } : undefined;
}

function readingOf(rows: readonly ReadRow[]): PlateReading {
  const heights = rows.map(({ quad }) => quadSize(quad).heightPx);
  return {
    boxPx: boxAround(rows.flatMap(({ quad }) => [...quad])),
    rows: rows.map(({ characters }) => characters),
    characterHeightPx: Math.round((heights.reduce((sum, height) => sum + height, 0) / heights.length) * 10) / 10,
    colour: plateColour((rows[0] as ReadRow).picture),
  };
}

/** Rows where a plate that fills the picture has them, for when the detector sees none or one of two. */
function expectedRows({ widthPx, heightPx }: Picture): Quad[][] {
  const whole = (top: number, bottom: number): Quad => quadOfBox([widthPx * 0.02, heightPx * top, widthPx * 0.98, heightPx * bottom]);
  return widthPx > heightPx * 2.6 ? [[whole(0.05, 0.95)]] : [[whole(0.03, 0.52), whole(0.46, 0.97)]];
}

async function readExpected(picture: Picture, networks: PlateNetworks): Promise<PlateReading[]> {
  const readings: PlateReading[] = [];
  for (const quads of expectedRows(picture)) {
    const rows = await Promise.all(quads.map((quad) => readRow(picture, quad, networks)));
    if (rows.every((row) => row !== undefined)) readings.push(readingOf(rows));
  }
  return readings;
}

/**
 * Reads everything in a picture that may be a plate: each row of text, and each two rows that stand as those of a plate.
 * What of it is a plate is for the formats to say.
 */
export async function readPlates(picture: Picture, networks: PlateNetworks, options: ReadPlatesOptions): Promise<PlateReading[]> {
  const found: TextRow[] = (await findRows(picture, networks, options.longSidePx)).slice(0, MOST_ROWS);
  const rows: ReadRow[] = [];
  for (const { quad } of found) {
    const row = await readRow(picture, quad, networks);
    if (row) rows.push(row);
  }
  const pairs = rows.flatMap((upper) =>
    rows.filter((lower) => lower !== upper && isRowBelow(upper.quad, lower.quad)).map((lower) => [upper, lower]),
  );
  const readings = [...pairs, ...rows.map((row) => [row])].map(readingOf);
  return options.crop ? [...readings, ...(await readExpected(picture, networks))] : readings;
}
