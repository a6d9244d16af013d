import { readFile } from 'node:fs/promises';
import { validateCap } from '@safecity/contracts/cap';
import type { Command } from 'commander';
import { EXIT_USAGE } from '../errors-shown.js';

export function registerCap(program: Command): void {
  program
    .command('cap')
    .description('Common Alerting Protocol 1.2')
    .command('validate <file>')
    .description('check a CAP message, beyond what its schema can see')
    .action(async (file: string) => {
      const result = validateCap(await readFile(file, 'utf8'));
      if (result.ok) {
        process.stdout.write(`${file}: valid CAP 1.2, ${result.alert.msgType} ${result.alert.identifier}\n`);
        return;
      }
      for (const problem of result.problems) process.stdout.write(`${file}: ${problem.path}: ${problem.message}\n`);
      process.exitCode = EXIT_USAGE;
    });
}
