import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type MotFigures, motCounts, motFigures, parseMotText, parseSequenceInfo, scoredSequence, summedCounts } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import { CameraHealthJudge, decodeFile, fitPicture, type RgbInput, wantedViews } from '@safecity/ingest';
import type { Command } from 'commander';
import { registerEvalColour } from './eval-colour.js';
import { registerEvalDetect } from './eval-detect.js';
import { registerEvalEvents } from './eval-events.js';
import { registerEvalMasking } from './eval-masking.js';
import { registerEvalNoise } from './eval-noise.js';
import { registerEvalPlates } from './eval-plates.js';
import { registerEvalScenarios } from './eval-scenarios.js';
import { registerEvalSpeed } from './eval-speed.js';

interface EvalMotOptions {
  truth: string;
  results: string;
  sequences?: string;
}

interface EvaluatedSequence extends MotFigures {
  sequence: string;
}

function sequenceNames({ truth, sequences }: EvalMotOptions): string[] {
  const found = readdirSync(truth, { withFileTypes: true })
    .filter((entry) => existsSync(join(truth, entry.name, 'gt', 'gt.txt')))
    .map((entry) => entry.name)
    .sort();
  const names = sequences === undefined ? found : sequences.split(',');
  const unknown = names.find((name) => !found.includes(name));
  if (unknown !== undefined) throw new SafecityError('CLI_USAGE', `${truth} has no ${unknown}/gt/gt.txt; it has: ${found.join(', ')}`);
  if (names.length === 0) throw new SafecityError('CLI_USAGE', `${truth} has no sequence: expected <sequence>/gt/gt.txt in it`);
  return names;
}

function countsOf(name: string, options: EvalMotOptions) {
  const resultFile = join(options.results, `${name}.txt`);
  const infoFile = join(options.truth, name, 'seqinfo.ini');
  const truth = parseMotText(readFileSync(join(options.truth, name, 'gt', 'gt.txt'), 'utf8'), `truth of ${name}`);
  const results = parseMotText(readFileSync(resultFile, 'utf8'), resultFile);
  const info = existsSync(infoFile) ? parseSequenceInfo(readFileSync(infoFile, 'utf8')) : undefined;
  const lastFrame = [...truth, ...results].reduce((most, row) => Math.max(most, row.frame), 0);
  return motCounts(scoredSequence(truth, results, info?.frames ?? lastFrame));
}

const COLUMNS: [string, keyof MotFigures, number][] = [
  ['MOTA', 'mota', 2],
  ['IDF1', 'idf1', 2],
  ['HOTA', 'hota', 2],
  ['DetA', 'detA', 2],
  ['AssA', 'assA', 2],
  ['IDs', 'idSwitches', 0],
  ['FP', 'falsePositives', 0],
  ['FN', 'falseNegatives', 0],
  ['GT', 'truthBoxes', 0],
];

function table(rows: readonly EvaluatedSequence[]): string {
  const width = Math.max(...rows.map(({ sequence }) => sequence.length));
  const head = `${''.padEnd(width)}${COLUMNS.map(([title]) => title.padStart(8)).join('')}`;
  const lines = rows.map(
    (row) => `${row.sequence.padEnd(width)}${COLUMNS.map(([, key, digits]) => row[key].toFixed(digits).padStart(8)).join('')}`,
  );
  return `${[head, ...lines].join('\n')}\n`;
}

function evalMot(options: EvalMotOptions): void {
  const counts = sequenceNames(options).map((name) => ({ name, counts: countsOf(name, options) }));
  const rows = counts.map(({ name, counts: one }) => ({ sequence: name, ...motFigures(one) }));
  rows.push({ sequence: 'all', ...motFigures(summedCounts(counts.map(({ counts: one }) => one))) });
  process.stderr.write(table(rows));
  process.stdout.write(`${JSON.stringify({ sequences: rows })}\n`);
}

/** Pictures as an idle camera with a keyframe every 2 s gives them, in the input size of the default model. */
const HEALTH_INPUT = { widthPx: 416, heightPx: 416 };
const HEALTH_STEP_MS = 2000;
const HEALTH_PART_MS = 90_000;

async function healthPictures(path: string): Promise<RgbInput[]> {
  const pictures: RgbInput[] = [];
  for await (const { frame, sourceWidthPx, sourceHeightPx, ptsMs } of decodeFile({ path, ...HEALTH_INPUT, targetFps: 2 })) {
    const fit = fitPicture({ widthPx: sourceWidthPx, heightPx: sourceHeightPx }, HEALTH_INPUT);
    pictures.push({
      rgb: frame,
      inputWidthPx: fit.inputWidthPx,
      pictureWidthPx: fit.pictureWidthPx,
      pictureHeightPx: fit.pictureHeightPx,
      capturedAtMs: ptsMs,
    });
  }
  return pictures;
}

/** Plays the clips one after the other, each over and over for a minute and a half, and tells every change of health. */
async function evalHealth({ input }: { input: string[] }): Promise<void> {
  const judge = new CameraHealthJudge();
  judge.keep(wantedViews({ source: { url: '', transport: 'tcp' }, zones: [], lines: [] }));
  let atMs = 0;
  let told = '';
  for (const path of input) {
    const pictures = await healthPictures(path);
    const startMs = atMs;
    for (let index = 0; atMs < startMs + HEALTH_PART_MS; index++, atMs += HEALTH_STEP_MS) {
      const measures = judge.takePicture({ ...(pictures[index % pictures.length] as RgbInput), capturedAtMs: atMs });
      const troubles = (judge.health?.troubles ?? []).map(({ kind, reason }) => ({ kind, why: reason.text.en }));
      const now = troubles.map(({ kind }) => kind).join();
      if (now === told) continue;
      told = now;
      process.stdout.write(`${JSON.stringify({ clip: basename(path), delayMs: atMs - startMs, troubles, measures })}\n`);
    }
    const cells = judge.reference?.cells.length ?? 0;
    process.stdout.write(`${JSON.stringify({ clip: basename(path), playedMs: HEALTH_PART_MS, referenceCells: cells, troubles: told })}\n`);
  }
}

export function registerEval(program: Command): void {
  const evaluation = program.command('eval').description('our own metrics against ground truth, defined as the public tools define them');
  evaluation
    .command('health')
    .description('camera health over clips played one after the other: every change, with its delay and what was measured')
    .requiredOption('--input <path...>', 'the first is what the camera is used to')
    .action(evalHealth);
  registerEvalColour(evaluation);
  registerEvalDetect(evaluation);
  registerEvalEvents(evaluation);
  registerEvalMasking(evaluation);
  registerEvalNoise(evaluation);
  registerEvalPlates(evaluation);
  evaluation
    .command('mot')
    .description('tracking: CLEAR, identity and HOTA; a table on standard error, the same as JSON on standard output')
    .requiredOption('--truth <dir>', 'sequences as folders with gt/gt.txt and seqinfo.ini (MOTChallenge)')
    .requiredOption('--results <dir>', '<sequence>.txt for each of them')
    .option('--sequences <names>', 'only these, separated by commas')
    .action(evalMot);
  registerEvalScenarios(evaluation);
  registerEvalSpeed(evaluation);
}
