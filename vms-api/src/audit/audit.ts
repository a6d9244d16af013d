import type { Queryable, Sql, Transaction } from '../database/connection.js';
import { type ChainRow, nextRow } from '../ledger/chain.js';

/** What the audit log records. */
export const AUDIT_ACTIONS = [
  'session.opened',
  'session.refused',
  'session.closed',
  'session.others-closed',
  'session.ended-by-provider',
  'session.second-factor-set',
  'session.second-factor-removed',
  'camera.created',
  'camera.changed',
  'camera.deleted',
  'camera.restored',
  'cameras.imported',
  'cameras.exported',
  'camera.tested',
  'camera.reference-taken',
  'onvif.asked',
  'onvif.searched',
  'camera.rehearsed',
  'camera.flagged',
  'camera.unflagged',
  'alert.acknowledged',
  'alert.confirmed',
  'alert.dispatched',
  'alert.resolved',
  'alert.false-alarm',
  'alert.commented',
  'alert.assigned',
  'alert.released',
  'escalation.changed',
  'evidence.viewed',
  'evidence.original-viewed',
  'evidence.exported',
  'recording.watched',
  'recording.exported',
  'recording.locked',
  'recording.unlocked',
  'bookmark.created',
  'bookmark.deleted',
  'plate.searched',
  'tracks.exported',
  'alerts.exported',
  'statistics.exported',
  'camera.preset-taught',
  'alert.split',
  'incident.opened',
  'incident.corrected',
  'drill.declared',
  'drill.ended',
  'handover.signed',
  'handover.accepted',
  'handover.withdrawn',
  'suppression.created',
  'suppression.lifted',
  'watchlist.created',
  'watchlist.deleted',
  'watchlist.entries-added',
  'watchlist.entry-removed',
  'review.claimed',
  'review.released',
  'review.decided',
  'review.settings-changed',
  'review.form-issued',
  'evidence.erased',
  'hold.set',
  'hold.lifted',
  'hold.ended',
  'retention.changed',
  'legal.added',
  'legal.changed',
  'legal.ended',
  'legal.approved',
  'site.provisioned',
  'signing-key.began',
  'password.set',
  'audit.read',
  'audit.checked',
  'audit.exported',
  'user.created',
  'user.disabled',
  'user.enabled',
  'identity.invited',
  'identity.bound',
  'identity.unbound',
  'role.granted',
  'role.revoked',
  'destination.created',
  'destination.changed',
  'unit.created',
  'unit.closed',
  'token.created',
  'token.rotated',
  'token.revoked',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  atMs: number;
  /** User name, or `system`. */
  actor: string;
  action: AuditAction;
  /** What it was done to: `camera:gate-1`. */
  subject: string;
  detail?: Record<string, unknown>;
  address?: string;
}

/** Any number that no other lock uses: who appends holds it until the transaction ends, so entries are in one row. */
const LOCK = 5_137_702_413;

/** PostgreSQL keeps no NUL and no half of a surrogate pair in a text; neither may make an entry fail. */
const storable = (value: string): string => Buffer.from(value).toString().replaceAll('\0', '\ufffd');

const storableAll = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, part: unknown) => (typeof part === 'string' ? storable(part) : part));

async function append(transaction: Queryable, { atMs, actor, action, subject, detail, address }: AuditEntry): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
  const [head] = await transaction<{ seq: number; hash: string }[]>`SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`;
  const row = nextRow(head, storableAll({ atMs, actor, action, subject, detail: detail ?? {}, address: address ?? null }) as object);
  await transaction`INSERT INTO audit (seq, payload, payload_sha256, hash)
    VALUES (${row.seq}, ${row.payload}, ${row.payload_sha256}, ${row.hash})`;
}

/**
 * Appends to the hash-chained audit log; in the transaction of the change, so that neither exists without the other. Others
 * that append wait for the transaction's end: call it late, before the alert clock.
 */
export async function recordAudit(sql: Sql | Transaction, entry: AuditEntry): Promise<void> {
  if ('begin' in sql) await sql.begin((transaction) => append(transaction, entry));
  else await append(sql, entry);
}

const AT_ONCE = 5000;

/** The log as it is stored, in order. */
export async function* auditRows(sql: Queryable): AsyncGenerator<ChainRow> {
  for (let after = 0; ; ) {
    const rows = await sql<ChainRow[]>`
      SELECT seq, payload, payload_sha256, hash FROM audit WHERE seq > ${after} ORDER BY seq LIMIT ${AT_ONCE}`;
    yield* rows;
    if (rows.length < AT_ONCE) return;
    after = Number(rows.at(-1)?.seq);
  }
}
