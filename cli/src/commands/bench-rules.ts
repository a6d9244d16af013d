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
  const { messagesPerCpuSecond, stateBytes, heapMb, rules, objects } = result;
  process.stderr.write(
    [
      `${messagesPerCpuSecond} messages per CPU second, ${objects} objects each, ${rules} rules (aim: 15000)`,
      `state ${stateBytes.early} bytes at a tenth, ${stateBytes.end} at the end; heap ${heapMb.early.toFixed(1)} MB, ${heapMb.end.toFixed(1)} MB`,
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
