import { benchTransport, type MeasuredService } from '@safecity/bench';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  models: string;
  frames: string;
  rate: string;
  runs: string;
}

async function bench(options: Options, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const progress = new Progress();
  const logger = createLogger('bench', { write: () => undefined });
  const results: Record<string, unknown> = {};
  for (const name of options.models.split(',').filter(Boolean)) {
    const model = await prepareModel(name, { onProgress: (text) => progress.step(text) });
    const result = await benchTransport({
      model,
      frames: positive('frames', options.frames),
      rate: positive('rate', options.rate),
      runs: positive('runs', options.runs),
      logger,
      start: () => start(model.modelId, logger),
    });
    results[name] = result;
    const ms = (value: number) => `${value.toFixed(2)} ms`;
    const sides = `client ${ms(result.client)}, node beyond the run ${ms(result.node)}, run ${ms(result.run)}`;
    process.stderr.write(`${name} ${model.widthPx}x${model.heightPx}: CPU per frame, medians of ${result.runs.length} runs: ${sides}\n`);
  }
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

/** Adds `safecity bench inference`. */
export function registerBenchInference(parent: Command, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('inference')
    .description('CPU per frame of bringing pictures to the inference node and boxes back, each side beyond the run itself')
    .option('--models <ids>', 'models of the catalogue, separated by commas', 'yolox-nano,nanodet-g')
    .option('--frames <n>', 'frames of one run', '100')
    .option('--rate <n>', 'frames a second, one at a time', '20')
    .option('--runs <n>', 'runs; medians are printed', '5')
    .action((options: Options) => bench(options, start));
}
