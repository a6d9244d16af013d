import { decodeLiveMessage } from '@safecity/contracts';
import { serverClock } from '../api/server-clock.js';
import { Socket, type SocketState } from '../api/socket.js';
import { targetBehindS } from './live-edge.js';
import { canPlay, MediaFeed } from './media-feed.js';

/** What is known of a stream once it has begun. */
export interface StreamFacts {
  codec: string;
  widthPx: number;
  heightPx: number;
  simulated: boolean;
  /** False when this browser cannot play it: stills must be shown. */
  playable: boolean;
}

/** A live stream that says nothing for this long is connected anew, ms. */
const SILENCE_MS = 10_000;
const KEEP_UP_EVERY_MS = 100;
/** After so many failures without a picture between them the browser is taken to be unable. */
const FAILURES_UNTIL_STILLS = 3;
const LAG_SMOOTHING = 0.1;
/** Frames of tracks further apart than this are not waited for. */
const SPARSE_MS = 1500;

function smoothed(beforeMs: number | null, nowMs: number): number {
  return beforeMs === null ? nowMs : beforeMs + LAG_SMOOTHING * (nowMs - beforeMs);
}

/** Plays one camera live in a video element, whatever happens to the connection, the stream or the decoder. */
export class LivePlayer {
  private readonly video: HTMLVideoElement;
  private readonly onStream: (facts: StreamFacts) => void;
  private readonly socket: Socket;
  private readonly timer: ReturnType<typeof setInterval>;
  private feed: MediaFeed | null = null;
  private facts: StreamFacts | null = null;
  private failures = 0;
  private tracksLagMs: number | null = null;
  private lastTracksMs = 0;
  private arrivalLagMs: number | null = null;
  socketState: SocketState = 'connecting';

  constructor(options: { video: HTMLVideoElement; cameraId: string; onStream: (facts: StreamFacts) => void }) {
    this.video = options.video;
    this.onStream = options.onStream;
    this.socket = new Socket({
      path: () => `/api/v1/cameras/${encodeURIComponent(options.cameraId)}/live`,
      onMessage: ({ data }) => this.take(data as ArrayBuffer),
      onState: (state) => {
        this.socketState = state;
      },
      silenceMs: SILENCE_MS,
    });
    this.timer = setInterval(() => this.feed?.keepUp(targetBehindS(this.tracksLagMs, this.arrivalLagMs)), KEEP_UP_EVERY_MS);
  }

  /** Capture time of the picture at `mediaS` of the video element, epoch ms. */
  captureAt(mediaS: number): number | null {
    const captureMs = this.feed?.captureAt(mediaS) ?? null;
    if (captureMs !== null) this.failures = 0;
    return captureMs;
  }

  /**
   * Tells that boxes have come, so that the picture is held back just enough for them to fit. What counts is the moment
   * just before: how far the picture had run ahead of the boxes known until then.
   */
  noteTracks(capturedAtMs: number): void {
    const edgeMs = this.feed?.edgeCaptureMs ?? null;
    const knownUntilMs = capturedAtMs - this.lastTracksMs < SPARSE_MS ? this.lastTracksMs : capturedAtMs;
    this.lastTracksMs = capturedAtMs;
    if (edgeMs !== null) this.tracksLagMs = smoothed(this.tracksLagMs, Math.max(0, edgeMs - knownUntilMs));
  }

  /** Ends the connection and lets go of the video element. */
  close(): void {
    clearInterval(this.timer);
    this.socket.close();
    this.feed?.close();
    this.feed = null;
  }

  private take(message: ArrayBuffer): void {
    const { header, payload } = decodeLiveMessage(new Uint8Array(message));
    const bytes = payload as Uint8Array<ArrayBuffer>;
    if (header.type === 'init') {
      const playable = canPlay(header.codec) && this.failures < FAILURES_UNTIL_STILLS;
      this.facts = { codec: header.codec, widthPx: header.widthPx, heightPx: header.heightPx, simulated: header.simulated, playable };
      this.onStream(this.facts);
      if (!playable) return;
      this.feed ??= new MediaFeed(this.video, () => this.broken());
      this.feed.init(header.codec, bytes);
    } else if (this.facts?.playable) {
      this.arrivalLagMs = smoothed(this.arrivalLagMs, serverClock.nowMs() - header.captureMs - header.durationMs);
      this.feed?.append({ ...header, bytes });
    }
  }

  private broken(): void {
    this.failures += 1;
    this.feed?.close();
    this.feed = null;
    this.socket.reconnect();
  }
}
