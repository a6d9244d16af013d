import { readFileSync, statSync } from 'node:fs';
import { SafecityError } from '@safecity/contracts';
import { checkDossier, checkStamps, readFolder, type StampVerdict, unpackZip, verdictLines } from '@safecity/vms-api/dossier';
import type { Command } from 'commander';

interface Options {
  fingerprint?: string;
  tsaCa?: string;
}

async function stampsOf(files: ReadonlyMap<string, Uint8Array>, caFile: string | undefined): Promise<StampVerdict> {
  try {
    return await checkStamps(files, caFile === undefined ? undefined : readFileSync(caFile, 'utf8'));
  } catch (error) {
    throw new SafecityError(
      'CLI_USAGE',
      `--tsa-ca ${caFile} must be a PEM file with certificates of CAs: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

export function registerEvidence(program: Command): void {
  program
    .command('evidence')
    .description('dossiers of cases')
    .command('verify <dossier>')
    .description('check a dossier (zip or unpacked folder) offline: hashes, signature, chain, time stamps; names the file that was changed')
    .option('--fingerprint <hex>', 'the key fingerprint that the office publishes: a dossier of another key is refused')
    .option('--tsa-ca <file>', 'PEM file of the CAs whose time stamps count: time stamps of others are refused')
    .action(async (path: string, options: Options) => {
      const files = statSync(path).isDirectory() ? readFolder(path) : await unpackZip(readFileSync(path));
      const verdict = checkDossier(files, options.fingerprint);
      const stamps = await stampsOf(files, options.tsaCa);
      const all = { ...verdict, ok: verdict.ok && stamps.problems.length === 0, problems: [...verdict.problems, ...stamps.problems] };
      process.stdout.write(`${[...stamps.lines, ...verdictLines(all)].join('\n')}\n`);
      if (!all.ok) process.exitCode = 1;
    });
}
