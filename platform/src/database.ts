import { SafecityError } from '@safecity/contracts';
import postgres from 'postgres';

/**
 * Makes sure that an existing PostgreSQL answers and lets us in, before anything is started on it.
 * @throws SafecityError `PLATFORM_DATABASE_UNREACHABLE` naming what went wrong; the URL's password is never part of it
 */
export async function checkDatabase(url: string): Promise<void> {
  const fail = (why: string, cause: unknown) =>
    new SafecityError(
      'PLATFORM_DATABASE_UNREACHABLE',
      `the database of DATABASE_URL cannot be used: ${why}; check the address, user and password`,
      { cause },
    );
  if (!URL.canParse(url)) throw fail('it is not a URL such as postgres://user:password@host:5432/safecity', undefined);
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql`select 1`;
  } catch (cause) {
    throw fail((cause as Error).message, cause);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
