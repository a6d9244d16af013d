import postgres from 'postgres';

/** A pool of connections; `int8` comes as number, because ids and event ids stay far below 2^53. */
export type Sql = postgres.Sql<{ bigint: number }>;

/** A pool or a transaction: what a query can run on. */
export type Queryable = postgres.ISql<{ bigint: number }>;

/** A transaction, where several statements must stand or fall together. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

/** A server that does not answer at all is given up after this long: who asks waits for it. */
const CONNECT_TIMEOUT_S = 10;

/** Seconds until a lost connection is tried again: a server that is back is used within one. */
const backoffS = (retries: number): number => Math.min(2 ** retries / 20, 1);

/** Opens a pool. Owned by the caller: `await sql.end({ timeout: 5 })`. */
export function openDatabase(url: string, options: { name: string; maxConnections?: number }): Sql {
  return postgres(url, {
    max: options.maxConnections ?? 10,
    connection: { application_name: options.name },
    connect_timeout: CONNECT_TIMEOUT_S,
    backoff: backoffS,
    onnotice: () => undefined,
    types: { bigint: { to: 20, from: [20], parse: (text: string) => Number(text), serialize: (value: number) => String(value) } },
  });
}

/** SQLSTATEs of a server that ends, has crashed, or does not let anybody in yet. */
const SERVER_AWAY = /^(08...|57P0[1-5]|53300)$/;

/** True for an error of a query whose server is away: its connection was lost, or none could be made. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof postgres.PostgresError) return SERVER_AWAY.test(error.code);
  const { code = '' } = error as NodeJS.ErrnoException;
  // The driver writes the query beside the errors of its sockets; those of other sockets have none.
  return /^CONNECT(ION)?_/.test(code) || ('syscall' in error && 'query' in error);
}

/** A value for a `jsonb` column. */
export function jsonb(sql: Queryable, value: unknown): postgres.Parameter {
  return sql.json(value as postgres.JSONValue);
}
