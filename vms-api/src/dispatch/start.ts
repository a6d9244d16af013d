import { type Bus, type CameraNetworks, connectBus, type Logger } from '@safecity/platform';
import { openDatabase } from '../database/connection.js';
import { migrate } from '../database/migrate.js';
import { Dispatcher } from './dispatcher.js';

export interface DispatchOptions {
  databaseUrl: string;
  natsUrl: string;
  /** 32 bytes, shared with the API. */
  key: Buffer;
  /** Where destinations may be; left out: everywhere. */
  destinationNetworks?: CameraNetworks;
  logger: Logger;
}

/** Starts the dispatch role; several may run on one database. @throws SafecityError as `startApi` */
export async function startDispatch(options: DispatchOptions): Promise<{ close(): Promise<void> }> {
  const { logger, key, destinationNetworks } = options;
  const sql = openDatabase(options.databaseUrl, { name: 'safecity-dispatch', maxConnections: 10 });
  let bus: Bus | undefined;
  try {
    await migrate(sql);
    bus = await connectBus({ url: options.natsUrl, name: 'dispatch', logger });
    const dispatcher = new Dispatcher({ sql, bus, logger, key, destinationNetworks });
    dispatcher.start();
    const connected = bus;
    const close = async () => {
      await dispatcher.close();
      await connected.close();
      await sql.end({ timeout: 5 });
    };
    return { close };
  } catch (error) {
    await bus?.close();
    await sql.end({ timeout: 5 });
    throw error;
  }
}
