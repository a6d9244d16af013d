import {
  type OnvifDevice,
  type OnvifProbe,
  type OnvifProbeResult,
  SafecityError,
  type StreamProbe,
  type StreamProbeResult,
} from '@safecity/contracts';
import { type CameraNetworks, openSecret } from '@safecity/platform';
import { lookUpStreams } from '../onvif/look-up.js';
import { searchNetwork } from '../onvif/search-network.js';
import { probeStream } from './probe-stream.js';

/** For one camera, ms. */
const STREAM_LIMIT_MS = 15_000;
const ONVIF_LIMIT_MS = 10_000;
const SEARCH_MS = 4000;
/** Each is an ffmpeg, a process or a search: the cameras that are in service come first. */
const AT_ONCE = 3;

/** Tries cameras that are not in service yet: their stream, their ONVIF profiles, and which ones the network has. */
export class ProbeDesk {
  readonly #key: Buffer;
  readonly #networks: CameraNetworks | undefined;
  #running = 0;

  /** @param options `key` opens credentials; without `networks` every address may be tried */
  constructor(options: { key: Buffer; networks: CameraNetworks | undefined }) {
    this.#key = options.key;
    this.#networks = options.networks;
  }

  /** @throws SafecityError `INGEST_PROBES_BUSY` (429), `INGEST_CREDENTIALS_UNREADABLE` (400) */
  stream(probe: StreamProbe): Promise<StreamProbeResult> {
    return this.#one(() => probeStream(probe, { ...this.#optionsFor(probe), timeLimitMs: STREAM_LIMIT_MS }));
  }

  /** @throws SafecityError as `stream` does */
  onvif(probe: OnvifProbe): Promise<OnvifProbeResult> {
    return this.#one(() => lookUpStreams(probe, { ...this.#optionsFor(probe), timeLimitMs: ONVIF_LIMIT_MS }));
  }

  /** @throws SafecityError `INGEST_PROBES_BUSY` (429) */
  search(): Promise<OnvifDevice[]> {
    return this.#one(() => searchNetwork({ timeLimitMs: SEARCH_MS }));
  }

  #optionsFor({ sealedCredentials }: { sealedCredentials?: string }) {
    return { networks: this.#networks, credentials: sealedCredentials === undefined ? null : this.#open(sealedCredentials) };
  }

  #open(sealed: string): string {
    try {
      return openSecret(this.#key, sealed);
    } catch {
      throw new SafecityError('INGEST_CREDENTIALS_UNREADABLE', 'the credentials cannot be opened: enter user name and password again', {
        httpStatus: 400,
      });
    }
  }

  async #one<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      const message = `${AT_ONCE} cameras are being tried at the moment: try again in a few seconds`;
      throw new SafecityError('INGEST_PROBES_BUSY', message, { httpStatus: 429 });
    }
    this.#running++;
    try {
      return await task();
    } finally {
      this.#running--;
    }
  }
}
