import { decodeLiveMessage, type LiveHeader } from '@safecity/contracts';
import { serverClock } from '../api/server-clock.js';
import { Socket, type SocketState } from '../api/socket.js';
import { targetBehindS } from './live-edge.js';
import { canPlay, MediaFeed } from './media-feed.js';
import { Mpeg1Feed } from './mpeg1-feed.js';

/** What is known of a stream once it has begun. */
export interface StreamFacts {
  /** What the camera sends. */
  codec: string;
  widthPx: number;
  heightPx: number;
  simulated: boolean;
  /** As the camera sends it; transcoded, because this browser cannot play that; or, where that fails too, stills must be shown. */
  shownAs: 'video' | 'transcoded' | 'stills';
}

type Init = Extract<LiveHeader, { type: 'init' }>;
type Fragment = Extract<LiveHeader, { type: 'fragment' }>;

interface PlayerOptions {
  video: HTMLVideoElement;
  /** Where transcoded pictures are painted. */
  screen: HTMLCanvasElement;
  cameraId: string;
  onStream: (facts: StreamFacts) => void;
  /** A transcoded picture is on the screen; its capture time, epoch ms. */
  onTranscodedPicture: (captureMs: number) => void;
}

/** A live stream that says nothing for this long is connected anew, ms. */
const SILENCE_MS = 10_000;
const KEEP_UP_EVERY_MS = 100;
/** After so many failures without a picture between them the browser is taken to be unable. */
const FAILURES_UNTIL_UNABLE = 3;
/** Stills are shown when the first transcoded picture takes longer than this, ms. */
const TRANSCODE_PATIENCE_MS = 8000;
/** How long until a refused transcode is asked for again, ms. */
const REFUSED_PAUSE_MS = 15_000;
const LAG_SMOOTHING = 0.1;
/** Frames of tracks further apart than this are not waited for. */
const SPARSE_MS = 1500;

function smoothed(beforeMs: number | null, nowMs: number): number {
  return beforeMs === null ? nowMs : beforeMs + LAG_SMOOTHING * (nowMs - beforeMs);
}

const sizeOf = ({ widthPx, heightPx, simulated }: Init) => ({ widthPx, heightPx, simulated });

/** Plays one camera live, whatever happens to the connection, the stream or the decoder. */
export class LivePlayer {
  private readonly options: PlayerOptions;
  private readonly socket: Socket;
  private readonly timer: ReturnType<typeof setInterval>;
  private feed: MediaFeed | Mpeg1Feed | null = null;
  private facts: StreamFacts | null = null;
  private failures = 0;
  /** When transcoded video was asked for; null while the camera's own is. */
  private transcodeAskedMs: number | null = null;
  private tracksLagMs: number | null = null;
  private lastTracksMs = 0;
  private arrivalLagMs: number | null = null;
  socketState: SocketState = 'connecting';

  constructor(options: PlayerOptions) {
    this.options = options;
    this.socket = new Socket({
      path: () => `/api/v1/cameras/${encodeURIComponent(options.cameraId)}/live${this.transcodeAskedMs === null ? '' : '?as=mpeg1'}`,
      onMessage: ({ data }) => this.take(data as ArrayBuffer),
      onState: (state) => {
        this.socketState = state;
      },
      silenceMs: SILENCE_MS,
    });
    this.timer = setInterval(() => this.keepUp(), KEEP_UP_EVERY_MS);
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
    this.dropFeed();
  }

  private take(message: ArrayBuffer): void {
    const { header, payload } = decodeLiveMessage(new Uint8Array(message));
    const bytes = payload as Uint8Array<ArrayBuffer>;
    if (header.type === 'refused') this.showStills(REFUSED_PAUSE_MS);
    else if (header.type === 'fragment') this.append(header, bytes);
    else if (header.transcodedFrom === undefined) this.beginVideo(header, bytes);
    else this.beginTranscoded(header, header.transcodedFrom);
  }

  private append(header: Fragment, bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.feed) return;
    this.arrivalLagMs = smoothed(this.arrivalLagMs, serverClock.nowMs() - header.captureMs - header.durationMs);
    this.feed.append({ ...header, bytes });
  }

  private beginVideo(header: Init, bytes: Uint8Array<ArrayBuffer>): void {
    const plays = this.plays(header.codec);
    this.tell({ ...sizeOf(header), codec: header.codec, shownAs: plays ? 'video' : 'transcoded' });
    if (!plays) {
      this.ask(Date.now());
      return;
    }
    const feed = this.feed instanceof MediaFeed ? this.feed : new MediaFeed(this.options.video, () => this.broken());
    this.feed = feed;
    feed.init(header.codec, bytes);
  }

  private beginTranscoded(header: Init, codec: string): void {
    if (this.plays(codec)) {
      this.ask(null);
      return;
    }
    this.arrivalLagMs = null;
    // Stills stay until the first picture has been painted.
    this.tell({ ...sizeOf(header), codec, shownAs: this.facts?.shownAs === 'stills' ? 'stills' : 'transcoded' });
    const feed = this.feed instanceof Mpeg1Feed ? this.feed : this.mpeg1Feed();
    this.feed = feed;
    void feed.init();
  }

  private mpeg1Feed(): Mpeg1Feed {
    return new Mpeg1Feed({
      canvas: this.options.screen,
      onShown: (captureMs) => {
        if (this.facts && this.facts.shownAs !== 'transcoded') this.tell({ ...this.facts, shownAs: 'transcoded' });
        this.options.onTranscodedPicture(captureMs);
      },
      onBroken: () => this.showStills(REFUSED_PAUSE_MS),
    });
  }

  /** Asks for transcoded video from now on, or, with null, for the camera's own. */
  private ask(transcodeAskedMs: number | null): void {
    this.transcodeAskedMs = transcodeAskedMs;
    this.dropFeed();
    this.socket.reconnect();
  }

  private showStills(againAfterMs: number): void {
    this.dropFeed();
    if (this.facts) this.tell({ ...this.facts, shownAs: 'stills' });
    this.socket.reconnect(againAfterMs);
  }

  private keepUp(): void {
    this.feed?.keepUp(targetBehindS(this.tracksLagMs, this.arrivalLagMs), this.arrivalLagMs);
    const late = this.transcodeAskedMs !== null && Date.now() - this.transcodeAskedMs > TRANSCODE_PATIENCE_MS;
    const waiting = this.facts?.shownAs === 'transcoded' && (this.feed?.edgeCaptureMs ?? null) === null;
    if (late && waiting && this.facts) this.tell({ ...this.facts, shownAs: 'stills' });
  }

  private tell(facts: StreamFacts): void {
    this.facts = facts;
    this.options.onStream(facts);
  }

  private plays(codec: string): boolean {
    return canPlay(codec) && this.failures < FAILURES_UNTIL_UNABLE;
  }

  private dropFeed(): void {
    this.feed?.close();
    this.feed = null;
    this.arrivalLagMs = null;
  }

  private broken(): void {
    this.failures += 1;
    this.dropFeed();
    this.socket.reconnect();
  }
}
