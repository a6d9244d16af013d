import { benchFleet, type Lateness, type MeasuredService } from '@safecity/bench';
import { fetchClip, generateClip } from '@safecity/fixtures';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  model: string;
  fps: string;
  quiet: string;
  busy: string;
  clip: string;
  seconds: string;
}

async function bench(options: Options, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const progress = new Progress();
  const model = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const logger = createLogger('bench', { write: () => undefined });
  const still = await generateClip({ widthPx: 640, heightPx: 360, fps: 25, durationS: 20, gopS: 2, still: { noise: 3 } });
  const moving = await fetchClip(options.clip, { onProgress: ({ clipId, phase }) => progress.step(`${clipId}: ${phase}`) });
  const named = <T>(name: string, count: number, clip: T) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}-${index}`, clip]));
  const result = await benchFleet({
    modelId: model.modelId,
    fps: positive('fps', options.fps),
    quiet: named('quiet', positive('quiet', options.quiet), still),
    busy: named('busy', positive('busy', options.busy), moving),
    seconds: positive('seconds', options.seconds),
    logger,
    start: () => start(model.modelId, logger),
  });
  const ms = ({ p50, p95, count }: Lateness) => `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (${count})`;
  const lines = [
    `${result.served} of ${result.cameras} cameras served, ${result.total.toFixed(2)} CPU s a second, simulator not counted`,
    `busy:  capture to detection ${ms(result.busy)}, ${result.busyFps.toFixed(2)} fps each`,
    `quiet: capture to detection ${ms(result.quiet)}, ${result.quietFps.toFixed(2)} fps each`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Adds `safecity bench ingest`. */
export function registerBenchIngest(parent: Command, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('ingest')
    .description('many cameras on one machine, most of them quiet: is each served, and how late are the busy ones')
    .option('--quiet <n>', 'cameras with a still scene, 640x360', '20')
    .option('--busy <n>', 'cameras with the recording', '4')
    .option('--clip <id>', 'recording of the manifest for the busy cameras', 'plaza-people')
    .option('--model <id>', 'model of the catalogue', 'yolox-nano')
    .option('--fps <n>', 'detections per camera and second while something moves', '5')
    .option('--seconds <s>', 'measured time', '30')
    .action((options: Options) => bench(options, start));
}
