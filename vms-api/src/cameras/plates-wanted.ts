import { openDatabase } from '../database/connection.js';

/** True when a camera of this site asks for plates; false before the first start, when there are no tables yet. */
export async function platesWanted(databaseUrl: string): Promise<boolean> {
  const sql = openDatabase(databaseUrl, { name: 'safecity-plates' });
  try {
    const [tables] = await sql<{ cameras: string | null }[]>`SELECT to_regclass('cameras') AS cameras`;
    if (!tables?.cameras) return false;
    const [found] = await sql<{ wanted: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM cameras WHERE deleted_at_ms IS NULL AND config #>> '{plates,enabled}' = 'true') AS wanted`;
    return found?.wanted === true;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
