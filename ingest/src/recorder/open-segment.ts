import { join } from 'node:path';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import type { Segment } from './camera-archive.js';
import { indexBox, peakOf } from './group-index.js';
import type { SegmentWriter } from './segment-writer.js';

/** The segment that is being written. */
export class OpenSegment {
  readonly segment: Segment;
  readonly #writer: SegmentWriter;
  readonly #forget: () => void;
  #fragments = 0;

  constructor(segment: Segment, writer: SegmentWriter, forget: () => void) {
    this.segment = segment;
    this.#writer = writer;
    this.#forget = forget;
  }

  /** @throws NodeJS.ErrnoException (`ENOSPC` ...); the fragments before stay whole */
  async append(fragment: ClipFragment): Promise<void> {
    const offset = this.#writer.bytes;
    await this.#writer.append(fragment);
    this.segment.index?.add(fragment, offset, this.#writer.bytes - offset);
    this.#fragments++;
    this.segment.toMs = Math.max(this.segment.toMs, ...fragment.captureTimesMs);
    this.segment.fromMs = Math.min(this.segment.fromMs, ...fragment.captureTimesMs);
    this.segment.bytes = this.#writer.bytes;
  }

  /** Gives the segment its final name; one without a picture goes. @throws NodeJS.ErrnoException; it is recovered at the next start */
  async close(): Promise<void> {
    const { segment } = this;
    if (this.#fragments === 0) {
      this.#forget();
      return this.#writer.discard();
    }
    const groups = segment.index?.groups ?? [];
    await this.#writer.end(indexBox(groups));
    segment.bytes = this.#writer.bytes;
    const finalPath = join(segment.path, '..', `${segment.fromMs}-${segment.toMs}-${segment.bytes}.mp4`);
    try {
      await this.#writer.close(finalPath);
      segment.path = finalPath;
      segment.open = false;
      segment.activity = peakOf(groups);
      segment.index = undefined;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }
}
