import postgres from 'postgres';

/** A pool of connections; `int8` comes as number, because ids and event ids stay far below 2^53. */
export type Sql = postgres.Sql<{ bigint: number }>;

/** A pool or a transaction: what a query can run on. */
export type Queryable = postgres.ISql<{ bigint: number }>;

/** A transaction, where several statements must stand or fall together. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

/** Opens a pool. Owned by the caller: `await sql.end({ timeout: 5 })`. */
export function openDatabase(url: string, options: { name: string; maxConnections?: number }): Sql {
  return postgres(url, {
    max: options.maxConnections ?? 10,
    connection: { application_name: options.name },
    onnotice: () => undefined,
    types: { bigint: { to: 20, from: [20], parse: (text: string) => Number(text), serialize: (value: number) => String(value) } },
  });
}

/** A value for a `jsonb` column. */
export function jsonb(sql: Queryable, value: unknown): postgres.Parameter {
  return sql.json(value as postgres.JSONValue);
}
