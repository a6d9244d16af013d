import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cpuByStage, maskingFigures } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import { clipStill } from '@safecity/fixtures';
import { startInferenceNode } from '@safecity/inference';
import { probeVideo } from '@safecity/ingest';
import { prepareModel, preparePlateModel } from '@safecity/models';
import { createInferenceClient, createLogger, type InferenceClient } from '@safecity/platform';
import { decodePicture, encodeJpeg, findPrivate, hide, maskClip } from '@safecity/vms-api';
import type { Command } from 'commander';
import { clipPaths } from '../clip-paths.js';
import { readMaskLabels } from '../masking/labels-file.js';
import { type LabelledResult, maskLabelled } from '../masking/mask-labelled.js';
import { Progress } from '../progress.js';

interface EvalMaskingOptions {
  input?: string[];
  clip?: string[];
  labels?: string;
  out?: string;
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

function write(out: string, name: string, bytes: Uint8Array): string {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, name), bytes);
  return name;
}

/** Masks pictures as the API does when they are about nobody, so that every face and plate must be hidden. */
async function maskPictures(client: InferenceClient, paths: readonly string[], out: string, model: string): Promise<void> {
  for (const path of paths) {
    const startMs = performance.now();
    const picture = await decodePicture(readFileSync(path));
    const { regions, models } = await findPrivate(client, picture, { subjects: [], detectorIds: [model] });
    const masked = await encodeJpeg(hide(picture, regions));
    const tookMs = Math.round(performance.now() - startMs);
    const copy = write(out, `${basename(path, extname(path))}-masked.jpg`, masked);
    const counts: Record<string, number> = {};
    for (const { kind } of regions) counts[kind] = (counts[kind] ?? 0) + 1;
    const { widthPx, heightPx } = picture;
    const facts = { image: basename(path), out: copy, widthPx, heightPx, tookMs, ...counts, models: models.map(({ modelId }) => modelId) };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
  }
}

/** CPU seconds so far of this process and of all that it has started. */
const cpuSeconds = () => Object.values(cpuByStage({ all: process.pid })).reduce((sum, seconds) => sum + seconds, 0);

/** Masks clips as the API does when they are about nobody. */
async function maskClips(client: InferenceClient, paths: readonly string[], { out = '', model }: EvalMaskingOptions, progress: Progress) {
  for (const path of paths) {
    const { widthPx, heightPx } = await probeVideo(path);
    const [startMs, startCpu] = [performance.now(), cpuSeconds()];
    const { bytes, facts } = await maskClip(client, readFileSync(path), {
      ...{ subjectsAt: () => [], detectorIds: [model], size: { widthPx, heightPx }, signal: new AbortController().signal },
      onProgress: (share) => progress.update(basename(path), share),
    });
    const took = { tookMs: Math.round(performance.now() - startMs), cpuS: Math.round((cpuSeconds() - startCpu) * 10) / 10 };
    const copy = write(out, `${basename(path, extname(path))}-masked.mp4`, bytes);
    const models = facts.models.map(({ modelId }) => modelId);
    process.stdout.write(`${JSON.stringify({ clip: basename(path), out: copy, widthPx, heightPx, ...took, ...facts, models })}\n`);
  }
}

function lineOf({ labels, still, score, models, tookMs }: LabelledResult): object {
  const { clip, atMs, light } = labels;
  const { widthPx, heightPx, others, subject } = still;
  return { clip, atMs, light, widthPx, heightPx, tookMs, others: others.length, subject: subject.length, ...score, models };
}

/** Cuts the labelled stills out of their clips, masks and scores them. */
async function scoreLabelled(client: InferenceClient, options: EvalMaskingOptions, file: string, progress: Progress): Promise<void> {
  const labelled = readMaskLabels(file);
  const clips = [...new Set(labelled.map(({ clip }) => clip))];
  const paths = await clipPaths(clips, progress);
  const results: LabelledResult[] = [];
  for (const labels of labelled) {
    const path = paths.get(labels.clip);
    if (path === undefined) continue;
    const result = await maskLabelled(client, labels, await clipStill(path, labels.atMs), [options.model]);
    results.push(result);
    if (options.out !== undefined)
      write(options.out, `${labels.clip}-${labels.atMs}-masked.jpg`, await encodeJpeg(hide(result.picture, result.regions)));
    process.stdout.write(`${JSON.stringify(lineOf(result))}\n`);
  }
  if (results.length === 0) throw new SafecityError('CLI_USAGE', `${file}: none of its clips is here; set SAFECITY_FOOTAGE_DIR`);
  const inLight = (light: string) => maskingFigures(results.filter(({ labels }) => labels.light === light));
  const missingClips = clips.filter((clip) => !paths.has(clip));
  process.stdout.write(`${JSON.stringify({ missingClips, all: maskingFigures(results), day: inLight('day'), night: inLight('night') })}\n`);
}

async function evalMasking(options: EvalMaskingOptions): Promise<void> {
  const { input, labels, clip, out } = options;
  if ([input, labels, clip].filter((one) => one !== undefined).length !== 1)
    throw new SafecityError('CLI_USAGE', 'give pictures (--input), clips (--clip) or labels (--labels)');
  if (labels === undefined && out === undefined)
    throw new SafecityError('CLI_USAGE', '--input and --clip need --out, the folder for the copies');
  const progress = new Progress();
  const logger = createLogger('safecity');
  logger.level = 'warn';
  const node = startInferenceNode({ modelPaths: await modelPaths(options, progress), logger });
  await node.ready;
  const client = createInferenceClient({ endpoints: node.endpoints(), logger, timeoutMs: 10_000 });
  try {
    if (input !== undefined && out !== undefined) await maskPictures(client, input, out, options.model);
    if (clip !== undefined) await maskClips(client, clip, options, progress);
    if (labels !== undefined) await scoreLabelled(client, options, labels, progress);
  } finally {
    await client.close();
    await node.close();
  }
}

export function registerEvalMasking(evaluation: Command): void {
  evaluation
    .command('masking')
    .description('masks pictures as evidence is masked and prints JSON lines: what was hidden in them, or what of labels was')
    .option('--input <path...>', 'JPEG or PNG pictures; look at the copies in --out')
    .option('--clip <path...>', 'MP4 files whose index comes first, as clips of alerts; look at the copies in --out')
    .option('--labels <file>', 'stills of clips labelled by eye, as bench/masking-labels.json; cut from the clips and scored')
    .option('--out <dir>', 'folder for the masked copies')
    .option('--model <id>', 'detector of people and vehicles', 'nanodet-g')
    .option('--no-faces', 'as a node without the face model')
    .option('--no-plates', 'as a node without the plate finder')
    .action(evalMasking);
}
