import { readFileSync, statSync } from 'node:fs';
import { checkDossier, readFolder, unpackZip, verdictLines } from '@safecity/vms-api/dossier';
import type { Command } from 'commander';

interface Options {
  fingerprint?: string;
}

export function registerEvidence(program: Command): void {
  program
    .command('evidence')
    .description('dossiers of cases')
    .command('verify <dossier>')
    .description('check a dossier (zip or unpacked folder) offline: hashes, signature, chain; names the file that was changed')
    .option('--fingerprint <hex>', 'the key fingerprint that the office publishes: a dossier of another key is refused')
    .action(async (path: string, options: Options) => {
      const files = statSync(path).isDirectory() ? readFolder(path) : await unpackZip(readFileSync(path));
      const verdict = checkDossier(files, options.fingerprint);
      process.stdout.write(`${verdictLines(verdict).join('\n')}\n`);
      if (!verdict.ok) process.exitCode = 1;
    });
}
