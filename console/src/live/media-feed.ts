import { CaptureTimeline } from './capture-timeline.js';
import type { Feed } from './feed.js';
import { FragmentPlacer, type PlacedFragment } from './fragment-placer.js';
import { type MediaRange, steer, trimmable } from './live-edge.js';

/** A fragment of live video with its capture time. */
export interface LiveFragment extends PlacedFragment {
  captureMs: number;
  bytes: Uint8Array<ArrayBuffer>;
}

type Job =
  | { kind: 'init'; codec: string; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'fragment'; fragment: LiveFragment }
  | { kind: 'remove'; range: MediaRange };

/** More fragments than this waiting (about 5 s) are dropped up to the newest keyframe: nobody watches the past. */
const QUEUE_LIMIT = 25;
/** The buffer's own end is believed when it differs from the header's arithmetic by more than this. */
const SKEW_S = 0.1;
const STATE_HAVE_CURRENT_DATA = 2;
/** What is sent at once at the start arrives within as many looks at the buffer; after them the stream is steady. */
const JOIN_LOOKS = 10;

/** True when this browser can play the codec from memory. */
export function canPlay(codec: string): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(mimeOf(codec));
}

function mimeOf(codec: string): string {
  return `video/mp4; codecs="${codec}"`;
}

function rangesOf(ranges: TimeRanges): MediaRange[] {
  return Array.from({ length: ranges.length }, (_, i) => ({ startS: ranges.start(i), endS: ranges.end(i) }));
}

/** Feeds one video element through Media Source Extensions and knows when each picture was captured. */
export class MediaFeed implements Feed {
  private readonly video: HTMLVideoElement;
  private readonly onBroken: () => void;
  private readonly source = new MediaSource();
  private readonly address: string;
  private readonly timeline = new CaptureTimeline();
  private readonly placer = new FragmentPlacer();
  private buffer: SourceBuffer | null = null;
  private queue: Job[] = [];
  private joining = true;
  private joinLooks = 0;
  private closed = false;

  /** @param onBroken called once when the browser gives up on the stream; the feed is then of no more use */
  constructor(video: HTMLVideoElement, onBroken: () => void) {
    this.video = video;
    this.onBroken = onBroken;
    this.address = URL.createObjectURL(this.source);
    this.source.addEventListener('sourceopen', () => this.work());
    video.src = this.address;
    video.addEventListener('error', this.broken);
  }

  /** Begins a stream or changes its parameters. */
  init(codec: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.queue = [{ kind: 'init', codec, bytes }];
    this.placer.restart();
    this.joining = true;
    this.joinLooks = 0;
    this.work();
  }

  /** Takes the next fragment. */
  append(fragment: LiveFragment): void {
    if (this.queue.length >= QUEUE_LIMIT) {
      const newestKey = this.queue.findLastIndex((job) => job.kind === 'fragment' && job.fragment.key);
      this.queue = this.queue.filter(({ kind }, index) => kind === 'init' || (newestKey >= 0 && index >= newestKey));
      if (newestKey < 0) this.placer.restart();
    }
    this.queue.push({ kind: 'fragment', fragment });
    this.work();
  }

  /** Capture time of the picture at `mediaS` of the video element, epoch ms. */
  captureAt(mediaS: number): number | null {
    return this.timeline.captureAt(mediaS);
  }

  /** Capture time of the newest picture received, epoch ms. */
  get edgeCaptureMs(): number | null {
    return this.timeline.edgeCaptureMs;
  }

  /** Keeps to the live edge and the buffer small; call several times a second. */
  keepUp(targetBehindS: number): void {
    const { buffer, video } = this;
    if (!buffer || this.source.readyState !== 'open') return;
    const buffered = rangesOf(buffer.buffered);
    const steering = steer({ currentS: video.currentTime, buffered, targetBehindS, rate: video.playbackRate, joining: this.joining });
    if (steering.seekToS !== null) video.currentTime = steering.seekToS;
    if (this.joining && video.readyState >= STATE_HAVE_CURRENT_DATA) this.joinLooks += 1;
    if (this.joinLooks >= JOIN_LOOKS) this.joining = false;
    if (video.playbackRate !== steering.rate) video.playbackRate = steering.rate;
    // Browsers pause muted video in hidden tabs; a refusal is answered by trying again at the next call.
    if (video.paused && buffered.length > 0) video.play().catch(() => undefined);
    const old = trimmable(buffered, video.currentTime);
    if (old && !this.queue.some(({ kind }) => kind === 'remove')) {
      this.timeline.trimBefore(old.endS);
      this.queue.push({ kind: 'remove', range: old });
      this.work();
    }
  }

  /** Lets go of the video element. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.video.removeEventListener('error', this.broken);
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.address);
  }

  private readonly broken = (): void => {
    if (!this.closed) this.onBroken();
  };

  private work(): void {
    try {
      while (!this.closed && this.source.readyState === 'open' && !this.buffer?.updating) {
        const job = this.queue.shift();
        if (!job) return;
        this.start(job);
      }
    } catch {
      // A full or refused buffer: a new feed starts clean, which costs one keyframe.
      this.broken();
    }
  }

  private start(job: Job): void {
    if (job.kind === 'init') this.startInit(job.codec, job.bytes);
    else if (job.kind === 'remove') this.buffer?.remove(job.range.startS, job.range.endS);
    else this.startFragment(job.fragment);
  }

  private startInit(codec: string, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.buffer) {
      this.buffer.changeType(mimeOf(codec));
    } else {
      this.buffer = this.source.addSourceBuffer(mimeOf(codec));
      this.buffer.addEventListener('updateend', () => this.work());
      this.buffer.addEventListener('error', this.broken);
    }
    this.buffer.appendBuffer(bytes);
  }

  private startFragment(fragment: LiveFragment): void {
    const { buffer } = this;
    const placed = buffer ? this.placer.place(fragment) : null;
    if (!buffer || !placed) return;
    if (buffer.timestampOffset !== placed.offsetS) buffer.timestampOffset = placed.offsetS;
    const record = () => {
      // Letting go of the video element ends an append that is under way; its buffer must not be touched any more.
      if (this.closed) return;
      const endS = rangesOf(buffer.buffered).at(-1)?.endS ?? placed.endS;
      const skewS = Math.abs(endS - placed.endS) > SKEW_S ? endS - placed.endS : 0;
      this.timeline.add({ startS: placed.startS + skewS, endS: placed.endS + skewS, captureMs: fragment.captureMs });
    };
    buffer.addEventListener('updateend', record, { once: true });
    buffer.appendBuffer(fragment.bytes);
  }
}
