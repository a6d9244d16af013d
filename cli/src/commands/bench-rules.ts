import { benchRulesCore } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import type { Command } from 'commander';
import { Progress } from '../progress.js';

interface BenchRulesOptions {
  messages: string;
  objects: string;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SafecityError('CLI_USAGE', `--${name} ${text} must be a whole number above 0`);
}

function benchRules(options: BenchRulesOptions): void {
  const progress = new Progress();
  const result = benchRulesCore({ messages: whole('messages', options.messages), objects: whole('objects', options.objects) }, (share) =>
    progress.update('rules core', share),
  );
  progress.done();
  const { messagesPerCpuSecond, samples, rules, objects, tracksSeen } = result;
  process.stderr.write(
    [
      `${messagesPerCpuSecond} messages per CPU second, ${objects} objects each, ${rules} rules, ${tracksSeen} tracks (aim: 15000)`,
      ...samples.map(
        (at) =>
          `after ${at.messages}: ${at.messagesPerCpuSecond}/s, state ${at.stateBytes} bytes, heap ${at.heapMb.toFixed(1)} MB, resident ${at.residentMb.toFixed(0)} MB`,
      ),
      '',
    ].join('\n'),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

export function registerBenchRules(measurements: Command): void {
  measurements
    .command('rules')
    .description('the pure core of rules: messages per second of one core, and whether its memory stays flat')
    .option('--messages <n>', 'detection messages', '200000')
    .option('--objects <n>', 'objects in each', '10')
    .action(benchRules);
}
