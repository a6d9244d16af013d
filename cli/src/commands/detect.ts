import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { SafecityError, TILE_LAYOUTS, type TileLayout } from '@safecity/contracts';
import { decodedSize, decodeFile, fitPicture, probeVideo, selectBoxes, type Tiling, tilingOf, type VideoFacts } from '@safecity/ingest';
import type { Command } from 'commander';
import { cutShort } from '../file-end.js';
import { type InferredFrame, inferInOrder } from '../infer-in-order.js';
import { type LocalInference, serveLocally } from '../local-inference.js';
import { writeLine } from '../output.js';
import { parsePrecision } from '../precision.js';
import { Progress } from '../progress.js';

interface DetectOptions {
  model: string;
  input: string[];
  out?: string;
  minScore?: string;
  size?: string;
  tiles?: string;
  precision?: string;
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

function parseTiles(text: string | undefined): Tiling | null {
  if (text === undefined) return null;
  if ((TILE_LAYOUTS as readonly string[]).includes(text)) return tilingOf({ tiles: text as TileLayout });
  throw new SafecityError('CLI_USAGE', `--tiles ${text} is no layout of tiles: use ${TILE_LAYOUTS.join(' or ')}`);
}

interface LineOptions {
  model: LocalInference['model'];
  tiling: Tiling | null;
  minScore: number;
}

function pictureLine(path: string, index: number, inferred: InferredFrame, { model, tiling, minScore }: LineOptions): object {
  const source = { widthPx: inferred.sourceWidthPx, heightPx: inferred.sourceHeightPx };
  const fit = fitPicture(source, decodedSize(model, tiling));
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
  const tiling = parseTiles(options.tiles);
  const precision = parsePrecision('--precision', options.precision);
  const givenScore = parseScore(options.minScore);
  // Unreadable input is refused before a model is fetched for it.
  const facts = new Map<string, VideoFacts>();
  for (const path of options.input) facts.set(path, await probeVideo(path));
  const inference = await serveLocally(options.model, progress, { ...size, precision });
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out);
  try {
    const { model } = inference;
    const minScore = givenScore ?? model.recommendedMinScore.default;
    const damages: string[] = [];
    for (const [done, path] of options.input.entries()) {
      let index = 0;
      let lastPtsMs = 0;
      const frames = decodeFile({ path, ...decodedSize(model, tiling), targetFps: EVERY_PICTURE_FPS });
      for await (const inferred of inferInOrder(frames, inference, { tiling, minScore, keep: model.classes })) {
        await writeLine(out, pictureLine(path, index++, inferred, { model, tiling, minScore }));
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
    .option('--precision <p>', 'weights and arithmetic of the model: fp32 (default) or fp16')
    .option('--tiles <layout>', `cut each picture into ${TILE_LAYOUTS.join(' or ')} tiles (columns x rows) for far views`)
    .action(detect);
}
