/** Codec of the transcoded form: MPEG-1 video (ISO/IEC 11172-2) in an MPEG transport stream. */
export const TRANSCODED_CODEC = 'mpeg1video';

/**
 * Framing of live video over a WebSocket, ingest → vms-api → console: each binary message is
 * `u32 big endian header length | header JSON, UTF-8 | payload`.
 * As the camera sends it, an `init` carries the ISO BMFF initialisation segment, a `fragment` one moof+mdat. Transcoded,
 * an `init` carries nothing and a `fragment` the transport stream packets of one picture. `refused` says that there will
 * be no transcoded video, and is the last message.
 */
export type LiveHeader =
  | {
      type: 'init';
      /** RFC 6381, for example `avc1.64001f` or `hvc1.1.6.L93.B0`; `mpeg1video` when transcoded. */
      codec: string;
      /** What the camera sends, when that was transcoded. */
      transcodedFrom?: string;
      widthPx: number;
      heightPx: number;
      /** Plays a recording: label SIMULATED. */
      simulated: boolean;
    }
  | {
      type: 'fragment';
      /** Capture time of the first picture, epoch ms. */
      captureMs: number;
      /** Presentation time of the first picture on the stream's own time line, ms. */
      ptsMs: number;
      durationMs: number;
      key: boolean;
      /** The time line jumped before this fragment. */
      discontinuity: boolean;
    }
  | {
      type: 'refused';
      /** Stable code of ingest's `errors.ts`. */
      code: string;
      message: string;
    };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Joins header and payload into one message. */
export function encodeLiveMessage(header: LiveHeader, payload: Uint8Array): Uint8Array {
  const json = encoder.encode(JSON.stringify(header));
  const message = new Uint8Array(4 + json.length + payload.length);
  new DataView(message.buffer).setUint32(0, json.length);
  message.set(json, 4);
  message.set(payload, 4 + json.length);
  return message;
}

/** Splits a message; the payload is a view of it, not a copy. */
export function decodeLiveMessage(message: Uint8Array): { header: LiveHeader; payload: Uint8Array } {
  const length = new DataView(message.buffer, message.byteOffset, message.byteLength).getUint32(0);
  return { header: JSON.parse(decoder.decode(message.subarray(4, 4 + length))) as LiveHeader, payload: message.subarray(4 + length) };
}
