import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database on which connections can be cut where a test wants it. */
export interface CutProxy {
  url: string;
  /** Ends the next connection on which the client sends this text, which the database never gets. */
  cutAt(text: string): void;
  /** Ends every connection. */
  cut(): void;
  close(): Promise<void>;
}

export async function startCutProxy(databaseUrl: string): Promise<CutProxy> {
  const database = new URL(databaseUrl);
  const open = new Set<() => void>();
  let wanted: string | null = null;
  const server = createServer((client) => {
    const upstream = connect(Number(database.port), database.hostname);
    const end = () => {
      open.delete(end);
      upstream.destroy();
      client.end();
    };
    open.add(end);
    const take = (bytes: Buffer) => {
      if (wanted === null || !bytes.includes(wanted)) return void upstream.write(bytes);
      wanted = null;
      end();
    };
    client.on('data', take);
    upstream.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, upstream] satisfies Socket[]) socket.on('error', end).on('close', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const end of [...open]) end();
  };
  return {
    url: url.href,
    cutAt: (text) => {
      wanted = text;
    },
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
