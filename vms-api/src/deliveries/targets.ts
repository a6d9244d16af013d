import type { PendingQuery, Row } from 'postgres';
import type { Queryable } from '../database/connection.js';

type Fragment = PendingQuery<Row[]>;

/** A condition on `deliveries d`: no cancel of the alert came with it or after it. */
const notCancelled = (sql: Queryable): Fragment => sql`NOT EXISTS (
  SELECT 1 FROM outbox o WHERE o.alert_id = d.alert_id AND o.message_type = 'Cancel' AND o.sequence >= d.sequence)`;

/** An `Alert` goes by itself to whoever has subscribed and has had none. */
export const subscribers = (sql: Queryable, alert: { id: string; kind: string; unitId: string }, nowMs: number): Fragment => sql`
  SELECT d.id FROM destinations d
  WHERE d.enabled AND d.automatic AND ${alert.kind} = ANY(d.alert_kinds) AND ${alert.unitId} IN (SELECT unit_scope(d.unit_id, ${nowMs}))
    AND NOT EXISTS (SELECT 1 FROM deliveries t WHERE t.alert_id = ${alert.id} AND t.destination_id = d.id)`;

/** What follows goes to those who were told, even when the subscription has changed since; nothing follows a `Cancel`. */
export const informed = (sql: Queryable, alertId: string): Fragment => sql`
  SELECT DISTINCT d.destination_id AS id FROM deliveries d WHERE d.alert_id = ${alertId} AND ${notCancelled(sql)}`;

/** That it is over goes to those who were told and do not know it yet. */
export const expectant = (sql: Queryable, alertId: string): Fragment => sql`
  SELECT l.id FROM (
    SELECT DISTINCT ON (d.destination_id) d.destination_id AS id, p.snapshot #>> '{message,phase}' AS phase
    FROM deliveries d JOIN outbox p ON p.id = d.outbox_id
    WHERE d.alert_id = ${alertId} AND ${notCancelled(sql)} ORDER BY d.destination_id, d.sequence DESC) l
  WHERE l.phase <> 'closed'`;

/** True when a destination has an alert, or a message about it is on its way there. */
export const isInformed = (sql: Queryable, alertId: string, destination: Fragment): Fragment => sql`EXISTS (
  SELECT 1 FROM deliveries d WHERE d.alert_id = ${alertId} AND d.destination_id = ${destination} AND d.state <> 'failed' AND ${notCancelled(sql)})`;
