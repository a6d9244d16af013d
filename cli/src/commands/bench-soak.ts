import { benchSoak, type MeasuredService, type SoakRow, slopePerHour } from '@safecity/bench';
import { generateClip } from '@safecity/fixtures';
import { prepareModel } from '@safecity/models';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface Options {
  model: string;
  cameras: string;
  minutes: string;
}

/** The ring and the processes' heaps have filled by then. */
const SETTLED_MINUTES = 3;
const HEAD = 'minute  beyond ring = ingest + remux + decode   ring  CPU s/s  decoder starts  reconnects  online\n';

function line(row: SoakRow): string {
  const mb = (value: number) => value.toFixed(1).padStart(6);
  const memory = `${mb(row.beyondRingMb)}      ${mb(row.ingestMb)}  ${mb(row.remuxMb)}  ${mb(row.decodeMb)}   ${mb(row.ringMb)}`;
  return `${String(row.minute).padStart(6)}  ${memory}   ${row.cpu.toFixed(4)}  ${row.decoderStarts}  ${row.reconnects}  ${row.online}\n`;
}

async function bench(options: Options, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const progress = new Progress();
  const { modelId } = await prepareModel(options.model, { onProgress: (text) => progress.step(text) });
  const still = { noise: 5 };
  const clip = await generateClip({ widthPx: 1920, heightPx: 1080, fps: 25, durationS: 20, gopS: 2, still, bitrateKbps: 4000 });
  const logger = createLogger('bench', { write: () => undefined });
  process.stderr.write(`idle 1080p25 cameras, H.264 4 Mb/s: MB (PSS) per camera\n${HEAD}`);
  const rows = await benchSoak({
    clip,
    modelId,
    cameras: positive('cameras', options.cameras),
    minutes: positive('minutes', options.minutes),
    logger,
    start: () => start(modelId, logger),
    onRow: (row) => process.stderr.write(line(row)),
  });
  const settled = rows.filter(({ minute }) => minute > SETTLED_MINUTES);
  const slope = slopePerHour(settled.map(({ minute, beyondRingMb }) => ({ minute, value: beyondRingMb })));
  process.stderr.write(`slope beyond the ring after minute ${SETTLED_MINUTES}: ${slope.toFixed(1)} MB per hour and camera\n`);
  process.stdout.write(`${JSON.stringify({ model: modelId, rows, slopeMbPerHour: slope })}\n`);
}

/** Adds `safecity bench soak`. */
export function registerBenchSoak(parent: Command, start: (modelId: string, logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('soak')
    .description('idle 1080p25 cameras for a long time: memory beyond the ring, CPU, decoder starts and reconnects, minute by minute')
    .option('--model <id>', 'model of the catalogue', 'nanodet-g')
    .option('--cameras <n>', 'simulated cameras', '4')
    .option('--minutes <n>', 'how long', '10')
    .action((options: Options) => bench(options, start));
}
