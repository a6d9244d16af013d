import { benchRestarts, type MeasuredService } from '@safecity/bench';
import { fetchClip } from '@safecity/fixtures';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  clip: string;
  model: string;
  restarts: string;
}

async function bench(options: Options, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const progress = new Progress();
  const { modelId } = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const clip = await fetchClip(options.clip, { onProgress: ({ clipId, phase }) => progress.step(`${clipId}: ${phase}`) });
  const logger = createLogger('bench', { write: () => undefined });
  const results = await benchRestarts({
    clip,
    modelId,
    restarts: positive('restarts', options.restarts),
    logger,
    start: () => start(modelId, logger),
    onProgress: (text) => progress.step(text),
  });
  for (const { transport, p50, p95, worst, missing, allMs } of results)
    process.stderr.write(
      `${transport}: camera answers again to first detection: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, worst ${worst} ms, over ${allMs.length} restarts; ${missing} without\n`,
    );
  process.stdout.write(`${JSON.stringify({ model: modelId, clip: options.clip, results })}\n`);
}

/** Adds `safecity bench restarts`. */
export function registerBenchRestarts(parent: Command, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('restarts')
    .description('cameras that restart again and again, over TCP and UDP: time from their answer to the first detection')
    .option('--clip <id>', 'recording of the manifest', 'vtest')
    .option('--model <id>', 'model of the catalogue', 'nanodet-g')
    .option('--restarts <n>', 'restarts of each camera', '50')
    .action((options: Options) => bench(options, start));
}
