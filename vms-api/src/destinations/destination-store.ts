import { randomBytes } from 'node:crypto';
import { type CameraNetworks, sealSecret } from '@safecity/platform';
import type { Identity } from '../accounts/identity.js';
import { recordAudit } from '../audit/audit.js';
import type { Queryable, Sql } from '../database/connection.js';
import { failure, invalidRequest, notFound, problemAt } from '../server/failure.js';
import { getOpenUnit } from '../units/unit-store.js';
import type { Destination, DestinationAnswer, DestinationBody, DestinationChange } from './destination-schemas.js';

/** Who changes destinations, and when. */
export interface DestinationContext {
  sql: Sql;
  /** Seals the secrets of webhooks. */
  key: Buffer;
  /** Where destinations may be; undefined: everywhere. */
  networks: CameraNetworks | undefined;
  identity: Identity;
  address: string;
  nowMs: number;
}

const columns = (sql: Queryable) => sql`
  id, name, url, mode, alert_kinds AS kinds, expires_after_ms AS "expiresAfterMs", format, unit_id AS "unitId", enabled, centre, automatic`;

/** Destinations of these units, by name. */
export async function listDestinations(sql: Queryable, unitIds: readonly string[]): Promise<Destination[]> {
  return sql<Destination[]>`SELECT ${columns(sql)} FROM destinations WHERE unit_id = ANY(${[...unitIds]}) ORDER BY name, id`;
}

/** As the Standard Webhooks specification writes one: 24 random bytes. */
const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** @throws SafecityError `API_INVALID` (400) for an address that the server must not be sent to */
async function checkAddress({ networks }: DestinationContext, url: string | undefined): Promise<void> {
  if (url === undefined) return;
  if (!URL.canParse(url))
    throw invalidRequest({ path: 'url', code: 'address-form', message: 'it is no address such as https://centre.example/hook' });
  await networks?.pin(url).catch((cause: Error) => {
    throw invalidRequest(problemAt('url', cause));
  });
}

const entryOf = ({ identity, address, nowMs }: DestinationContext, id: string) => ({
  ...{ atMs: nowMs, actor: identity.username, subject: `destination:${id}`, address },
});

const answerOf = (destination: Destination, secret: string | null): DestinationAnswer =>
  secret === null ? { destination } : { destination, secret };

/** @throws SafecityError `API_NOT_FOUND` for the unit, `API_UNIT_CLOSED`, `API_DESTINATION_EXISTS` (409), `API_INVALID` (400) */
export async function createDestination(context: DestinationContext, body: DestinationBody): Promise<DestinationAnswer> {
  const { id, name, url, mode, kinds, expiresAfterMs, format, unitId, centre = 'emergency', automatic = true } = body;
  const secret = format === 'webhook' ? newSecret() : null;
  await getOpenUnit(context.sql, context.identity, unitId, context.nowMs);
  await checkAddress(context, url);
  const destination = await context.sql.begin(async (transaction) => {
    const rows = await transaction<Destination[]>`
      INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms, centre, automatic, sealed_secret)
      VALUES (${id}, ${name.trim()}, ${format}, ${url}, ${mode}, ${kinds}, ${unitId}, ${expiresAfterMs}, ${centre},
        ${automatic}, ${secret === null ? null : sealSecret(context.key, secret)})
      ON CONFLICT (id) DO NOTHING RETURNING ${columns(transaction)}`;
    if (!rows[0]) throw failure('API_DESTINATION_EXISTS', 409, `a destination "${id}" exists: choose another id`);
    await recordAudit(transaction, {
      ...entryOf(context, id),
      action: 'destination.created',
      detail: { name, url, mode, kinds, format, unitId, centre, automatic },
    });
    return rows[0];
  });
  return answerOf(destination, secret);
}

/** What is left out stays. @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400) */
export async function changeDestination(context: DestinationContext, id: string, change: DestinationChange): Promise<DestinationAnswer> {
  const { name, url, mode, kinds, expiresAfterMs, enabled, centre, automatic, renewSecret } = change;
  await checkAddress(context, url);
  const secret = renewSecret ? newSecret() : null;
  const destination = await context.sql.begin(async (transaction) => {
    const before = await transaction<Destination[]>`
      SELECT ${columns(transaction)} FROM destinations WHERE id = ${id} AND unit_id = ANY(${context.identity.unitIds}) FOR UPDATE`;
    if (!before[0]) throw notFound('destination', id);
    if (secret !== null && before[0].format !== 'webhook')
      throw invalidRequest({ path: 'renewSecret', code: 'webhook-only', message: 'only webhooks have a secret' });
    const rows = await transaction<Destination[]>`
      UPDATE destinations SET name = COALESCE(${name?.trim() ?? null}, name), url = COALESCE(${url ?? null}, url),
        mode = COALESCE(${mode ?? null}, mode), alert_kinds = COALESCE(${kinds ?? null}::text[], alert_kinds),
        expires_after_ms = COALESCE(${expiresAfterMs ?? null}, expires_after_ms), enabled = COALESCE(${enabled ?? null}, enabled),
        centre = COALESCE(${centre ?? null}, centre), automatic = COALESCE(${automatic ?? null}, automatic),
        sealed_secret = COALESCE(${secret === null ? null : sealSecret(context.key, secret)}, sealed_secret)
      WHERE id = ${id} RETURNING ${columns(transaction)}`;
    await recordAudit(transaction, { ...entryOf(context, id), action: 'destination.changed', detail: { ...change } });
    return rows[0] as Destination;
  });
  return answerOf(destination, secret);
}
