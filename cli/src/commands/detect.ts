import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { decodeFile, fitPicture, probeVideo, selectBoxes, type VideoFacts } from '@safecity/ingest';
import type { Command } from 'commander';
import { cutShort } from '../file-end.js';
import { type InferredFrame, inferInOrder } from '../infer-in-order.js';
import { type LocalInference, serveLocally } from '../local-inference.js';
import { writeLine } from '../output.js';
import { Progress } from '../progress.js';

interface DetectOptions {
  model: string;
  input: string[];
  out?: string;
  minScore?: string;
  size?: string;
}

/** Every picture of a clip: a rate above that of any camera. */
const EVERY_PICTURE_FPS = 1000;

function parseSize(text: string | undefined): { widthPx: number; heightPx: number } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (!match) throw new SafecityError('CLI_USAGE', `--size ${text} is not a size: use WIDTHxHEIGHT, for example 640x384`);
  return { widthPx: Number(match[1]), heightPx: Number(match[2]) };
}

function parseScore(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const score = Number(text);
  if (score >= 0 && score <= 1) return score;
  throw new SafecityError('CLI_USAGE', `--min-score ${text} is not a score: use a number from 0 to 1`);
}

function pictureLine(path: string, index: number, inferred: InferredFrame, inference: LocalInference, minScore: number): object {
  const { model } = inference;
  const source = { widthPx: inferred.sourceWidthPx, heightPx: inferred.sourceHeightPx };
  const fit = fitPicture(source, model);
  const scale = source.widthPx / fit.pictureWidthPx;
  // Every class that the model knows: the class filter belongs to a camera, and this command has none.
  const boxes = selectBoxes(inferred.boxes, { classes: model.classes, nmsIou: model.nmsIou, minScore, keep: model.classes });
  return {
    image: basename(path),
    frame: index,
    timeMs: Math.round(inferred.ptsMs),
    width: source.widthPx,
    height: source.heightPx,
    detections: boxes.map(({ className, score, box }) => ({
      class: className,
      score: Number(score.toFixed(4)),
      box: box.map((value) => Number((value * scale).toFixed(2))),
    })),
  };
}

async function detect(options: DetectOptions): Promise<void> {
  const progress = new Progress();
  const size = parseSize(options.size);
  const givenScore = parseScore(options.minScore);
  // Unreadable input is refused before a model is fetched for it.
  const facts = new Map<string, VideoFacts>();
  for (const path of options.input) facts.set(path, await probeVideo(path));
  const inference = await serveLocally(options.model, progress, size);
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out);
  try {
    const { widthPx, heightPx, recommendedMinScore } = inference.model;
    const minScore = givenScore ?? recommendedMinScore.default;
    const damages: string[] = [];
    for (const [done, path] of options.input.entries()) {
      let index = 0;
      let lastPtsMs = 0;
      for await (const inferred of inferInOrder(decodeFile({ path, widthPx, heightPx, targetFps: EVERY_PICTURE_FPS }), inference)) {
        await writeLine(out, pictureLine(path, index++, inferred, inference, minScore));
        lastPtsMs = inferred.ptsMs;
        progress.update(`${basename(path)}: ${index} pictures`, done / options.input.length);
      }
      const damage = cutShort(path, facts.get(path) as VideoFacts, lastPtsMs);
      if (damage !== undefined) damages.push(damage);
    }
    progress.done();
    for (const damage of damages) progress.step(damage);
    if (damages.length > 0) process.exitCode = 1;
  } finally {
    if (out !== process.stdout) out.end();
    await inference.close();
  }
}

export function registerDetect(program: Command): void {
  program
    .command('detect')
    .description('pictures or clips → one JSON line per picture, boxes in pixels of the original')
    .requiredOption('--model <id>', 'model of the catalogue')
    .requiredOption('--input <path...>', 'pictures or clips')
    .option('--out <file>', 'JSON lines; default standard output')
    .option('--min-score <s>', 'least score, 0 to 1 (inclusive)')
    .option('--size <WxH>', 'input size of the model, sides multiples of 32')
    .action(detect);
}
