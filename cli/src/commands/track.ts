import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { median, motText, parseMotText, parseSequenceInfo, trackMot } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import { DEFAULT_TRACKER_OPTIONS, type TrackerOptions } from '@safecity/rules';
import type { Command } from 'commander';

interface TrackOptions {
  detections: string;
  out: string;
  fps?: string;
  config?: string;
  runs: string;
}

const DEFAULT_FPS = 30;
/** Measuring the rate takes no longer than this, however long the file is, s. */
const LONGEST_MEASURE_S = 1;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new SafecityError('CLI_USAGE', `--${name} ${text} must be a number above 0`);
}

/** The rate asked for, else that of a `seqinfo.ini` beside the detections or in the folder above, else 30. */
function framesPerSecond({ fps, detections }: TrackOptions): number {
  if (fps !== undefined) return positive('fps', fps);
  const folder = dirname(resolve(detections));
  const info = [join(folder, 'seqinfo.ini'), join(folder, '..', 'seqinfo.ini')].find((path) => existsSync(path));
  return (info === undefined ? undefined : parseSequenceInfo(readFileSync(info, 'utf8')).frameRate) ?? DEFAULT_FPS;
}

/** Options that replace the defaults; every key must be one of them and of its type. */
function trackerOptions(path: string | undefined): Partial<TrackerOptions> {
  if (path === undefined) return {};
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    throw new SafecityError('CLI_USAGE', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  checkLike(given, DEFAULT_TRACKER_OPTIONS, path);
  const options = given as Partial<TrackerOptions>;
  return options.noise ? { ...options, noise: { ...DEFAULT_TRACKER_OPTIONS.noise, ...options.noise } } : options;
}

function checkLike(given: unknown, defaults: object, path: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new SafecityError('CLI_USAGE', `${path} must hold a JSON object of tracker options`);
  for (const [key, value] of Object.entries(given)) {
    const known = (defaults as Record<string, unknown>)[key];
    if (known === undefined)
      throw new SafecityError('CLI_USAGE', `${path}: unknown key ${key}; available are ${Object.keys(defaults).join(', ')}`);
    if (typeof known === 'object') checkLike(value, known as object, `${path}, ${key}`);
    else if (typeof value !== typeof known)
      throw new SafecityError('CLI_USAGE', `${path}: ${key} must be a ${typeof known}, not ${JSON.stringify(value)}`);
  }
}

function track(options: TrackOptions): void {
  const rows = parseMotText(readFileSync(options.detections, 'utf8'), options.detections);
  const fps = framesPerSecond(options);
  const config = trackerOptions(options.config);
  const { rows: tracked, frames, seconds } = trackMot(rows, fps, config);
  writeFileSync(options.out, motText(tracked));
  const identities = new Set(tracked.map((row) => row.id)).size;
  process.stderr.write(`${frames} frames at ${fps} fps, ${identities} tracks\n`);
  if (frames === 0) return;
  const times = repeated(() => trackMot(rows, fps, config).seconds, positive('runs', options.runs));
  const rate = (took: number) => Math.round(frames / took).toString();
  const more = `; then ${rate(median(times))} (median of ${times.length} runs; fastest ${rate(Math.min(...times))})`;
  process.stderr.write(
    `tracker alone: ${rate(seconds)} frames/s in the first run, compilation included${times.length === 0 ? '' : more}\n`,
  );
}

/** Time that each further run took, until there were `runs` in all or they took a second together. */
function repeated(run: () => number, runs: number): number[] {
  const times: number[] = [];
  for (let spent = 0; times.length < runs - 1 && spent < LONGEST_MEASURE_S; spent += times.at(-1) as number) times.push(run());
  return times;
}

export function registerTrack(program: Command): void {
  program
    .command('track')
    .description('MOTChallenge detections → tracks, by the tracker of the live service')
    .requiredOption('--detections <file>', 'frame,-1,x,y,w,h,score[,…], one box a line, pixels')
    .requiredOption('--out <file>', 'frame,id,x,y,w,h,score,-1,-1,-1')
    .option('--fps <n>', 'frames a second; default that of a seqinfo.ini beside the file or above it, else 30')
    .option('--config <file>', 'JSON of tracker options that replace the defaults')
    .option('--runs <n>', 'runs; those after the first only measure the rate of a service that has run for a while, for 1 s at most', '20')
    .action(track);
}
