import { checkId, SafecityError } from '@safecity/contracts';
import { CameraNetworks, requiredEnv } from '@safecity/platform';
import { HARDWARE_DECODERS, type HardwareDecoder } from './decode/hardware-decoding.js';

/** What an ingest worker is told by its environment. */
export interface IngestConfig {
  natsUrl: string;
  /** Evidence set aside lies in `reserved/` below it. */
  dataDir: string;
  keyFile: string;
  /** Name of this worker among others; default `ingest-1`. */
  workerId: string;
  /** Cameras transcoded at a time for browsers that cannot play their codec; default 4, 0 for none. */
  transcodes: number;
  /** Whether the GPU decodes; default `off`. */
  hwaccel: HardwareDecoder;
  /** Where cameras are; public addresses may always be reached. */
  networks: CameraNetworks;
}

const DEFAULT_TRANSCODES = 4;
const MOST_TRANSCODES = 256;

function readTranscodes(text: string | undefined): number {
  if (!text) return DEFAULT_TRANSCODES;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= MOST_TRANSCODES) return value;
  throw new SafecityError('INGEST_SETTING_INVALID', `SAFECITY_TRANSCODES must be a whole number 0..${MOST_TRANSCODES}; got "${text}"`);
}

/** @throws SafecityError `INGEST_SETTING_INVALID` */
export function readHwaccel(environment: NodeJS.ProcessEnv): HardwareDecoder {
  const text = environment['SAFECITY_HWACCEL'] || 'off';
  const known = HARDWARE_DECODERS.find((name) => name === text);
  if (known) return known;
  throw new SafecityError('INGEST_SETTING_INVALID', `SAFECITY_HWACCEL must be one of ${HARDWARE_DECODERS.join(', ')}; got "${text}"`);
}

/**
 * Reads and checks the environment before anything is connected.
 * @throws SafecityError naming the variable that is missing; `CONTRACTS_ID_INVALID` for a bad worker id;
 * `INGEST_SETTING_INVALID`, `PLATFORM_NETWORKS_INVALID`
 */
export function readConfig(environment: NodeJS.ProcessEnv): IngestConfig {
  return Object.freeze({
    natsUrl: requiredEnv(environment, 'NATS_URL'),
    dataDir: requiredEnv(environment, 'SAFECITY_DATA_DIR'),
    keyFile: requiredEnv(environment, 'SAFECITY_KEY_FILE'),
    workerId: checkId(environment['SAFECITY_WORKER_ID'] || 'ingest-1', 'SAFECITY_WORKER_ID'),
    transcodes: readTranscodes(environment['SAFECITY_TRANSCODES']),
    hwaccel: readHwaccel(environment),
    networks: CameraNetworks.parse(environment['SAFECITY_CAMERA_NETWORKS']),
  });
}
