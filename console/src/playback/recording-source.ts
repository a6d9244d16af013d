import { ApiError, answerOf, api } from '../api/client.js';

/** A piece of a recording, ready for the player. */
export interface RecordedPiece {
  bytes: ArrayBuffer;
  codec: string;
  /** Capture time of its first and last picture, epoch ms. */
  fromMs: number;
  toMs: number;
  /** Where to go on, epoch ms; null at the newest picture. */
  nextMs: number | null;
  /** It was encoded anew because this browser does not play what was recorded. */
  transcoded: Transcoded | null;
}

/** What a recording was, and the size in which it is shown, `960x540`. */
export interface Transcoded {
  codec: string;
  recordedSize: string;
  size: string;
}

/** What this browser plays: everything that is recorded, or H.264 only. */
export type Plays = 'recorded' | 'h264';

/** What is fetched: every picture, or for high speeds keyframes alone. */
export type Pictures = 'all' | 'keyframes';

/**
 * Fetches what is recorded from a time on.
 * @throws ApiError `API_NO_RECORDING` when there is nothing, `API_RECORDING_WINDOW` when it may not be watched ...
 */
export async function fetchPiece(
  cameraId: string,
  query: { fromMs: number; forMs: number; pictures: Pictures; plays: Plays },
  signal: AbortSignal,
): Promise<RecordedPiece> {
  const call = api.GET('/api/v1/cameras/{cameraId}/recording/play', {
    params: { path: { cameraId }, query: { ...query, fromMs: Math.round(query.fromMs), forMs: Math.round(query.forMs) } },
    parseAs: 'arrayBuffer',
    signal,
  });
  const bytes = (await answerOf<unknown>(call)) as ArrayBuffer;
  const { headers } = (await call).response;
  const number = (name: string) => Number(headers.get(name));
  const codec = headers.get('x-codec');
  if (codec === null) throw new ApiError('CONSOLE_UNREACHABLE', '', 0);
  return {
    bytes,
    codec,
    fromMs: number('x-from-ms'),
    toMs: number('x-to-ms'),
    nextMs: headers.has('x-next-ms') ? number('x-next-ms') : null,
    transcoded: transcodedOf(headers),
  };
}

function transcodedOf(headers: Headers): Transcoded | null {
  const [codec, recordedSize, size] = ['x-recorded-codec', 'x-recorded-size', 'x-size'].map((name) => headers.get(name));
  return codec && recordedSize && size ? { codec, recordedSize, size } : null;
}
