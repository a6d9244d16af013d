import { jsonb, type Queryable } from '../database/connection.js';

/** What the audit log records. */
export type AuditAction =
  | 'session.opened'
  | 'session.refused'
  | 'session.closed'
  | 'camera.created'
  | 'camera.changed'
  | 'camera.deleted'
  | 'camera.rehearsed'
  | 'camera.preset-taught'
  | 'alert.acknowledged'
  | 'alert.false-alarm'
  | 'alert.split'
  | 'suppression.created'
  | 'suppression.lifted'
  | 'evidence.viewed'
  | 'evidence.exported'
  | 'recording.exported'
  | 'recording.locked'
  | 'recording.unlocked'
  | 'plate.searched'
  | 'tracks.exported'
  | 'watchlist.created'
  | 'watchlist.deleted'
  | 'watchlist.entries-added'
  | 'watchlist.entry-removed'
  | 'review.claimed'
  | 'review.released'
  | 'review.decided'
  | 'review.settings-changed'
  | 'review.form-issued'
  | 'evidence.erased'
  | 'legal.added'
  | 'legal.ended'
  | 'legal.approved'
  | 'site.provisioned'
  | 'password.set';

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

/** Appends to the audit log; in the transaction of the change, so that neither exists without the other. */
export async function recordAudit(sql: Queryable, entry: AuditEntry): Promise<void> {
  await sql`INSERT INTO audit (at_ms, actor, action, subject, detail, address)
    VALUES (${entry.atMs}, ${entry.actor}, ${entry.action}, ${entry.subject}, ${jsonb(sql, entry.detail ?? {})}, ${entry.address ?? null})`;
}
