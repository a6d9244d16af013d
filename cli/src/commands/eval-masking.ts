import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SafecityError } from '@safecity/contracts';
import { startInferenceNode } from '@safecity/inference';
import { prepareModel, preparePlateModel } from '@safecity/models';
import { createInferenceClient, createLogger } from '@safecity/platform';
import { decodePicture, encodeJpeg, findPrivate, hide } from '@safecity/vms-api';
import type { Command } from 'commander';
import { Progress } from '../progress.js';

interface EvalMaskingOptions {
  input: string[];
  out: string;
  model: string;
  faces: boolean;
  plates: boolean;
}

/** The face model is brought by hand: without it the heads of people are what is left. */
async function modelPaths({ model, faces, plates }: EvalMaskingOptions, progress: Progress): Promise<string[]> {
  const onProgress = (text: string) => progress.step(text);
  const paths = [(await prepareModel(model, { onProgress })).path];
  if (plates) paths.push((await preparePlateModel('plate-find', { onProgress })).path);
  if (!faces) return paths;
  try {
    paths.push((await prepareModel('ultraface', { onProgress })).path);
  } catch (error) {
    if (!(error instanceof SafecityError) || error.code !== 'MODELS_SOURCE_MISSING') throw error;
    progress.step(error.message);
  }
  return paths;
}

/** Masks pictures as the API does when they are about nobody, so that every face and plate must be hidden. */
async function evalMasking(options: EvalMaskingOptions): Promise<void> {
  const progress = new Progress();
  const logger = createLogger('safecity');
  logger.level = 'warn';
  const node = startInferenceNode({ modelPaths: await modelPaths(options, progress), logger });
  await node.ready;
  const client = createInferenceClient({ endpoints: node.endpoints(), logger, timeoutMs: 10_000 });
  mkdirSync(options.out, { recursive: true });
  try {
    for (const path of options.input) {
      const startMs = performance.now();
      const picture = await decodePicture(readFileSync(path));
      const { regions, models } = await findPrivate(client, picture, { subjects: [], detectorIds: [options.model] });
      const masked = await encodeJpeg(hide(picture, regions));
      const tookMs = Math.round(performance.now() - startMs);
      const out = `${basename(path, extname(path))}-masked.jpg`;
      writeFileSync(join(options.out, out), masked);
      const counts: Record<string, number> = {};
      for (const { kind } of regions) counts[kind] = (counts[kind] ?? 0) + 1;
      const { widthPx, heightPx } = picture;
      const facts = { image: basename(path), out, widthPx, heightPx, tookMs, ...counts, models: models.map(({ modelId }) => modelId) };
      process.stdout.write(`${JSON.stringify(facts)}\n`);
    }
  } finally {
    await client.close();
    await node.close();
  }
}

export function registerEvalMasking(evaluation: Command): void {
  evaluation
    .command('masking')
    .description(
      'masks pictures as evidence is masked: what was hidden and how long it took, one JSON line per picture; look at the copies',
    )
    .requiredOption('--input <path...>', 'JPEG or PNG pictures')
    .requiredOption('--out <dir>', 'folder for the masked copies')
    .option('--model <id>', 'detector of people and vehicles', 'nanodet-g')
    .option('--no-faces', 'as a node without the face model')
    .option('--no-plates', 'as a node without the plate finder')
    .action(evalMasking);
}
