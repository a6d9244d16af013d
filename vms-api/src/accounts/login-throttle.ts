import type { Queryable, Sql, Transaction } from '../database/connection.js';

/**
 * Failures that cost nothing, then 1 s doubled with each further one up to the cap; forgotten after a quiet hour. A whole
 * operations centre may share one address.
 */
const FREE_FAILURES = { user: 4, address: 99 };
const FIRST_BLOCK_MS = 1000;
const LONGEST_BLOCK_MS = 5 * 60_000;
const FORGET_AFTER_MS = 60 * 60_000;

/** How long sign-in is refused after `failures` in a row, ms. */
export function blockMs(failures: number, freeFailures: number): number {
  const beyond = failures - freeFailures;
  return beyond <= 0 ? 0 : Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** (beyond - 1));
}

/** Who tries, and from where. */
export interface Attempt {
  username: string;
  address: string;
}

const keysOf = ({ username, address }: Attempt) => [
  { key: `user:${username.trim().toLowerCase().slice(0, 64)}`, free: FREE_FAILURES.user },
  { key: `address:${address}`, free: FREE_FAILURES.address },
];

interface Throttle {
  failures: number;
  last_failure_ms: number;
  blocked_until_ms: number;
}

/** The row of a key, locked: who asks at the same moment waits. */
async function lockKey(transaction: Transaction, key: string): Promise<Throttle> {
  const rows = await transaction<Throttle[]>`
    INSERT INTO login_throttle (key, failures, last_failure_ms, blocked_until_ms) VALUES (${key}, 0, 0, 0)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING failures, last_failure_ms, blocked_until_ms`;
  return rows[0] as Throttle;
}

/**
 * Counts an attempt as failed before it is looked at, against the user name and the address, so that many at once are no more
 * than one after the other. Returns how long to wait, ms, when it may not be looked at; 0 when it may. Kept in the database:
 * a restart frees nobody.
 */
export async function beginAttempt(sql: Sql, attempt: Attempt, nowMs: number): Promise<number> {
  return sql.begin(async (transaction) => {
    const rows: Throttle[] = [];
    for (const { key } of keysOf(attempt)) rows.push(await lockKey(transaction, key));
    const blockedMs = Math.max(...rows.map((row) => row.blocked_until_ms)) - nowMs;
    if (blockedMs > 0) return blockedMs;
    for (const [index, { key, free }] of keysOf(attempt).entries()) {
      const { failures, last_failure_ms } = rows[index] as Throttle;
      const now = last_failure_ms < nowMs - FORGET_AFTER_MS ? 1 : failures + 1;
      const block = blockMs(now, free);
      // No block is 0 and not this moment: who began a millisecond earlier would be held by it.
      await transaction`UPDATE login_throttle SET failures = ${now}, last_failure_ms = ${nowMs},
        blocked_until_ms = ${block === 0 ? 0 : nowMs + block} WHERE key = ${key}`;
    }
    return 0;
  }) as Promise<number>;
}

/**
 * The attempt that began at `beganMs` was no failure after all. Its block goes with it, unless somebody has tried since.
 */
export async function takeBack(sql: Queryable, attempt: Attempt, beganMs: number): Promise<void> {
  // One row at a time: two that each hold a row and wait for the other's would never end.
  for (const { key } of keysOf(attempt))
    await sql`UPDATE login_throttle SET failures = GREATEST(failures - 1, 0),
      blocked_until_ms = CASE WHEN last_failure_ms = ${beganMs} THEN 0 ELSE blocked_until_ms END WHERE key = ${key}`;
}

/** A sign-in that worked forgives the user name; the address may still be guessing at others. */
export async function forgiveLogin(sql: Queryable, attempt: Attempt, beganMs: number): Promise<void> {
  await takeBack(sql, attempt, beganMs);
  await sql`DELETE FROM login_throttle WHERE key = ${keysOf(attempt)[0]?.key as string}`;
  await sql`DELETE FROM login_throttle WHERE key IN (
    SELECT key FROM login_throttle WHERE last_failure_ms < ${beganMs - FORGET_AFTER_MS} FOR UPDATE SKIP LOCKED)`;
}
