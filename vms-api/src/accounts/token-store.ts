import { Id, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { Queryable } from '../database/connection.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import { EpochMs, named, nullable, AlertId as Uuid } from '../server/schemas.js';
import { getOpenUnit, type UnitContext } from '../units/unit-store.js';
import { checkCameras } from './grants.js';
import { newSecret } from './tokens.js';

const LONGEST_MS = 366 * 86_400_000;

export const Token = named(
  'Token',
  Type.Object({
    id: Uuid,
    name: Type.String(),
    unitId: Id,
    cameraIds: nullable(Type.Array(Id)),
    expiresAtMs: EpochMs,
    createdBy: Type.String(),
    createdAtMs: EpochMs,
    rotatedAtMs: nullable(EpochMs),
    lastUsedMs: nullable(EpochMs),
  }),
);
export type Token = Static<typeof Token>;

export const TokenSecret = named(
  'TokenSecret',
  Type.Object({ token: Token, secret: Type.String({ description: 'For the header Authorization: Bearer; shown this once' }) }),
);
export type TokenSecret = Static<typeof TokenSecret>;

export const TokenBody = Type.Object(
  {
    name: Type.String({
      pattern: worded('^[a-z0-9._-]{2,64}$', 'username-form', 'must be 2 to 64 small letters, digits, points, hyphens or underscores'),
    }),
    unitId: Id,
    cameraIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'Left out: every camera' })),
    expiresAtMs: Type.Number({ description: 'Epoch ms, at most a year ahead' }),
  },
  { additionalProperties: false },
);
export type TokenBody = Static<typeof TokenBody>;

export const RotateBody = Type.Object(
  {
    overlapMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 7 * 86_400_000, description: 'How long the old secret still works; default 0' }),
    ),
  },
  { additionalProperties: false },
);

const columns = (sql: Queryable) => sql`id, name, unit_id AS "unitId", camera_ids AS "cameraIds", expires_at_ms AS "expiresAtMs",
  created_by AS "createdBy", created_at_ms AS "createdAtMs", rotated_at_ms AS "rotatedAtMs", last_used_ms AS "lastUsedMs"`;

export async function listTokens(sql: Queryable, unitIds: string[]): Promise<Token[]> {
  return [
    ...(await sql<Token[]>`SELECT ${columns(sql)} FROM api_tokens WHERE revoked_at_ms IS NULL AND unit_id = ANY(${unitIds}) ORDER BY name`),
  ];
}

const entryOf = ({ identity, address, nowMs }: UnitContext, name: string) => ({
  ...{ atMs: nowMs, actor: identity.username, subject: `token:${name}`, address },
});

/** @throws SafecityError `API_TOKEN_EXISTS`, `API_NOT_FOUND`, `API_UNIT_CLOSED`, `API_INVALID` */
export async function createToken(context: UnitContext, body: TokenBody): Promise<TokenSecret> {
  const { nowMs, identity } = context;
  const { name, unitId, cameraIds, expiresAtMs } = body;
  if (expiresAtMs <= nowMs || expiresAtMs > nowMs + LONGEST_MS)
    throw invalidRequest({ path: 'expiresAtMs', code: 'within-days', params: { days: 365 }, message: 'must lie ahead, by a year at most' });
  const { secret, hash } = newSecret();
  return context.sql.begin(async (transaction) => {
    await getOpenUnit(transaction, identity, unitId, nowMs);
    await checkCameras(transaction, unitId, cameraIds, nowMs);
    const rows = await transaction<Token[]>`
      INSERT INTO api_tokens (name, unit_id, camera_ids, secret_hash, expires_at_ms, created_by, created_at_ms)
      VALUES (${name}, ${unitId}, ${cameraIds ?? null}, ${hash}, ${expiresAtMs}, ${identity.username}, ${nowMs})
      ON CONFLICT (name) WHERE revoked_at_ms IS NULL DO NOTHING RETURNING ${columns(transaction)}`;
    if (!rows[0]) throw failure('API_TOKEN_EXISTS', 409, `a token "${name}" exists already`);
    await recordAudit(transaction, { ...entryOf(context, name), action: 'token.created', detail: body });
    return { token: rows[0], secret };
  }) as Promise<TokenSecret>;
}

/** Gives a token another secret. @throws SafecityError `API_NOT_FOUND` */
export async function rotateToken(context: UnitContext, tokenId: string, overlapMs: number): Promise<TokenSecret> {
  const { secret, hash } = newSecret();
  return context.sql.begin(async (transaction) => {
    const rows = await transaction<Token[]>`
      UPDATE api_tokens SET previous_hash = secret_hash, previous_until_ms = ${context.nowMs + overlapMs}, secret_hash = ${hash},
        rotated_at_ms = ${context.nowMs}
      WHERE id = ${tokenId} AND revoked_at_ms IS NULL AND unit_id = ANY(${context.identity.unitIds}) RETURNING ${columns(transaction)}`;
    if (!rows[0]) throw notFound('token', tokenId);
    await recordAudit(transaction, { ...entryOf(context, rows[0].name), action: 'token.rotated', detail: { overlapMs } });
    return { token: rows[0], secret };
  }) as Promise<TokenSecret>;
}

/** @throws SafecityError `API_NOT_FOUND` */
export async function revokeToken(context: UnitContext, tokenId: string, reason?: string): Promise<void> {
  await context.sql.begin(async (transaction) => {
    const rows = await transaction<{ name: string }[]>`
      UPDATE api_tokens SET revoked_at_ms = ${context.nowMs}
      WHERE id = ${tokenId} AND revoked_at_ms IS NULL AND unit_id = ANY(${context.identity.unitIds}) RETURNING name`;
    if (!rows[0]) throw notFound('token', tokenId);
    const detail = reason === undefined ? {} : { reason };
    await recordAudit(transaction, { ...entryOf(context, rows[0].name), action: 'token.revoked', detail });
  });
}
