import type { DeskPart } from '../alerts/alert-schemas.js';
import type { Queryable } from '../database/connection.js';

/** PostgreSQL channel that says which part of the desk has changed. */
export const DESK_CHANNEL = 'safecity_desk';

/**
 * Tells every console, once the transaction has committed, to read a part of the desk again. It says nothing of what changed,
 * so it may reach everybody; each reads what it may see.
 */
export async function tellDesks(sql: Queryable, part: DeskPart): Promise<void> {
  await sql`SELECT pg_notify(${DESK_CHANNEL}, ${part})`;
}
