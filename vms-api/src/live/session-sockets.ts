import type { Sql } from '../database/connection.js';

/** Channel on which the database says which session has ended: the hash of its token, in hex. */
const SESSIONS_CHANNEL = 'safecity_sessions';

/** Open WebSockets by their session, so that those of one that ends are closed with it, whichever process ended it. */
export class SessionSockets {
  readonly #open = new Map<string, Set<() => void>>();
  #listening: { unlisten(): Promise<void> } | undefined;

  async start(sql: Sql): Promise<void> {
    this.#listening = await sql.listen(SESSIONS_CHANNEL, (session) => {
      for (const close of this.#open.get(session) ?? []) close();
    });
  }

  /** Calls `close` when the session ends. Returns what forgets it; who opened the socket calls that at its end. */
  add(sessionHash: Buffer, close: () => void): () => void {
    const session = sessionHash.toString('hex');
    const sockets = this.#open.get(session) ?? new Set();
    this.#open.set(session, sockets.add(close));
    return () => {
      sockets.delete(close);
      if (sockets.size === 0 && this.#open.get(session) === sockets) this.#open.delete(session);
    };
  }

  async close(): Promise<void> {
    await this.#listening?.unlisten().catch(() => undefined);
    this.#open.clear();
  }
}
