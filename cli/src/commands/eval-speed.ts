import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type SpeedFigures, speedFigures } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import type { Command } from 'commander';
import { readRoadPlane } from '../speed/calibration-file.js';
import { measureSpeeds, readObservations, type TrackObservation } from '../speed/measure-speeds.js';

interface EvalSpeedOptions {
  data: string[];
  drop: string;
  noisePx: string;
  seed: string;
}

/** How observations are spoilt before they are measured. */
interface Spoiling {
  drop: number;
  noisePx: number;
  seed: number;
}

type Placed = TrackObservation & { place: string };

/** Random numbers 0..1, the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function* spoilt(observations: AsyncIterable<Placed>, { drop, noisePx, seed }: Spoiling): AsyncGenerator<Placed> {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for await (const observation of observations) {
    if (random() < drop) continue;
    yield { ...observation, x: observation.x + noisePx * normal(), y: observation.y + noisePx * normal() };
  }
}

function readTruth(file: string): Map<string, number> {
  const truth = new Map<string, number>();
  readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line.trim() === '' || (index === 0 && line.startsWith('track'))) return;
      const [track, speed] = line.split(',');
      const speedKmh = Number(speed);
      if (track === undefined || !speed?.trim() || !Number.isFinite(speedKmh))
        throw new SafecityError('CLI_USAGE', `${file} line ${index + 1} must be track,speedKmh`);
      truth.set(track.trim(), speedKmh);
    });
  return truth;
}

async function evaluate(folder: string, spoiling: Spoiling): Promise<SpeedFigures> {
  const plane = readRoadPlane(join(folder, 'calibration.json'));
  const observations = spoilt(readObservations(join(folder, 'tracks.jsonl')), spoiling);
  const measured = new Map<string, number>();
  for await (const { track, speedKmh } of measureSpeeds(observations, plane, { observations: 0, beyondHorizon: 0, unmeasured: 0 }))
    measured.set(String(track), speedKmh);
  return speedFigures(measured, readTruth(join(folder, 'truth.csv')));
}

function number(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= most) return value;
  throw new SafecityError('CLI_USAGE', `--${name} ${text} must be a number from 0 to ${most}`);
}

const COLUMNS: [string, keyof SpeedFigures, number][] = [
  ['tracks', 'tracks', 0],
  ['missing', 'missing', 0],
  ['mean', 'meanAbsoluteError', 2],
  ['median', 'medianAbsoluteError', 2],
  ['p95', 'p95AbsoluteError', 2],
  ['bias', 'bias', 2],
];

async function evalSpeed(options: EvalSpeedOptions): Promise<void> {
  const spoiling = {
    drop: number('drop', options.drop, 0.95),
    noisePx: number('noise-px', options.noisePx, 1000),
    seed: number('seed', options.seed, 2 ** 32 - 1),
  };
  const rows: ({ session: string } & SpeedFigures)[] = [];
  for (const folder of options.data) rows.push({ session: basename(resolve(folder)), ...(await evaluate(folder, spoiling)) });
  const width = Math.max(...rows.map(({ session }) => session.length));
  process.stderr.write('absolute error in km/h\n');
  process.stderr.write(`${''.padEnd(width)}${COLUMNS.map(([title]) => title.padStart(9)).join('')}\n`);
  for (const row of rows)
    process.stderr.write(
      `${row.session.padEnd(width)}${COLUMNS.map(([, key, digits]) => row[key].toFixed(digits).padStart(9)).join('')}\n`,
    );
  process.stdout.write(`${JSON.stringify({ ...spoiling, sessions: rows })}\n`);
}

/** `safecity eval speed`, below `safecity eval`. */
export function registerEvalSpeed(evalCommand: Command): void {
  evalCommand
    .command('speed')
    .description('speeds past a calibrated camera against light gates; a table on standard error, the same as JSON on standard output')
    .requiredOption('--data <dirs...>', 'folders with calibration.json, tracks.jsonl and truth.csv (track,speedKmh)')
    .option('--drop <share>', 'leave out this share of the observations, by chance', '0')
    .option('--noise-px <px>', 'add normal noise of this standard deviation to x and y', '0')
    .option('--seed <n>', 'of the chance', '1')
    .action(evalSpeed);
}
