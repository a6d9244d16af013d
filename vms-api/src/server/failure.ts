import { listed, type Problem, SafecityError } from '@safecity/contracts';
import type { ApiErrorCode } from '../errors.js';

/** An error that becomes an answer `{code, message}` with this HTTP status. */
export function failure(code: ApiErrorCode, httpStatus: number, message: string, cause?: unknown): SafecityError {
  return new SafecityError(code, message, cause === undefined ? { httpStatus } : { httpStatus, cause });
}

/** A refusal that tells each thing that is wrong by a code of its own. */
export function refusal(code: ApiErrorCode, httpStatus: number, problems: readonly Problem[], message = listed(problems)): SafecityError {
  return new SafecityError(code, message, { httpStatus, problems });
}

/** `API_INVALID` for what the schema of a request cannot say. */
export const invalidRequest = (...problems: Problem[]): SafecityError => refusal('API_INVALID', 400, problems);

/** What an error found at a key of a request, under its own code. */
export function problemAt(path: string, error: Error): Problem {
  return { path, code: error instanceof SafecityError ? (error.code as Problem['code']) : 'address-form', message: error.message };
}

/** The answer for what does not exist and for what belongs to another unit: the two must look the same. */
export function notFound(what: string, id: string): SafecityError {
  return failure('API_NOT_FOUND', 404, `${what} "${id.slice(0, 64)}" does not exist`);
}
