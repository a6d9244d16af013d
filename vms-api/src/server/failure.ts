import { SafecityError } from '@safecity/contracts';
import type { ApiErrorCode } from '../errors.js';

/** An error that becomes an answer `{code, message}` with this HTTP status. */
export function failure(code: ApiErrorCode, httpStatus: number, message: string, cause?: unknown): SafecityError {
  return new SafecityError(code, message, cause === undefined ? { httpStatus } : { httpStatus, cause });
}

/** The answer for what does not exist and for what belongs to another unit: the two must look the same. */
export function notFound(what: string, id: string): SafecityError {
  return failure('API_NOT_FOUND', 404, `${what} "${id.slice(0, 64)}" does not exist`);
}
