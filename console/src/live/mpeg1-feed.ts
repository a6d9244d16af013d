import { serverClock } from '../api/server-clock.js';
import type { Feed } from './feed.js';
import { createMpeg1Decoder, type Mpeg1Decoder } from './mpeg1-decoder.js';
import { PictureQueue, type WaitingPicture } from './picture-queue.js';

const LOOK_EVERY_MS = 30;

/** Paints a transcoded stream on a canvas, each picture when its time has come, and says when it was captured. */
export class Mpeg1Feed implements Feed {
  private readonly canvas: HTMLCanvasElement;
  private readonly onShown: (captureMs: number) => void;
  private readonly onBroken: () => void;
  private readonly queue = new PictureQueue();
  private readonly timer: ReturnType<typeof setInterval>;
  private decoder: Mpeg1Decoder | null = null;
  private run = 0;
  private delayMs: number | null = null;
  private closed = false;

  /** @param onBroken called once when the stream cannot be decoded; the feed is then of no more use */
  constructor(options: { canvas: HTMLCanvasElement; onShown: (captureMs: number) => void; onBroken: () => void }) {
    this.canvas = options.canvas;
    this.onShown = options.onShown;
    this.onBroken = options.onBroken;
    this.timer = setInterval(() => this.showDue(), LOOK_EVERY_MS);
  }

  /** Begins a run of the stream. */
  async init(): Promise<void> {
    this.run += 1;
    const { run } = this;
    this.queue.restart();
    this.decoder = null;
    this.delayMs = null;
    const decoder = await createMpeg1Decoder(this.canvas).catch(() => null);
    if (this.closed || run !== this.run) return;
    if (decoder) this.decoder = decoder;
    else this.broken();
  }

  append(picture: WaitingPicture): void {
    this.queue.push(picture);
  }

  /** A picture is shown when it is as old as pictures are when they arrive, and `targetBehindS` more. */
  keepUp(targetBehindS: number, arrivalLagMs: number | null): void {
    this.delayMs = arrivalLagMs === null ? null : arrivalLagMs + targetBehindS * 1000;
  }

  /** There is no media time: `onShown` tells of each picture. */
  captureAt(): null {
    return null;
  }

  get edgeCaptureMs(): number | null {
    return this.queue.edgeCaptureMs;
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private broken(): void {
    this.close();
    this.onBroken();
  }

  private showDue(): void {
    const { decoder, delayMs } = this;
    if (!decoder || delayMs === null) return;
    const due = this.queue.takeUntil(serverClock.nowMs() - delayMs);
    try {
      for (const { bytes } of due) decoder.show(bytes);
    } catch {
      this.broken();
      return;
    }
    const shown = due.at(-1);
    if (shown) this.onShown(shown.captureMs);
  }
}
