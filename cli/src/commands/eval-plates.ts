import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CalibrationBin, type PlateFigures, type PlateResult, type PlateTruth, plateCalibration, plateFigures } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import type { Command } from 'commander';

interface EvalPlatesOptions {
  truth: string;
  results: string;
}

const CALIBRATION_EDGES = [0, 0.5, 0.8, 0.9, 0.95, 1];

function linesOf(path: string): string[] {
  if (!existsSync(path)) throw new SafecityError('CLI_USAGE', `${path} does not exist`);
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Reads `labels.csv`: columns `file` and `text`, and `rows` where plates of one and two rows are told apart. */
function readTruth(given: string): PlateTruth[] {
  const path = existsSync(join(given, 'labels.csv')) ? join(given, 'labels.csv') : given;
  const [head = '', ...lines] = linesOf(path);
  const columns = head.split(',');
  const [file, text, rows] = ['file', 'text', 'rows'].map((name) => columns.indexOf(name)) as [number, number, number];
  if (file < 0 || text < 0) throw new SafecityError('CLI_USAGE', `${path} has the columns ${head}: it needs file and text`);
  return lines.map((line) => {
    const cells = line.split(',');
    const group = rows < 0 ? undefined : cells[rows];
    return {
      file: cells[file] ?? '',
      text: cells[text] ?? '',
      ...(group === undefined ? {} : { group: `${group} row${group === '1' ? '' : 's'}` }),
    };
  });
}

function readResults(path: string): PlateResult[] {
  return linesOf(path).map((line, index) => {
    try {
      const value = JSON.parse(line) as PlateResult;
      if (typeof value.image === 'string' && Array.isArray(value.plates)) return value;
    } catch {
      // Told below, with the line's number.
    }
    throw new SafecityError('CLI_USAGE', `${path} line ${index + 1} is no result of "safecity plates"`);
  });
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

function table(groups: readonly (PlateFigures & { group: string })[]): string {
  const lines = groups.map(
    (one) =>
      `${one.group.padEnd(8)} ${String(one.pictures).padStart(5)} pictures  exact ${percent(one.exact)} (${one.exactInterval.map(percent).join(' to ')})  any ${percent(one.any)}  ` +
      `characters wrong per plate ${one.wrongCharacters.toFixed(2)}  error ${one.characterError.toFixed(3)}  unread ${one.unread}  false ${one.falseReadings}`,
  );
  return `${lines.join('\n')}\n`;
}

function calibrationTable(bins: readonly CalibrationBin[]): string {
  const lines = bins
    .filter(({ readings }) => readings > 0)
    .map(({ from, to, readings, meanScore, right, interval }) => {
      const share = `${percent(right / readings)} right (${interval.map(percent).join(' to ')})`;
      return `score ${from} to ${to}: ${readings} readings, mean score ${meanScore.toFixed(3)}, ${share}`;
    });
  return `${lines.join('\n')}\n`;
}

function wrongOnes(truths: readonly PlateTruth[], results: readonly PlateResult[]): object[] {
  const byImage = new Map(results.map((result) => [result.image, result.plates]));
  return truths.flatMap(({ file, text }) => {
    const readings = (byImage.get(file) ?? []).map((plate) => plate.text);
    return readings[0] === text ? [] : [{ file, truth: text, readings }];
  });
}

function evalPlates(options: EvalPlatesOptions): void {
  const truths = readTruth(options.truth);
  const results = readResults(options.results);
  const names = [...new Set(truths.flatMap(({ group }) => group ?? []))].sort();
  const groups = [
    ...names.map((group) => ({
      group,
      ...plateFigures(
        truths.filter((truth) => truth.group === group),
        results,
      ),
    })),
    { group: 'all', ...plateFigures(truths, results) },
  ];
  const calibration = plateCalibration(truths, results, CALIBRATION_EDGES);
  process.stderr.write(table(groups) + calibrationTable(calibration));
  process.stdout.write(`${JSON.stringify({ groups, calibration, wrong: wrongOnes(truths, results) })}\n`);
}

export function registerEvalPlates(evaluate: Command): void {
  evaluate
    .command('plates')
    .description('plates: exact and any match, characters wrong, false readings, calibration')
    .requiredOption('--truth <path>', 'labels.csv with the columns file and text (and rows), or its folder')
    .requiredOption('--results <file>', 'JSON lines of "safecity plates"')
    .action(evalPlates);
}
