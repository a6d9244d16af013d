import type { Logger } from '@safecity/platform';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import { destinationsFor } from '../alerts/dispatches.js';
import { jsonb, type Sql, type Transaction } from '../database/connection.js';
import { planDelivery } from '../deliveries/plan.js';
import { locationOf, snapshotOf } from '../deliveries/snapshot.js';
import { Rounds } from '../server/rounds.js';
import { DEFAULT_AFTER_SECONDS } from './escalation-settings.js';

const POLL_MS = 1000;
/** Escalated in one turn at most; the rest comes in the next. */
const AT_ONCE = 100;
/** What history calls the levels. */
const ACTIONS = ['escalated', 'escalated-again'] as const;

interface DueAlert {
  id: string;
  /** The level it has now. */
  level: 0 | 1;
  destination_id: string | null;
}

/**
 * Alerts that have waited for their next level, the longest first. Violations wait in the review and what is told with another
 * alert is looked at there; neither is escalated.
 */
async function dueAlerts(sql: Sql, nowMs: number): Promise<DueAlert[]> {
  const rows = await sql<DueAlert[]>`
    WITH RECURSIVE tree (unit_id, said_by) AS (
      SELECT u.id, s.unit_id FROM units u LEFT JOIN escalation_settings s ON s.unit_id = u.id WHERE u.parent_id IS NULL
      UNION ALL
      SELECT u.id, COALESCE(s.unit_id, t.said_by)
      FROM tree t JOIN units u ON u.parent_id = t.unit_id LEFT JOIN escalation_settings s ON s.unit_id = u.id
    ), steps AS (
      SELECT t.unit_id, s.destination_id, e.key AS severity, l.ordinality::integer - 1 AS level, l.value::double precision * 1000 AS after_ms
      FROM tree t LEFT JOIN escalation_settings s ON s.unit_id = t.said_by,
        jsonb_each(COALESCE(s.after_seconds, ${jsonb(sql, DEFAULT_AFTER_SECONDS)}::jsonb)) e,
        jsonb_array_elements(e.value) WITH ORDINALITY l
    )
    SELECT due.id, steps.level, steps.destination_id
    FROM steps, LATERAL (
      -- One look into the index for each step: what is not due is not touched.
      SELECT a.id, a.new_since_ms FROM alerts a
      WHERE a.state = 'new' AND a.merged_into IS NULL AND a.unit_id = steps.unit_id AND a.severity = steps.severity
        AND a.escalation_level = steps.level AND a.new_since_ms <= ${nowMs} - steps.after_ms AND a.kind <> 'violation'
      ORDER BY a.new_since_ms LIMIT ${AT_ONCE}) due
    ORDER BY due.new_since_ms LIMIT ${AT_ONCE}`;
  return [...rows];
}

type Escalated = Pick<FullAlertRow, 'id' | 'unit_id' | 'kind' | 'camera_id' | 'camera_name' | 'place' | 'message'> & {
  new_since_ms: number;
};

export interface EscalationOptions {
  sql: Sql;
  logger: Logger;
  nowMs: () => number;
  /** Called after a message to a destination was written. */
  onDeliveries: () => void;
}

/**
 * Marks alerts that nobody acknowledges, level by level. Several processes may run it: each level of an alert is taken under the
 * alert's lock by the one that finds it not taken yet.
 */
export class EscalationWorker {
  readonly #options: EscalationOptions;
  readonly #rounds: Rounds;

  constructor(options: EscalationOptions) {
    this.#options = options;
    const failed = 'alerts could not be escalated; trying again';
    this.#rounds = new Rounds(async () => void (await this.escalateDue()), { everyMs: POLL_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** Escalates what is due now. Returns how many levels it took. */
  async escalateDue(): Promise<number> {
    const { sql, nowMs, logger } = this.#options;
    const atMs = nowMs();
    let taken = 0;
    for (const due of await dueAlerts(sql, atMs)) {
      if (!(await sql.begin((transaction) => this.#escalate(transaction, due, atMs)))) continue;
      taken += 1;
      logger.info({ alertId: due.id, level: due.level + 1 }, 'nobody has acknowledged an alert; it was escalated');
      if (due.level === 1) this.#options.onDeliveries();
    }
    return taken;
  }

  async #escalate(transaction: Transaction, { id, level, destination_id }: DueAlert, atMs: number): Promise<boolean> {
    await lockAlert(transaction, id);
    const [row] = await transaction<Escalated[]>`
      UPDATE alerts SET escalation_level = ${level + 1}, escalated_at_ms = ${atMs}
      WHERE id = ${id} AND state = 'new' AND escalation_level = ${level} AND merged_into IS NULL
      RETURNING id, unit_id, kind, camera_id, camera_name, place, message, new_since_ms`;
    if (!row) return false;
    const told = level === 1 && destination_id !== null ? await tellOf(transaction, row, destination_id, atMs) : null;
    await transaction`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, object)
      VALUES (${id}, ${atMs}, 'system', ${ACTIONS[level]}, 'new', 'new', ${told})`;
    await stampAlert(transaction, id);
    return true;
  }
}

/** Tells one destination that nobody looks at the alert; none that does not take its kind. Returns the destination's name. */
async function tellOf(transaction: Transaction, row: Escalated, destinationId: string, atMs: number): Promise<string | null> {
  const destination = (await destinationsFor(transaction, row, atMs)).find(({ id }) => id === destinationId);
  if (!destination) return null;
  const location = await locationOf(transaction, row.message);
  const source = { message: row.message, cameraName: row.camera_name, place: row.place, location };
  const snapshot = { ...snapshotOf(source), unacknowledgedS: Math.round((atMs - row.new_since_ms) / 1000) };
  const messageType = destination.informed ? 'Update' : 'Alert';
  const plan = { alertId: row.id, messageType, cause: 'escalated', to: destinationId, snapshot, nowMs: atMs } as const;
  await planDelivery(transaction, plan, row.unit_id);
  return destination.name;
}
