import { streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import type { Sql } from '../database/connection.js';
import { StreamConsumer } from '../intake/stream-consumer.js';
import { takeVehiclePlate } from './plate-sightings.js';

export interface PlateConsumerOptions {
  sql: Sql;
  bus: Bus;
  logger: Logger;
}

/** Stores the plates of the `PLATES` stream, each acknowledged after it is stored. */
export function plateConsumer({ sql, bus, logger }: PlateConsumerOptions): StreamConsumer {
  const store = (value: unknown) => takeVehiclePlate(sql, value);
  return new StreamConsumer({ bus, logger, stream: streams.plates.name, durable: 'vms-api', what: 'a plate', store });
}
