import { SafecityError } from '@safecity/contracts';

/** What a file of a recording that cannot be stored or read becomes. */
export function unwritable(what: string, cause: unknown): SafecityError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return new SafecityError('INGEST_RECORDING_UNWRITABLE', `${what} cannot be stored or read (${why}): check the disk`, {
    cause,
    httpStatus: 503,
  });
}
