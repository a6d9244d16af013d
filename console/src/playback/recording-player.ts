import { ApiError } from '../api/client.js';
import { canPlay } from '../live/media-feed.js';
import { pictureTimes } from './picture-times.js';
import { aheadMs, GAP_S, holeAhead, neighbour, picturesAt, pieceMs, type Range } from './playback-rates.js';
import { fetchPiece, type Pictures, type Plays, type RecordedPiece, type Transcoded } from './recording-source.js';

/** What the player is doing, for the words and controls around it. */
export interface PlaybackView {
  state: 'loading' | 'playing' | 'paused' | 'edge' | 'failed';
  /** Capture time of the picture on the screen, epoch ms. */
  shownMs: number | null;
  rate: number;
  pictures: Pictures;
  /** A stretch without a picture that is being passed over, epoch ms. */
  gap: { fromMs: number; toMs: number } | null;
  problem: ApiError | null;
  /** What was recorded, when this browser cannot play that and sees it encoded anew. */
  transcoded: Transcoded | null;
}

const LOOK_EVERY_MS = 100;
/** So little that the server answers with one group: the first picture comes as soon as it can. */
const FIRST_PIECE_MS = 1;
const EDGE_EVERY_MS = 1000;
/** How long a gap is shown before it is passed over. */
const GAP_SHOWN_MS = 1500;
const KEPT_BEHIND_S = 30;
/** Fetched at once of what is encoded anew to step back: each piece of it has to be decoded from its keyframe on. */
const STEP_BACK_MS = 1000;
/** With so little ahead of the picture there is no time to wait for a transcoder. */
const HELD_TO_WAIT_MS = 500;
/** H.265 as most cameras send it, Main profile. */
const H265 = 'hvc1.1.6.L120.90';
/** Media time is told in doubles: a little into the picture is the picture. */
const INTO_PICTURE_S = 0.001;

const mimeOf = (codec: string) => `video/mp4; codecs="${codec}"`;

/**
 * Plays a camera's recording. Media time is capture time in seconds since 1970, so that the player's clock tells when a picture
 * was captured. What this browser cannot play comes encoded anew as H.264. Fetches piece after piece ahead of the picture; a seek outside of what is buffered begins anew. `close()` lets
 * go of the video element.
 */
export class RecordingPlayer {
  private readonly video: HTMLVideoElement;
  private readonly cameraId: string;
  private readonly onView: (view: PlaybackView) => void;
  private readonly timer: ReturnType<typeof setInterval>;
  private view: PlaybackView = { state: 'loading', shownMs: null, rate: 1, pictures: 'all', gap: null, problem: null, transcoded: null };
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private codec = '';
  private address = '';
  private times: number[] = [];
  private wantsToPlay = true;
  private plays: Plays = canPlay(H265) ? 'recorded' : 'h264';
  /** What was asked for last, epoch ms. */
  private soughtMs = 0;
  private fetching: AbortController | null = null;
  /** Where the next piece begins, epoch ms; at the newest picture, what is asked for again. */
  private next: { ms: number; atEdge: boolean; notBefore: number } | null = null;
  /** The transcoder had no place; what is ahead of the picture lasts until it is asked again. */
  private waitsForPlace = false;
  private gapSince: number | null = null;
  private frameHandle = 0;
  /** The browser tells of each picture that it shows. */
  private readonly announcesFrames: boolean = 'requestVideoFrameCallback' in HTMLVideoElement.prototype;

  constructor(video: HTMLVideoElement, cameraId: string, onView: (view: PlaybackView) => void) {
    this.video = video;
    this.cameraId = cameraId;
    this.onView = onView;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    video.addEventListener('error', this.broken);
    this.followFrames();
  }

  /** Shows the picture at a capture time, epoch ms; in a gap the first one after it. */
  seek(ms: number): void {
    const atS = ms / 1000 + INTO_PICTURE_S;
    this.tell({ problem: null, gap: null });
    this.gapSince = null;
    if (this.buffered().some(({ startS, endS }) => atS >= startS && atS < endS)) {
      this.video.currentTime = atS;
      return;
    }
    void this.begin(ms);
  }

  play(): void {
    this.wantsToPlay = true;
    if (this.view.state === 'failed') void this.begin(this.view.shownMs ?? this.soughtMs);
    else void this.video.play().catch(() => undefined);
    this.tell({ state: this.view.state === 'paused' ? 'playing' : this.view.state });
  }

  pause(): void {
    this.wantsToPlay = false;
    this.video.pause();
    if (this.view.state === 'playing' || this.view.state === 'edge') this.tell({ state: 'paused' });
  }

  /** Plays at another speed; above ×2 with keyframes alone. */
  setRate(rate: number): void {
    const pictures = picturesAt(rate);
    const changed = pictures !== this.view.pictures;
    this.tell({ rate, pictures });
    if (changed && this.view.shownMs !== null) void this.begin(this.view.shownMs);
    else this.video.playbackRate = rate;
  }

  /** Pauses and shows the next picture, or the one before, also where that must be fetched. */
  async step(by: 1 | -1): Promise<void> {
    this.pause();
    const shownS = (this.view.shownMs ?? 0) / 1000;
    const known = this.bufferedTimes();
    const found = neighbour(known, shownS, by);
    if (found !== null) {
      this.video.currentTime = found + INTO_PICTURE_S;
      return;
    }
    if (by > 0) return;
    const lengthMs = this.view.transcoded ? STEP_BACK_MS : FIRST_PIECE_MS;
    const piece = await this.fetched(shownS * 1000 - lengthMs, lengthMs);
    if (!piece || piece.fromMs >= shownS * 1000) return;
    const { next } = this;
    await this.append(piece);
    this.next = next;
    const before = neighbour(this.bufferedTimes(), shownS, -1);
    if (before !== null) this.video.currentTime = before + INTO_PICTURE_S;
  }

  close(): void {
    clearInterval(this.timer);
    this.fetching?.abort();
    this.video.removeEventListener('error', this.broken);
    if (this.announcesFrames) this.video.cancelVideoFrameCallback(this.frameHandle);
    this.dropSource();
    this.video.removeAttribute('src');
    this.video.load();
  }

  private readonly broken = (): void => {
    if (this.source && this.fallsBack(this.codec)) void this.begin(this.view.shownMs ?? this.soughtMs);
    else if (this.source) this.fail(new ApiError('CONSOLE_DECODER_FAILED', this.video.error?.message ?? '', 0));
  };

  /** True when what is recorded was tried so far, and H.264 is to be tried now. */
  private fallsBack(codec: string): boolean {
    if (this.plays === 'h264' || codec.startsWith('avc1')) return false;
    this.plays = 'h264';
    return true;
  }

  private followFrames(): void {
    if (!this.announcesFrames) return;
    const follow: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      this.tell({ shownMs: Math.round(mediaTime * 1000) });
      this.frameHandle = this.video.requestVideoFrameCallback(follow);
    };
    this.frameHandle = this.video.requestVideoFrameCallback(follow);
  }

  private tell(changes: Partial<PlaybackView>): void {
    const next = { ...this.view, ...changes };
    if ((Object.keys(next) as (keyof PlaybackView)[]).every((key) => next[key] === this.view[key])) return;
    this.view = next;
    this.onView(next);
  }

  /** @param instead nothing of what was asked for is shown */
  private fail(problem: ApiError, instead = false): void {
    this.fetching?.abort();
    this.fetching = null;
    this.next = null;
    this.tell({ state: 'failed', problem, ...(instead ? { shownMs: null } : {}) });
  }

  private dropSource(): void {
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = '';
    this.source = null;
    this.buffer = null;
    this.times = [];
  }

  /** Fetches from `ms` on into an empty buffer and shows the first picture. */
  private async begin(ms: number): Promise<void> {
    this.fetching?.abort();
    this.next = null;
    this.soughtMs = ms;
    this.tell({ state: 'loading', problem: null, gap: null });
    const piece = await this.fetched(ms, FIRST_PIECE_MS, true);
    if (!piece) return;
    if (!canPlay(piece.codec)) {
      if (this.fallsBack(piece.codec)) void this.begin(ms);
      else this.fail(new ApiError('CONSOLE_DECODER_FAILED', piece.codec, 0));
      return;
    }
    const skippedFromMs = piece.fromMs - ms > GAP_S * 1000 ? ms : null;
    if (!(await this.open(piece.codec)) || !(await this.append(piece))) return;
    this.video.currentTime = Math.max(ms, piece.fromMs) / 1000 + INTO_PICTURE_S;
    this.video.playbackRate = this.view.rate;
    this.tell({
      state: this.wantsToPlay ? 'playing' : 'paused',
      gap: skippedFromMs === null ? null : { fromMs: skippedFromMs, toMs: piece.fromMs },
    });
    if (skippedFromMs !== null) this.gapSince = performance.now();
    if (this.wantsToPlay) void this.video.play().catch(() => undefined);
  }

  /** A new media source with one buffer. False when another began meanwhile. */
  private async open(codec: string): Promise<boolean> {
    this.dropSource();
    const source = new MediaSource();
    this.source = source;
    this.address = URL.createObjectURL(source);
    this.video.src = this.address;
    await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
    if (this.source !== source) return false;
    this.buffer = source.addSourceBuffer(mimeOf(codec));
    this.codec = codec;
    return true;
  }

  /** Null when it was abandoned or refused; the refusal is told. */
  private async fetched(fromMs: number, forMs: number, first = false): Promise<RecordedPiece | null> {
    const aborting = new AbortController();
    this.fetching?.abort();
    this.fetching = aborting;
    try {
      const { pictures } = this.view;
      const piece = await fetchPiece(this.cameraId, { fromMs, forMs, pictures, plays: this.plays }, aborting.signal);
      return aborting.signal.aborted ? null : piece;
    } catch (error) {
      if (aborting.signal.aborted) return null;
      const problem = error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0);
      this.waitsForPlace = problem.code === 'API_TRANSCODE_EXHAUSTED' && this.heldMs() > HELD_TO_WAIT_MS;
      if (first || !(this.waitsForPlace || problem.code === 'API_NO_RECORDING')) this.fail(problem, first);
      return null;
    } finally {
      if (this.fetching === aborting) this.fetching = null;
    }
  }

  /** False when the buffer was given up meanwhile, or refuses. */
  private async append(piece: RecordedPiece): Promise<boolean> {
    const { buffer } = this;
    if (!buffer) return false;
    try {
      while (buffer.updating) await new Promise((resolve) => buffer.addEventListener('updateend', resolve, { once: true }));
      if (piece.codec !== this.codec) buffer.changeType(mimeOf(piece.codec));
      this.codec = piece.codec;
      await this.updated(buffer, () => buffer.appendBuffer(piece.bytes));
    } catch (error) {
      if (this.buffer === buffer) this.fail(new ApiError('CONSOLE_DECODER_FAILED', String(error), 0));
      return false;
    }
    if (this.buffer !== buffer) return false;
    this.times = [...new Set([...this.times, ...pictureTimes(piece.bytes)])].sort((a, b) => a - b);
    this.tell({ transcoded: piece.transcoded });
    const atEdge = piece.nextMs === null;
    this.next = { ms: piece.nextMs ?? piece.toMs + 1, atEdge, notBefore: atEdge ? performance.now() + EDGE_EVERY_MS : 0 };
    return true;
  }

  private updated(buffer: SourceBuffer, work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        buffer.removeEventListener('error', failed);
        resolve();
      };
      const failed = () => {
        buffer.removeEventListener('updateend', done);
        reject(new Error('the browser refuses the video'));
      };
      buffer.addEventListener('updateend', done, { once: true });
      buffer.addEventListener('error', failed, { once: true });
      work();
    });
  }

  private buffered(): Range[] {
    const { buffered } = this.video;
    return Array.from({ length: buffered.length }, (_, at) => ({ startS: buffered.start(at), endS: buffered.end(at) }));
  }

  private bufferedTimes(): number[] {
    const ranges = this.buffered();
    return this.times.filter((time) => ranges.some(({ startS, endS }) => time >= startS - INTO_PICTURE_S && time < endS));
  }

  /** Several times a second: fetches ahead, passes over gaps, tells where it stands. */
  private look(): void {
    const { video } = this;
    if (!this.announcesFrames && this.source) this.tell({ shownMs: Math.round(video.currentTime * 1000) });
    if (!this.buffer || this.view.state === 'loading' || this.view.state === 'failed') return;
    this.passGap();
    this.tellState();
    this.trim();
    void this.readAhead();
  }

  private tellState(): void {
    if (this.view.gap || !this.wantsToPlay) return;
    const endS = this.buffered().at(-1)?.endS ?? 0;
    const waitsAtEdge = this.next?.atEdge === true && endS - this.video.currentTime < 0.3;
    this.tell({ state: waitsAtEdge ? 'edge' : 'playing' });
  }

  private passGap(): void {
    const { video } = this;
    const hole = holeAhead(this.buffered(), video.currentTime);
    if (hole && hole.endS - hole.startS > GAP_S && this.gapSince === null && this.wantsToPlay) {
      this.gapSince = performance.now();
      this.tell({ gap: { fromMs: hole.startS * 1000, toMs: hole.endS * 1000 } });
    }
    const shown = this.gapSince !== null && performance.now() - this.gapSince >= GAP_SHOWN_MS;
    if (hole && this.wantsToPlay && (shown || hole.endS - hole.startS <= GAP_S)) video.currentTime = hole.endS + INTO_PICTURE_S;
    if (!shown) return;
    this.gapSince = null;
    this.tell({ gap: null });
  }

  private trim(): void {
    const { buffer, video } = this;
    const first = this.buffered()[0];
    const beforeS = video.currentTime - KEPT_BEHIND_S;
    if (!buffer || buffer.updating || this.fetching || !first || first.startS > beforeS - KEPT_BEHIND_S) return;
    buffer.remove(first.startS, beforeS);
    this.times = this.times.filter((time) => time >= beforeS);
  }

  /** What is buffered ahead of the picture, ms. */
  private heldMs(): number {
    return ((this.buffered().at(-1)?.endS ?? 0) - this.video.currentTime) * 1000;
  }

  private async readAhead(): Promise<void> {
    const { next } = this;
    const { rate, transcoded } = this.view;
    if (!next || this.fetching || this.buffer?.updating || performance.now() < next.notBefore) return;
    const heldMs = this.heldMs();
    if (heldMs > aheadMs(rate)) return;
    const piece = await this.fetched(next.ms, pieceMs(rate, heldMs, transcoded !== null));
    // Of what this browser cannot play the same is fetched anew.
    if (piece && !canPlay(piece.codec) && this.fallsBack(piece.codec)) return;
    if (piece) await this.append(piece);
    else if (this.next === next) this.next = { ...next, atEdge: !this.waitsForPlace, notBefore: performance.now() + EDGE_EVERY_MS };
  }
}
