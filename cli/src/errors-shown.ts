import { SafecityError } from '@safecity/contracts';
import { redactCredentials } from '@safecity/platform';

/** Exit code for bad usage or bad input, by the contract in `docs/cli.md`. */
export const EXIT_USAGE = 2;
const EXIT_FAILURE = 1;

/** Errors of other folders that mean bad input when a command meets them. */
const BAD_INPUT = new Set(['CLI_USAGE', 'INGEST_FILE_UNREADABLE', 'MODELS_UNKNOWN_ID', 'MODELS_SIZE_INVALID', 'BENCH_MOT_UNREADABLE']);

/** One clear line for a person: what, where, how to mend it. A programming error keeps its stack. */
export function shown(error: unknown): { line: string; exitCode: number } {
  if (error instanceof SafecityError) {
    const badInput = error.httpStatus === 400 || BAD_INPUT.has(error.code);
    return { line: redactCredentials(`safecity: ${error.message} [${error.code}]`), exitCode: badInput ? EXIT_USAGE : EXIT_FAILURE };
  }
  const system = error as NodeJS.ErrnoException;
  if (system.code === 'ENOENT' && system.path !== undefined)
    return { line: `safecity: there is no file ${system.path}`, exitCode: EXIT_USAGE };
  if (system.code === 'ENOSPC')
    return { line: 'safecity: the disk is full: make room and start again; nothing that was acknowledged is lost', exitCode: EXIT_FAILURE };
  return { line: redactCredentials(error instanceof Error ? (error.stack ?? error.message) : String(error)), exitCode: EXIT_FAILURE };
}
