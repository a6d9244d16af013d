import { measureDetectorNoise } from '@safecity/bench';
import type { Command } from 'commander';
import { readTrace } from '../events/trace-file.js';

/** Score from which a box begins a track on a camera that says nothing about it. */
const MIN_SCORE = 0.35;

function evalNoise({ traces }: { traces: string[] }): void {
  process.stdout.write(`${JSON.stringify(measureDetectorNoise(traces.map(readTrace), MIN_SCORE), null, 2)}\n`);
}

/** `safecity eval noise`, below `safecity eval`. */
export function registerEvalNoise(evalCommand: Command): void {
  evalCommand
    .command('noise')
    .description('what the detector does to objects, measured on detection traces: misses, trembling, scores, wrong classes, false boxes')
    .requiredOption('--traces <files...>', 'traces as eval events --traces writes them, of moving pictures: no series of stills')
    .action(evalNoise);
}
