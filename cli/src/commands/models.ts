import { isPlateModel, listModels, prepareModel, preparePlateModel, verifyModels } from '@safecity/models';
import type { Command } from 'commander';
import { parsePrecision } from '../precision.js';
import { Progress } from '../progress.js';

export function registerModels(program: Command): void {
  const models = program.command('models').description('the model catalogue');
  models
    .command('list')
    .description('what the catalogue holds and what is in the cache')
    .action(async () => {
      process.stdout.write(`${JSON.stringify(await listModels(), null, 2)}\n`);
    });
  models
    .command('pull <id...>')
    .description('fetch, check, convert and prepare models')
    .option('--precision <p>', 'weights and arithmetic of detectors: fp32 (default) or fp16, for GPUs')
    .action(async (ids: string[], options: { precision?: string }) => {
      const precision = parsePrecision('--precision', options.precision);
      const progress = new Progress();
      for (const id of ids) {
        if (isPlateModel(id)) {
          const { sha256 } = await preparePlateModel(id, { onProgress: (text: string) => progress.step(text) });
          process.stdout.write(`${id} ${sha256}\n`);
          continue;
        }
        const prepared = await prepareModel(id, { precision, onProgress: (text: string) => progress.step(text) });
        process.stdout.write(`${id} ${prepared.widthPx}x${prepared.heightPx} ${prepared.sha256}\n`);
      }
    });
  models
    .command('verify')
    .description('check the SHA-256 of everything in the cache')
    .action(async () => {
      const results = await verifyModels();
      process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
      if (results.some((result: { ok: boolean }) => !result.ok)) process.exitCode = 1;
    });
}
