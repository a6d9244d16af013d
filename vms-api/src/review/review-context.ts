import type { FastifyRequest } from 'fastify';
import type { Identity } from '../accounts/identity.js';
import type { Sql } from '../database/connection.js';
import type { SigningKey } from '../ledger/signing-key.js';
import type { ApiServices } from '../services.js';

/** Who does something in the review, when, and with what. */
export interface ReviewContext {
  sql: Sql;
  identity: Identity;
  address: string;
  nowMs: number;
  signingKey: SigningKey;
}

export function reviewContext({ sql, nowMs, signingKey }: ApiServices, request: FastifyRequest): ReviewContext {
  return { sql, identity: request.identity, address: request.ip, nowMs: nowMs(), signingKey };
}
