import type { Problem } from './problem.js';

/**
 * An error that names the thing and the mend and carries a stable code.
 *
 * `code` is upper case with underscores, prefixed by the folder that raises it (`RULES_ZONE_SELF_INTERSECTS`).
 * `httpStatus` is used by the HTTP services; 500 when absent. `problems` tells each thing that is wrong, for words in another language.
 */
export class SafecityError extends Error {
  readonly code: string;
  readonly httpStatus: number | undefined;
  readonly problems: readonly Problem[];

  constructor(code: string, message: string, options: { cause?: unknown; httpStatus?: number; problems?: readonly Problem[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SafecityError';
    this.code = code;
    this.httpStatus = options.httpStatus;
    this.problems = options.problems ?? [];
  }
}

/** Codes that `contracts` raises, each with what it means and how to mend it. */
export const CONTRACTS_ERRORS = {
  CONTRACTS_INVALID:
    'A message, configuration or request does not match its schema; the message lists every key, the rule it breaks and the received value.',
  CONTRACTS_ID_INVALID: 'An id holds characters that NATS subjects reserve; use letters, digits, "-" and "_", at most 64.',
} as const;
