import { createWriteStream } from 'node:fs';
import type { Command } from 'commander';
import { writeLine } from '../output.js';
import { Progress } from '../progress.js';
import { readRoadPlane } from '../speed/calibration-file.js';
import { measureSpeeds, readObservations, type SpeedCounts } from '../speed/measure-speeds.js';

interface SpeedOptions {
  calibration: string;
  tracks: string;
  out: string;
}

async function speed({ calibration, tracks, out }: SpeedOptions): Promise<void> {
  const progress = new Progress();
  const plane = readRoadPlane(calibration);
  const counts: SpeedCounts = { observations: 0, beyondHorizon: 0, unmeasured: 0 };
  let measured = 0;
  let file: ReturnType<typeof createWriteStream> | undefined;
  for await (const { track, speedKmh } of measureSpeeds(readObservations(tracks), plane, counts)) {
    // Opened with the first result, so that a tracks file that cannot be read does not empty an older result.
    file ??= createWriteStream(out);
    await writeLine(file, { track, speedKmh: Math.round(speedKmh * 100) / 100 });
    measured++;
  }
  const written = file ?? createWriteStream(out);
  await new Promise<void>((resolve, reject) => {
    written.on('error', reject);
    written.end(resolve);
  });
  progress.step(
    `${measured} tracks in ${out}; calibration residual ${plane.residualM.toFixed(3)} m; ${counts.unmeasured} tracks too short to measure, ${counts.beyondHorizon} of ${counts.observations} observations beyond the horizon`,
  );
}

export function registerSpeed(program: Command): void {
  program
    .command('speed')
    .description('mean speed of each track past a calibrated camera, one JSON line per track; analytics, never proof for a fine')
    .requiredOption('--calibration <file>', '{"imageSize":[w,h],"image":[[x,y]…],"road":[[xM,yM]…]}, four points or more')
    .requiredOption('--tracks <file>', 'JSON lines {"track":id,"timeMs":t,"x":px,"y":py}')
    .requiredOption('--out <file>', 'JSON lines {"track":id,"speedKmh":v}')
    .action(speed);
}
