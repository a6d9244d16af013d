import type { Queryable } from '../database/connection.js';

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

interface Attempt {
  username: string;
  address: string;
}

const keysOf = ({ username, address }: Attempt) => [
  { key: `user:${username.trim().toLowerCase().slice(0, 64)}`, free: FREE_FAILURES.user },
  { key: `address:${address}`, free: FREE_FAILURES.address },
];

/** How long the user name or the address stays blocked from now on, ms; 0 when it may try. */
export async function loginBlockedMs(sql: Queryable, attempt: Attempt, nowMs: number): Promise<number> {
  const keys = keysOf(attempt).map(({ key }) => key);
  const rows = await sql<{ until: number | null }[]>`
    SELECT max(blocked_until_ms) AS until FROM login_throttle WHERE key = ANY(${keys}) AND blocked_until_ms > ${nowMs}`;
  return Math.max(0, (rows[0]?.until ?? 0) - nowMs);
}

/** Counts a failed sign-in against the user name and the address; kept in the database, so a restart frees nobody. */
export async function recordLoginFailure(sql: Queryable, attempt: Attempt, nowMs: number): Promise<void> {
  for (const { key, free } of keysOf(attempt)) {
    const rows = await sql<{ failures: number }[]>`
      INSERT INTO login_throttle (key, failures, last_failure_ms, blocked_until_ms) VALUES (${key}, 1, ${nowMs}, 0)
      ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN login_throttle.last_failure_ms < ${nowMs - FORGET_AFTER_MS} THEN 1 ELSE login_throttle.failures + 1 END,
        last_failure_ms = ${nowMs}
      RETURNING failures`;
    const block = blockMs(rows[0]?.failures ?? 0, free);
    if (block > 0) await sql`UPDATE login_throttle SET blocked_until_ms = ${nowMs + block} WHERE key = ${key}`;
  }
}

/** A sign-in that worked forgives the user name; the address may still be guessing at others. */
export async function forgiveLogin(sql: Queryable, attempt: Attempt, nowMs: number): Promise<void> {
  await sql`DELETE FROM login_throttle WHERE key = ${keysOf(attempt)[0]?.key as string} OR last_failure_ms < ${nowMs - FORGET_AFTER_MS}`;
}
