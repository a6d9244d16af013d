/** A transcoded picture that waits for its time. */
export interface WaitingPicture {
  /** Epoch ms. */
  captureMs: number;
  /** Decoding can start here. */
  key: boolean;
  /** Pictures before it are missing, or it begins a new run. */
  discontinuity: boolean;
  bytes: Uint8Array;
}

/** More pictures than this waiting (about 4 s) are dropped up to the newest that can be decoded by itself. */
const LIMIT = 60;

/** Pictures in their order, each handed out when its time has come; always such that all of them can be decoded. */
export class PictureQueue {
  private waiting: WaitingPicture[] = [];
  private needsKey = true;
  private newestMs: number | null = null;

  push(picture: WaitingPicture): void {
    if (picture.discontinuity) this.needsKey = true;
    if (this.needsKey && !picture.key) return;
    this.needsKey = false;
    this.newestMs = picture.captureMs;
    this.waiting.push(picture);
    if (this.waiting.length > LIMIT) this.drop();
  }

  /** Takes the pictures captured up to `captureMs`, inclusive. */
  takeUntil(captureMs: number): WaitingPicture[] {
    const later = this.waiting.findIndex((picture) => picture.captureMs > captureMs);
    return this.waiting.splice(0, later < 0 ? this.waiting.length : later);
  }

  /** Capture time of the newest picture received, epoch ms; null before the first. */
  get edgeCaptureMs(): number | null {
    return this.newestMs;
  }

  /** Forgets what waits: a new run begins. */
  restart(): void {
    this.waiting = [];
    this.needsKey = true;
  }

  private drop(): void {
    const newestKey = this.waiting.findLastIndex(({ key }) => key);
    if (newestKey > 0) this.waiting.splice(0, newestKey);
    else this.restart();
  }
}
