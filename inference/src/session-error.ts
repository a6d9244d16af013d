/**
 * An error with a stable code inside a session process; same members as `SafecityError`. That class comes with the
 * schema compiler, whose loading takes most of a session process's start, and a lost process must be back within 2 s.
 */
export class SessionError extends Error {
  readonly code: string;
  readonly httpStatus: number | undefined;

  constructor(code: string, message: string, options: { cause?: unknown; httpStatus?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SessionError';
    this.code = code;
    this.httpStatus = options.httpStatus;
  }
}
