import { matches, OnvifProbeResult, OnvifSearchResult, StreamProbeResult } from '@safecity/contracts';
import type { Static, TSchema } from 'typebox';
import type { IngestDirectory } from '../live/ingest-directory.js';
import { failure } from '../server/failure.js';

/** Longer than ingest takes for any of them, ms. */
const TIMEOUT_MS = 20_000;

/** Cameras are tried by an ingest worker, which alone speaks with cameras. */
export class IngestProbes {
  readonly #ingest: IngestDirectory;

  constructor(ingest: IngestDirectory) {
    this.#ingest = ingest;
  }

  /** @throws SafecityError `API_NO_INGEST` (503), `API_PROBES_BUSY` (429) */
  stream(probe: object, cameraId?: string): Promise<StreamProbeResult> {
    return this.#ask('stream', probe, StreamProbeResult, cameraId);
  }

  /** @throws SafecityError as `stream` does */
  onvif(probe: object, cameraId?: string): Promise<OnvifProbeResult> {
    return this.#ask('onvif', probe, OnvifProbeResult, cameraId);
  }

  /** @throws SafecityError as `stream` does */
  search(): Promise<OnvifSearchResult> {
    return this.#ask('search', {}, OnvifSearchResult);
  }

  async #ask<T extends TSchema>(what: string, body: object, schema: T, cameraId?: string): Promise<Static<T>> {
    const { address, headers } = this.#ingest.reachAny('probe', cameraId);
    let response: Response;
    try {
      response = await fetch(new URL(`/probes/${what}`, address), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
    } catch (cause) {
      throw failure('API_NO_INGEST', 503, 'the ingest worker does not answer: see that ingest runs', cause);
    }
    if (response.status === 429) throw failure('API_PROBES_BUSY', 429, 'other cameras are being tried: try again in a few seconds');
    const answer: unknown = response.ok ? await response.json().catch(() => null) : null;
    if (!matches(schema, answer)) throw failure('API_NO_INGEST', 503, `the ingest worker answered with status ${response.status}`);
    return answer;
  }
}
