import { SafecityError } from '@safecity/contracts';
import { verifyInternalToken } from '@safecity/platform';
import type { FastifyRequest } from 'fastify';

/** The token of the request's header. @throws SafecityError `INGEST_TOKEN_INVALID` (401) */
export function requireToken(request: FastifyRequest, key: Buffer, scope: string): void {
  const header = request.headers.authorization ?? '';
  requireInternalToken(key, header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '', scope);
}

/** @throws SafecityError `INGEST_TOKEN_INVALID` (401) */
export function requireInternalToken(key: Buffer, token: string, scope: string): void {
  if (!verifyInternalToken(key, token, scope))
    throw new SafecityError('INGEST_TOKEN_INVALID', 'internal token missing, expired, or for another purpose', { httpStatus: 401 });
}

/** A number of the query, null when it was left out. @throws SafecityError `CONTRACTS_INVALID` (400) */
export function number(text: string | undefined, name: string, range: { min: number; max: number }): number | null {
  if (text === undefined || text === '') return null;
  const value = Number(text);
  if (Number.isFinite(value) && value >= range.min && value <= range.max) return value;
  throw new SafecityError('CONTRACTS_INVALID', `${name} must be a number from ${range.min} to ${range.max}; got ${text.slice(0, 40)}`, {
    httpStatus: 400,
  });
}
