import { encodeLiveMessage } from '@safecity/contracts';
import type { WebSocket } from 'ws';
import type { InitSegment } from '../mp4/init-segment.js';
import type { GopRing } from '../ring/gop-ring.js';
import { ptsMs, type RingFragment } from '../ring/ring-fragment.js';
import { readRing } from '../ring/ring-reader.js';

/** More than this behind the camera, a viewer goes on at the newest keyframe. */
const MAX_BEHIND_MS = 3000;
/** What may wait in the socket before the reader is held back. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const DRAIN_CHECK_MS = 20;

function initMessage(init: InitSegment, simulated: boolean): Uint8Array {
  const { codec, widthPx, heightPx, data } = init;
  return encodeLiveMessage({ type: 'init', codec, widthPx, heightPx, simulated }, data);
}

function fragmentMessage(fragment: RingFragment, skipped: boolean): Uint8Array {
  const { media, init } = fragment;
  const pts = media.samples.map((sample) => ptsMs(sample, init));
  const durationTicks = media.samples.reduce((sum, sample) => sum + sample.durationTicks, 0);
  return encodeLiveMessage(
    {
      type: 'fragment',
      captureMs: fragment.firstCaptureMs,
      ptsMs: Math.min(...pts),
      durationMs: (durationTicks * 1000) / init.timescale,
      key: media.key,
      discontinuity: skipped || fragment.discontinuity !== undefined,
    },
    media.data,
  );
}

async function drained(socket: WebSocket, signal: AbortSignal): Promise<void> {
  while (socket.bufferedAmount > MAX_BUFFERED_BYTES && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
}

/**
 * Sends a camera's video to one viewer until the socket closes: the init segment, the fragments from the last keyframe
 * on, and a new init segment whenever the stream begins anew. A slow viewer skips to the newest keyframe.
 */
export async function sendLive(socket: WebSocket, ring: GopRing, simulated: boolean): Promise<void> {
  const closing = new AbortController();
  socket.on('close', () => closing.abort());
  socket.on('error', () => closing.abort());
  let init: InitSegment | null = null;
  let first = true;
  for await (const { fragment, skipped } of readRing(ring, { maxBehindMs: MAX_BEHIND_MS, signal: closing.signal })) {
    if (fragment.init !== init) socket.send(initMessage(fragment.init, simulated || fragment.recording === true));
    init = fragment.init;
    socket.send(fragmentMessage(fragment, skipped && !first));
    first = false;
    await drained(socket, closing.signal);
  }
  socket.close();
}
