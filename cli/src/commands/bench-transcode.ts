import { benchTranscode, type MeasuredService } from '@safecity/bench';
import { generateClip } from '@safecity/fixtures';
import { createLogger, type Logger } from '@safecity/platform';
import type { Command } from 'commander';
import { positive } from './positive.js';

interface Options {
  cameras: string;
  seconds: string;
}

async function bench(options: Options, start: (logger: Logger) => Promise<MeasuredService>): Promise<void> {
  const logger = createLogger('bench', { write: () => undefined });
  const size = { widthPx: 1920, heightPx: 1080, fps: 25 };
  const clip = await generateClip({ ...size, durationS: 10, gopS: 2, codec: 'h265', bitrateKbps: 4000 });
  const cameras = positive('cameras', options.cameras);
  const result = await benchTranscode({ clip, cameras, seconds: positive('seconds', options.seconds), logger, start: () => start(logger) });
  const { lateness, firstPictureMs } = result;
  const lines = [
    `${cameras} x 1080p25 H.265 4 Mb/s to 640x360: ${result.transcode.toFixed(3)} CPU s per camera-second, ingest ${result.ingest.toFixed(3)}`,
    `${result.picturesPerSecond.toFixed(1)} pictures/s, ${result.kilobitsPerSecond.toFixed(0)} kb/s each`,
    `capture to viewer p50 ${lateness.p50.toFixed(0)} ms, p95 ${lateness.p95.toFixed(0)} ms (${lateness.count})`,
    `first picture after ${firstPictureMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Adds `safecity bench transcode`. */
export function registerBenchTranscode(parent: Command, start: (logger: Logger) => Promise<MeasuredService>): void {
  parent
    .command('transcode')
    .description('live video transcoded for browsers that cannot play H.265: cost, rate, lateness')
    .option('--cameras <n>', 'cameras watched at a time', '1')
    .option('--seconds <s>', 'measured time', '20')
    .action((options: Options) => bench(options, start));
}
