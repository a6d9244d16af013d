import { checkId } from '@safecity/contracts';
import { requiredEnv } from '@safecity/platform';

/** What an ingest worker is told by its environment. */
export interface IngestConfig {
  natsUrl: string;
  /** Evidence set aside lies in `reserved/` below it. */
  dataDir: string;
  keyFile: string;
  /** Name of this worker among others; default `ingest-1`. */
  workerId: string;
}

/**
 * Reads and checks the environment before anything is connected.
 * @throws SafecityError naming the variable that is missing; `CONTRACTS_ID_INVALID` for a bad worker id
 */
export function readConfig(environment: NodeJS.ProcessEnv): IngestConfig {
  return Object.freeze({
    natsUrl: requiredEnv(environment, 'NATS_URL'),
    dataDir: requiredEnv(environment, 'SAFECITY_DATA_DIR'),
    keyFile: requiredEnv(environment, 'SAFECITY_KEY_FILE'),
    workerId: checkId(environment['SAFECITY_WORKER_ID'] || 'ingest-1', 'SAFECITY_WORKER_ID'),
  });
}
