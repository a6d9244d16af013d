import { SafecityError } from '@safecity/contracts';
import { createLogger, startEmbeddedPostgres } from '@safecity/platform';
import { verifyRetention } from '@safecity/vms-api';
import type { Command } from 'commander';
import { checkDataFree } from '../services.js';

interface Options {
  database?: string;
  data?: string;
  fingerprint?: string[];
}

async function verify(databaseUrl: string, fingerprints: string[] | undefined): Promise<void> {
  const verdict = await verifyRetention(
    databaseUrl,
    fingerprints?.map((one) => one.toLowerCase()),
  );
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
  for (const { run, problem } of verdict.problems) process.stderr.write(`${run === 0 ? '' : `run ${run}: `}${problem}\n`);
  for (const key of verdict.keys) process.stderr.write(`key ${key}: compare it with the fingerprint that the office publishes\n`);
  process.stderr.write(`${verdict.runs} records, ${verdict.ok ? 'all in order' : `${verdict.problems.length} problem(s)`}\n`);
  if (!verdict.ok) process.exitCode = 1;
}

/** Adds `safecity retention`. */
export function registerRetention(program: Command): void {
  program
    .command('retention')
    .description('the record of what was deleted')
    .command('verify')
    .description('check every record of deleted data: signature, list, entry in the ledger; names the run that is not as it was signed')
    .option('--database <url>', 'the database; default DATABASE_URL')
    .option('--data <dir>', 'data directory of a service that does not run now, with its embedded database')
    .option('--fingerprint <hex...>', 'key fingerprints that the office publishes: records of other keys are refused')
    .action(async ({ database, data, fingerprint }: Options) => {
      const databaseUrl = database ?? process.env['DATABASE_URL'];
      if (data === undefined && databaseUrl) return verify(databaseUrl, fingerprint);
      if (data === undefined) throw new SafecityError('CLI_USAGE', 'say which database: --database, DATABASE_URL or --data');
      checkDataFree(data);
      const server = await startEmbeddedPostgres({ dataDir: data, logger: createLogger('retention', { write: () => undefined }) });
      try {
        await verify(server.url, fingerprint);
      } finally {
        await server.stop();
      }
    });
}
