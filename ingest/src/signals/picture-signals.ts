import type { SignalReading } from '@safecity/contracts';
import { lookAtLamp } from './head-look.js';
import { type Head, type LampStrip, lampPixels, lampStrip } from './lamp-strip.js';
import { SignalHead } from './signal-head.js';

/** Reads the heads of one camera from the strips of its decoded pictures, in their order. */
export class PictureSignals {
  readonly strip: LampStrip | null;
  readonly #heads: { head: Head; follower: SignalHead }[];
  readonly #inputWidthPx: number;

  /** @param inputWidthPx width of the decoded buffer */
  constructor(heads: readonly Head[], inputWidthPx: number) {
    this.#inputWidthPx = inputWidthPx;
    this.strip = lampStrip(heads, inputWidthPx);
    this.#heads = heads.map((head) => ({ head, follower: new SignalHead(head.lamps.map(({ state }) => state)) }));
  }

  /** What each head shows; `isBroken`: the video broke off before this picture. */
  take(strip: Buffer, capturedAtMs: number, isBroken: boolean): SignalReading[] {
    const { strip: places } = this;
    if (!places) return [];
    let index = 0;
    return this.#heads.map(({ head, follower }) => {
      if (isBroken) follower.break();
      const looks = head.lamps.map(() => lookAtLamp(lampPixels(strip, index++, places, this.#inputWidthPx)));
      return { signalId: head.signalId, source: 'picture' as const, ...follower.take(looks, capturedAtMs) };
    });
  }
}
