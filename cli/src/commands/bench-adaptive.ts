import { type AdaptiveBenchOptions, type AdaptiveBenchResult, benchActivation, benchAdaptive, type MeasuredService } from '@safecity/bench';
import { type ClipFile, fetchClip, generateClip } from '@safecity/fixtures';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  clips: string;
  model: string;
  fps: string;
  seconds: string;
  repetitions: string;
}

const QUIET = 'quiet-1080p25';
const GOPS_S = [1, 2, 10];
const ACTIVATION = { durationS: 20, movesFromS: 13, movesForS: 2 };

/** A still scene with sensor noise, as a camera at night on an empty street sends it. */
function quietClip(): Promise<ClipFile> {
  return generateClip({ widthPx: 1920, heightPx: 1080, fps: 25, durationS: 20, gopS: 2, still: { noise: 5 }, bitrateKbps: 4000 });
}

function row({ clip, modes: { always, adaptive }, foundAgain, costRatio, idleShare, receiving }: AdaptiveBenchResult): string {
  const cost = (mode: typeof always) =>
    `${(mode.decode + mode.inference).toFixed(3)} (${mode.decode.toFixed(3)} + ${mode.inference.toFixed(3)})`;
  return [
    clip,
    `  tracks: always ${always.tracks}, adaptive ${adaptive.tracks}, found again ${foundAgain} of ${always.tracks}`,
    `  CPU s per camera-second, decode + inference: always ${cost(always)}, adaptive ${cost(adaptive)}, ratio ${costRatio.toFixed(2)}; receiving ${receiving.toFixed(3)} each`,
    `  idle ${(idleShare * 100).toFixed(0)} %, fps ${always.achievedFps.toFixed(2)} / ${adaptive.achievedFps.toFixed(2)}, decoder starts ${adaptive.decoderStarts}`,
    '',
  ].join('\n');
}

async function bench(options: Options, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const progress = new Progress();
  const model = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const logger = createLogger('bench', { write: () => undefined });
  const common: AdaptiveBenchOptions = {
    modelId: model.modelId,
    fps: positive('fps', options.fps),
    seconds: positive('seconds', options.seconds),
    logger,
    start: () => start(model.modelId, logger),
  };
  const clips: AdaptiveBenchResult[] = [];
  for (const name of options.clips.split(',').filter(Boolean)) {
    progress.step(name);
    clips.push(await benchAdaptive(name, await (name === QUIET ? quietClip() : fetchClip(name)), common));
    process.stderr.write(row(clips.at(-1) as AdaptiveBenchResult));
  }
  const repetitions = Number(options.repetitions);
  const still = { movesFromS: ACTIVATION.movesFromS, movesForS: ACTIVATION.movesForS };
  const scenes = await Promise.all(
    GOPS_S.map(async (gopS) => {
      const clip = await generateClip({ widthPx: 640, heightPx: 360, durationS: ACTIVATION.durationS, gopS, still });
      return { gopS, clip, movesFromS: ACTIVATION.movesFromS };
    }),
  );
  const activation = repetitions > 0 ? await benchActivation(scenes, repetitions, common) : [];
  for (const { gopS, delaysMs } of activation)
    process.stderr.write(`first picture of a movement analysed, GOP ${gopS} s: ${delaysMs.join(', ')} ms after it was captured\n`);
  process.stdout.write(`${JSON.stringify({ model: model.modelId, clips, activation })}\n`);
}

/** Adds `safecity bench adaptive`. */
export function registerBenchAdaptive(parent: Command, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('adaptive')
    .description('adaptive decoding beside full-time decoding: tracks found by both, CPU of both, delay until a movement is analysed')
    .option('--clips <ids>', `recordings of the manifest, and ${QUIET}; separated by commas`, `${QUIET},vtest`)
    .option('--model <id>', 'model of the catalogue', 'nanodet-g')
    .option('--fps <n>', 'detections per camera and second', '5')
    .option('--seconds <s>', 'measured time of each recording', '20')
    .option('--repetitions <n>', 'movements per GOP length for the delay; 0 leaves it out', '2')
    .action((options: Options) => bench(options, start));
}
