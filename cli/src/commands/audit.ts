import { SafecityError } from '@safecity/contracts';
import { createLogger, startEmbeddedPostgres } from '@safecity/platform';
import { type AuditSource, verifyAudit } from '@safecity/vms-api';
import type { Command } from 'commander';
import { checkDataFree } from '../services.js';

interface Options {
  database?: string;
  data?: string;
  head?: string;
}

function headOf(text: string | undefined): { seq: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (match) return { seq: Number(match[1]), hash: match[2] as string };
  throw new SafecityError('CLI_USAGE', `--head ${text} must be <number>:<hash of 64 digits>, as an earlier run printed it`);
}

async function verify(source: AuditSource, head: string | undefined): Promise<void> {
  const verdict = await verifyAudit(source, headOf(head));
  const { entries, firstBreak } = verdict;
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
  if (firstBreak === null) {
    process.stderr.write(`${entries} entries, unbroken; head ${entries}:${verdict.head}\n`);
    return;
  }
  process.stderr.write(`broken at entry ${firstBreak.seq}: ${firstBreak.problem}; ${entries} entries before it are in order\n`);
  process.exitCode = 1;
}

/** The embedded database of a data directory on which nothing runs. */
async function verifyEmbedded(dataDir: string, head: string | undefined): Promise<void> {
  checkDataFree(dataDir);
  const server = await startEmbeddedPostgres({ dataDir, logger: createLogger('audit', { write: () => undefined }) });
  try {
    await verify({ databaseUrl: server.url }, head);
  } finally {
    await server.stop();
  }
}

/** Adds `safecity audit`. */
export function registerAudit(program: Command): void {
  program
    .command('audit')
    .description('the audit log')
    .command('verify [export]')
    .description('recompute the hash chain of the log, from an export or the database; names the first entry that was changed')
    .option('--database <url>', 'the database; default DATABASE_URL')
    .option('--data <dir>', 'data directory of a service that does not run now, with its embedded database')
    .option('--head <number:hash>', 'an earlier head, kept elsewhere: the log must still have it')
    .action(async (file: string | undefined, options: Options) => {
      const databaseUrl = options.database ?? process.env['DATABASE_URL'];
      if (file !== undefined) return verify({ file }, options.head);
      if (options.data !== undefined) return verifyEmbedded(options.data, options.head);
      if (databaseUrl) return verify({ databaseUrl }, options.head);
      throw new SafecityError('CLI_USAGE', 'say which log: an exported file, --database, DATABASE_URL or --data');
    });
}
