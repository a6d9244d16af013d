import { offerTestPostgres } from '@safecity/platform/testing';

/** Before the first file of a test run: PostgreSQL for those that ask. */
export default async function setup(): Promise<() => Promise<void>> {
  const offer = await offerTestPostgres();
  return () => offer.close();
}
