import { type Box, SafecityError } from '@safecity/contracts';
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

/** A box `x1,y1,x2,y2` of the query, 0..1, with an area; null when it was left out. @throws SafecityError `CONTRACTS_INVALID` (400) */
export function box(text: string | undefined, name: string): Box | null {
  if (text === undefined || text === '') return null;
  const values = text.split(',').map((value) => (value.trim() === '' ? Number.NaN : Number(value)));
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = values;
  if (values.length === 4 && values.every((value) => value >= 0 && value <= 1) && x1 < x2 && y1 < y2) return [x1, y1, x2, y2];
  const message = `${name} must be x1,y1,x2,y2 from 0 to 1 with x1 < x2 and y1 < y2; got ${text.slice(0, 80)}`;
  throw new SafecityError('CONTRACTS_INVALID', message, { httpStatus: 400 });
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

/** What is answered about a camera that is neither held nor recorded here. */
export function unknownCamera(cameraId: string): SafecityError {
  return new SafecityError('INGEST_CAMERA_UNKNOWN', `this worker holds no camera "${cameraId}"`, { httpStatus: 404 });
}
