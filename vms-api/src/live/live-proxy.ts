import { decodeLiveMessage, encodeLiveMessage } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import { type RawData, WebSocket } from 'ws';
import { BoundedSocket } from '../server/bounded-socket.js';
import type { IngestDirectory } from './ingest-directory.js';

/** A second or two of a 4 Mb/s camera may wait for a client; beyond that it skips to a keyframe. */
const LIMITS = { skipAboveBytes: 1024 * 1024, dropAboveBytes: 8 * 1024 * 1024 };
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;

const bytesOf = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;

/** Decides, message by message, what a client that falls behind still gets: whole runs of pictures from a keyframe on. */
export class KeyframeSkipper {
  #skipping = false;

  /** The message to send, marked as a jump after a gap; null to skip it. `behind`: the client has not kept up. */
  next(message: Uint8Array, behind: boolean): Uint8Array | null {
    if (!behind && !this.#skipping) return message;
    const { header, payload } = decodeLiveMessage(message);
    if (header.type !== 'fragment') return message;
    this.#skipping = behind || !header.key;
    if (this.#skipping) return null;
    return encodeLiveMessage({ ...header, discontinuity: true }, payload);
  }
}

interface ProxyOptions {
  socket: WebSocket;
  cameraId: string;
  /** How the video is wanted when not as the camera sends it. */
  form: 'mpeg1' | undefined;
  ingest: IngestDirectory;
  logger: Logger;
}

/** Joins a console's WebSocket to that of the ingest worker which holds the camera. Either side's end ends the other. */
export function proxyLive(options: ProxyOptions): void {
  const { socket, cameraId, form, ingest, logger } = options;
  const client = new BoundedSocket(socket, LIMITS);
  let target: ReturnType<IngestDirectory['reach']>;
  try {
    target = ingest.reach(cameraId, `live:${cameraId}`);
  } catch {
    client.close(TRY_AGAIN_LATER, 'no ingest worker holds this camera');
    return;
  }
  const url = new URL(`/cameras/${cameraId}/live`, target.address.replace(/^http/, 'ws'));
  if (form) url.searchParams.set('as', form);
  const upstream = new WebSocket(url, {
    headers: target.headers,
    maxPayload: MAX_MESSAGE_BYTES,
    handshakeTimeout: 5000,
    perMessageDeflate: false,
  });
  const skipper = new KeyframeSkipper();
  upstream.on('message', (data) => {
    const message = skipper.next(bytesOf(data), client.behind);
    if (message) client.send(message);
  });
  upstream.on('error', (error) => logger.debug({ cameraId, reason: error.message }, 'live connection to ingest failed'));
  upstream.on('close', () => client.close(SERVICE_RESTART, 'ingest closed the stream'));
  client.onClose(() => upstream.terminate());
}
