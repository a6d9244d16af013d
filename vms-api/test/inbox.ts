import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CapAlert, validateCap } from '@safecity/contracts/cap';
import { expect } from 'vitest';
import type { Sql } from '../src/database/connection.js';

/** A centre that answers as told and keeps what it got. */
export class Inbox {
  readonly received: { body: string; contentType: string | undefined; status: number }[] = [];
  answer: (body: string) => { status: number; body?: string } = () => ({ status: 200, body: '{"receiptId":"R-1"}' });
  #server: Server | undefined;
  #port = 0;

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const { status, body: text = '' } = this.answer(body);
        this.received.push({ body, contentType: request.headers['content-type'], status });
        if (status === 0) request.socket.destroy();
        else response.writeHead(status).end(text);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/cap`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  /** Messages that were taken, oldest first. */
  taken(): CapAlert[] {
    return this.received.filter(({ status }) => status === 200).map(({ body }) => parsed(body));
  }
}

/** The message, which must be CAP without a warning. */
export function parsed(body: string): CapAlert {
  const result = validateCap(body);
  if (!result.ok) throw new Error(`not CAP: ${JSON.stringify(result.problems)}`);
  expect(result.warnings).toEqual([]);
  return result.alert;
}

/** Adds a destination of the city for incidents, unless `changes` say otherwise. */
export async function addDestination(
  sql: Sql,
  id: string,
  url: string,
  changes: { mode?: string; kinds?: string[]; unitId?: string; automatic?: boolean } = {},
): Promise<void> {
  await sql`INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms, automatic)
    VALUES (${id}, ${id.toUpperCase()}, 'cap', ${url}, ${changes.mode ?? 'exercise'}, ${changes.kinds ?? ['incident']}, ${changes.unitId ?? 'city'}, 3600000, ${changes.automatic ?? true})`;
}
