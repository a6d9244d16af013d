import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { type Picture, type PlateNetworks, readPlates } from '@safecity/ingest';
import { openPlateSession, preparePlateModel } from '@safecity/models';
import { choosePlates, PLATE_COUNTRIES, type Plate } from '@safecity/rules';
import type { Command } from 'commander';
import { writeLine } from '../output.js';
import { Progress } from '../progress.js';
import { readPicture } from '../read-picture.js';

interface PlatesOptions {
  input: string[];
  out?: string;
  country: string;
  crops?: boolean;
}

/** Sides of the picture as the text detector sees it, tried in turn until a plate of a known format is read. */
const CROP_SIDES_PX = [320, 512, 192];
const PICTURE_SIDES_PX = [960, 1408, 640];

function checkCountry(country: string): void {
  const known = ['any', ...PLATE_COUNTRIES.map((one) => one.country)];
  if (!known.includes(country)) throw new SafecityError('CLI_USAGE', `--country ${country} is not known: use one of ${known.join(', ')}`);
}

async function platesIn(picture: Picture, networks: PlateNetworks, { country, crops = false }: PlatesOptions): Promise<Plate[]> {
  let best: Plate[] = [];
  for (const longSidePx of crops ? CROP_SIDES_PX : PICTURE_SIDES_PX) {
    const plates = choosePlates(await readPlates(picture, networks, { crop: crops, longSidePx }), { country });
    if (plates.some(({ valid }) => valid)) return crops ? plates.slice(0, 1) : plates;
    if (best.length === 0) best = plates;
  }
  return crops ? best.slice(0, 1) : best;
}

function shown(plate: Plate): object {
  const { text, score, boxPx, lines, format, valid, raw, country, repaired, colour, characterScores } = plate;
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    text,
    score: rounded(score, 4),
    box: boxPx.map((value) => rounded(value, 1)),
    lines,
    format,
    valid,
    raw,
    country,
    repaired,
    colour,
    characterScores: characterScores.map((value) => rounded(value, 3)),
  };
}

async function plates(options: PlatesOptions): Promise<void> {
  checkCountry(options.country);
  const progress = new Progress();
  const step = { onProgress: (text: string) => progress.step(text) };
  const networks = await openPlateSession(await preparePlateModel('plate-find', step), await preparePlateModel('plate-read', step));
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out);
  const before = process.cpuUsage();
  try {
    for (const [index, path] of options.input.entries()) {
      const picture = await readPicture(path);
      await writeLine(out, { image: basename(path), plates: (await platesIn(picture, networks, options)).map(shown) });
      progress.update(`${index + 1} of ${options.input.length} pictures`, (index + 1) / options.input.length);
    }
    progress.done();
    const { user, system } = process.cpuUsage(before);
    process.stderr.write(`${((user + system) / 1000 / options.input.length).toFixed(0)} ms of CPU per picture\n`);
  } finally {
    if (out !== process.stdout) out.end();
    await networks.close();
  }
}

export function registerPlates(program: Command): void {
  program
    .command('plates')
    .description('pictures → one JSON line per picture with the plates in it, best first; no plates: unread')
    .requiredOption('--input <path...>', 'pictures')
    .option('--out <file>', 'JSON lines; default standard output')
    .option('--country <code>', 'whose formats count: VN, another code, or any', 'any')
    .option('--crops', 'the pictures are plates cut out, with little around them')
    .action(plates);
}
