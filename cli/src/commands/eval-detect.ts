import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { averagePrecision, type ClassPrecision, type ScoredBox, type TrueObject } from '@safecity/bench';
import { CLASS_GROUPS, OBJECT_CLASSES, SafecityError } from '@safecity/contracts';
import type { Command } from 'commander';

interface Options {
  truth: string;
  detections: string;
}

/** Groups that are scored as if they were one class, beside the classes themselves. */
const GROUPS: Record<string, readonly string[]> = {
  'two-wheeler': CLASS_GROUPS['two-wheeler'],
  vehicle: ['car', 'bus', 'truck'],
};

interface DetectLine {
  image: string;
  width: number;
  height: number;
  detections: { class: string; score: number; box: [number, number, number, number] }[];
}

function unreadable(file: string, line: number, wanted: string): SafecityError {
  return new SafecityError('CLI_USAGE', `${file}, line ${line}: expected ${wanted}`);
}

async function readDetections(file: string): Promise<DetectLine[]> {
  const lines: DetectLine[] = [];
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (text.trim() === '') continue;
    try {
      const line = JSON.parse(text) as DetectLine;
      if (typeof line.image !== 'string' || !(line.width > 0) || !(line.height > 0) || !Array.isArray(line.detections))
        throw new TypeError();
      lines.push(line);
    } catch {
      throw unreadable(file, number, 'a line as `safecity detect` writes it');
    }
  }
  return lines;
}

/** Objects of one picture: `class cx cy w h` a line, normalised; a picture without a file has none. */
function readTruth(folder: string, names: string[], { image, width, height }: DetectLine): TrueObject[] {
  const file = join(folder, 'labels', `${basename(image, extname(image))}.txt`);
  if (!existsSync(file)) return [];
  const rows = readFileSync(file, 'utf8').split('\n');
  return rows.flatMap((row, index) => {
    if (row.trim() === '') return [];
    const [id, cx, cy, w, h] = row.trim().split(/\s+/).map(Number) as [number, number, number, number, number];
    const name = names[id];
    if (name === undefined || ![cx, cy, w, h].every(Number.isFinite)) throw unreadable(file, index + 1, 'class cx cy w h');
    return [
      { image, class: name, box: [(cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height] as const },
    ];
  });
}

function table(rows: readonly ClassPrecision[]): string {
  const head = `${'class'.padEnd(14)}objects    AP50      AP  recall50`;
  const percent = (share: number) => (share * 100).toFixed(1);
  return [
    head,
    ...rows.map(
      (row) =>
        `${row.class.padEnd(14)}${String(row.objects).padStart(7)}${percent(row.ap50).padStart(8)}${percent(row.ap).padStart(8)}${percent(row.recall50).padStart(10)}`,
    ),
  ].join('\n');
}

async function evalDetect(options: Options): Promise<void> {
  const lines = await readDetections(options.detections);
  const names = readFileSync(join(options.truth, 'classes.txt'), 'utf8')
    .split('\n')
    .map((name) => name.trim());
  const truth = lines.flatMap((line) => readTruth(options.truth, names, line));
  const found: ScoredBox[] = lines.flatMap(({ image, detections }) => detections.map((detection) => ({ image, ...detection })));
  const scored = (name: string, classes: readonly string[]) =>
    averagePrecision(
      name,
      truth.filter((object) => classes.includes(object.class)),
      found.filter((box) => classes.includes(box.class)),
    );
  const rows = [
    ...OBJECT_CLASSES.map((name) => scored(name, [name])),
    ...Object.entries(GROUPS).map(([name, classes]) => scored(name, classes)),
  ].filter((row) => row !== null);
  if (rows.length === 0)
    throw new SafecityError('CLI_USAGE', `${options.truth}/labels has no object in the ${lines.length} pictures of ${options.detections}`);
  process.stderr.write(`${table(rows)}\n`);
  process.stdout.write(`${JSON.stringify({ pictures: lines.length, classes: rows })}\n`);
}

export function registerEvalDetect(evaluation: Command): void {
  evaluation
    .command('detect')
    .description('average precision of boxes as COCO defines it, per class and for two-wheelers and vehicles')
    .requiredOption('--truth <folder>', 'classes.txt and labels/*.txt with YOLO boxes')
    .requiredOption('--detections <file>', 'what `safecity detect` wrote for the pictures')
    .action(evalDetect);
}
