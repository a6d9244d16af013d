import type { StreamProbe, StreamProbeResult } from '@safecity/contracts';
import { SafecityError } from '@safecity/contracts';
import type { CameraNetworks } from '@safecity/platform';
import type { IngestErrorCode } from '../errors.js';
import type { CameraProblem } from '../ffmpeg/classify.js';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { type ConnectionEnd, runConnection } from '../session/connection.js';
import { remuxCommand } from '../session/stream-command.js';
import { addressProblem } from '../session/stream-session.js';
import { streamAddress, urlWithCredentials } from '../session/stream-url.js';
import { decodeStill } from '../stills/decode-still.js';

export interface StreamProbeOptions {
  /** `user:password`; null for an open camera. */
  credentials: string | null;
  networks: CameraNetworks | undefined;
  /** For all of it, ms. */
  timeLimitMs: number;
}

/** How long the second keyframe is waited for after the first, ms: cameras send one each 1 to 4 s. */
const GOP_PATIENCE_MS = 4500;
/** At least so much of the stream tells the rate, ms. */
const LEAST_MEASURED_MS = 900;
const PICTURE_WIDTH_PX = 960;
const SILENCE_MS = 8000;
/** Of the time limit, what is left for the picture: whatever came until then is used. */
const DECODING_MS = 3000;

/** What came of a stream: its fragments from the first keyframe on. */
class Sample {
  readonly fragments: ClipFragment[] = [];
  #sinceMs = 0;

  /** Takes a fragment; true when enough is known. */
  take(fragment: ClipFragment, nowMs: number): boolean {
    if (this.fragments.length === 0) {
      if (!fragment.media.key) return false;
      this.#sinceMs = nowMs;
    }
    this.fragments.push(fragment);
    const isLong = nowMs - this.#sinceMs >= GOP_PATIENCE_MS;
    return isLong || (this.gopMs !== null && this.#spanMs >= LEAST_MEASURED_MS);
  }

  get #timesMs(): { ms: number; key: boolean }[] {
    return this.fragments.flatMap(({ init, media }) =>
      media.samples.map(({ ptsTicks, key }) => ({ ms: (ptsTicks * 1000) / init.timescale, key })),
    );
  }

  get #spanMs(): number {
    const times = this.#timesMs.map(({ ms }) => ms);
    return Math.max(...times) - Math.min(...times);
  }

  get fps(): number | null {
    const spanMs = this.#spanMs;
    return spanMs > 0 ? Math.round(((this.#timesMs.length - 1) / spanMs) * 10_000) / 10 : null;
  }

  get gopMs(): number | null {
    const [first, second] = this.#timesMs.filter(({ key }) => key);
    return first && second ? Math.round(second.ms - first.ms) : null;
  }
}

async function collect(url: string, probe: StreamProbe, describedBySdp: boolean, signal: AbortSignal) {
  const sample = new Sample();
  const enough = new AbortController();
  const end: ConnectionEnd = await runConnection({
    command: remuxCommand(url, probe.transport, { silenceMs: SILENCE_MS, describedBySdp }),
    address: streamAddress(probe.url),
    stallMs: () => SILENCE_MS,
    firstPictureMs: SILENCE_MS * 2,
    nowMs: Date.now,
    signal: AbortSignal.any([signal, enough.signal]),
    onInit: () => undefined,
    onBytes: () => undefined,
    onFragment: (init, media, arrivedAtMs) => {
      if (sample.take({ init, media, captureTimesMs: media.samples.map(() => arrivedAtMs) }, arrivedAtMs)) enough.abort();
    },
  });
  return { sample, end };
}

function problemOf(error: unknown, address: string): CameraProblem {
  const refused = addressProblem(error);
  if (refused) return refused;
  if (error instanceof SafecityError) return { code: error.code as IngestErrorCode, message: `${address}: ${error.message}` };
  throw error;
}

async function look(probe: StreamProbe, { credentials, networks }: StreamProbeOptions, signal: AbortSignal) {
  const url = urlWithCredentials({ url: networks ? await networks.pin(probe.url) : probe.url }, credentials);
  const first = await collect(url, probe, true, signal);
  const isSilentSdp = first.end?.code === 'INGEST_CAMERA_STREAM_CORRUPT' && first.sample.fragments.length === 0;
  // Some cameras describe their stream in its pictures only.
  return isSilentSdp ? collect(url, probe, false, signal) : first;
}

type Found = Extract<StreamProbeResult, { ok: true }>;

async function factsOf(sample: Sample): Promise<Omit<Found, 'tookMs'>> {
  const [fragment] = sample.fragments as [ClipFragment];
  const [picture] = fragment.media.samples;
  const still = await decodeStill(
    { fragments: [fragment], picture: { fragment, sample: picture as NonNullable<typeof picture>, capturedAtMs: 0 } },
    { widthPx: PICTURE_WIDTH_PX },
  );
  const { codec, family, widthPx, heightPx } = fragment.init;
  return { ok: true, codec, family, widthPx, heightPx, fps: sample.fps, gopMs: sample.gopMs, jpegBase64: still.jpeg.toString('base64') };
}

/**
 * Connects to a stream once, as a session would, and tells what it is: codec, size, rate, distance of keyframes and its
 * first picture; or what is wrong with it. Never longer than the time limit; leaves no process behind.
 */
export async function probeStream(probe: StreamProbe, options: StreamProbeOptions): Promise<StreamProbeResult> {
  const sinceMs = performance.now();
  const tookMs = () => Math.round(performance.now() - sinceMs);
  const address = streamAddress(probe.url);
  const signal = AbortSignal.timeout(options.timeLimitMs);
  const collecting = AbortSignal.timeout(Math.max(0, options.timeLimitMs - DECODING_MS));
  const fail = (problem: CameraProblem): StreamProbeResult => ({ ok: false, problem, tookMs: tookMs() });
  try {
    const { sample, end } = await Promise.race([look(probe, options, collecting), rejected(signal)]);
    if (sample.fragments.length > 0) return { ...(await factsOf(sample)), tookMs: tookMs() };
    if (end) return fail(end);
  } catch (error) {
    if (!signal.aborted && !collecting.aborted) return fail(problemOf(error, address));
  }
  const seconds = Math.round(options.timeLimitMs / 1000);
  return fail({
    code: 'INGEST_CAMERA_TEST_TIMEOUT',
    message: `${address} gave no picture within ${seconds} s: check the network to it, or try its sub-stream`,
  });
}

/** Rejects when the signal does; what it stands beside ends by the same signal, but a name server may take longer. */
function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
