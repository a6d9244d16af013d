import type { PlatesRead, PlatesWanted } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { GopCut, GopRing } from '../ring/gop-ring.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { decodeRegion, type Region } from '../stills/decode-region.js';
import { KeyframeDecoder, reorderDepth } from './keyframe-decoder.js';
import type { PlateNetworks } from './networks.js';
import type { Picture } from './picture.js';
import { cutRegion, plateRegion, readVehicle } from './read-vehicle.js';
import { rgbRegion } from './yuv-region.js';

export interface PlateReaderOptions {
  /** Null while nobody serves the networks. */
  networks(): PlateNetworks | null;
  /** Null for a camera of another worker. */
  ringOf(cameraId: string): GopRing | null;
  /** Stores a reading in order with the detections. */
  publish(read: PlatesRead): Promise<void>;
  logger: Logger;
  nowMs?: () => number;
}

/** What the reader has done, for measurements and health. */
export interface PlateFigures {
  /** Vehicles looked at. */
  looks: number;
  /** Looks at which nothing was read. */
  unread: number;
  /** Looks that came to nothing: too many waited, the picture was gone, or the networks did not answer. */
  lost: number;
  /** Of the looks, sums. */
  decodeMs: number;
  readMs: number;
}

/** Pictures that wait at most; reading comes after detection, and an old vehicle has left. */
const MOST_WAITING = 16;
const OLD_MS = 10_000;
/** A picture further than this from the moment shows the vehicle elsewhere. */
const TOLERANCE_MS = 60;
/** A decoder of keyframes nobody has needed for so long is ended. */
const DECODER_KEPT_MS = 30_000;
/** More than the reordering of any group of pictures needs to show. */
const REORDER_SAMPLES = 16;
const WARN_EVERY_MS = 60_000;

/**
 * Reads the plates that rules ask for: the vehicles of one moment from one decoded picture at full resolution, one moment
 * after the other. Overload costs looks, never detections.
 */
export class PlateReader {
  readonly figures: PlateFigures = { looks: 0, unread: 0, lost: 0, decodeMs: 0, readMs: 0 };
  readonly #options: PlateReaderOptions;
  readonly #nowMs: () => number;
  readonly #decoders = new Map<string, { decoder: KeyframeDecoder; usedMs: number }>();
  #waiting: PlatesWanted[] = [];
  #running: Promise<void> | null = null;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: PlateReaderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Takes a request in; the oldest that waits goes when there are too many. */
  take(wanted: PlatesWanted): void {
    if (this.#closed || !this.#options.ringOf(wanted.cameraId)) return;
    this.#waiting.push(wanted);
    if (this.#waiting.length > MOST_WAITING) this.figures.lost += this.#waiting.shift()?.vehicles.length ?? 0;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Takes no more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    await this.#running;
    for (const { decoder } of this.#decoders.values()) await decoder.close();
  }

  async #work(): Promise<void> {
    for (let wanted = this.#waiting.shift(); wanted; wanted = this.#waiting.shift()) {
      const looksBefore = this.figures.looks;
      try {
        if (this.#nowMs() - wanted.capturedAtMs <= OLD_MS) await this.#read(wanted);
      } catch (error) {
        this.#warn({ cameraId: wanted.cameraId, err: error }, 'plates of a moment could not be read');
      }
      this.figures.lost += wanted.vehicles.length - (this.figures.looks - looksBefore);
    }
  }

  async #read({ cameraId, capturedAtMs, vehicles }: PlatesWanted): Promise<void> {
    const networks = this.#options.networks();
    if (!networks) {
      this.#warn(
        { cameraId, code: 'INGEST_PLATES_UNAVAILABLE' },
        'no inference node serves plate-find and plate-read: plates are not read',
      );
      return;
    }
    const cut = this.#options.ringOf(cameraId)?.cutAt(capturedAtMs, TOLERANCE_MS);
    if (!cut) return;
    const regions = vehicles.map(({ box }) => plateRegion(box, cut.picture.fragment.init));
    const startMs = performance.now();
    const pictures = await this.#pictures(cameraId, cut, regions);
    this.figures.decodeMs += performance.now() - startMs;
    for (const [index, { trackId, class: className, box }] of vehicles.entries()) {
      const readStartMs = performance.now();
      const readings = await readVehicle(pictures[index] as Picture, className, networks);
      this.figures.readMs += performance.now() - readStartMs;
      await this.#options.publish({ cameraId, trackId, capturedAtMs, vehicleBox: box, readings });
      this.figures.looks++;
      if (readings.length === 0) this.figures.unread++;
    }
  }

  async #pictures(cameraId: string, cut: GopCut, regions: readonly Region[]): Promise<Picture[]> {
    const { fragment, sample } = cut.picture;
    if (sample === fragment.media.samples[0] && sample.key) {
      const decoder = await this.#decoderOf(cameraId, fragment);
      const picture = await decoder.decode(fragment, reorderDepth(this.#samplesFrom(cameraId, fragment)));
      return regions.map((region) => rgbRegion(picture, region));
    }
    const frame = around(regions);
    const rgb = await decodeRegion(cut, frame);
    return regions.map((region) => cutRegion(rgb, frame, region));
  }

  /** The first pictures of a group, which show how they are reordered. */
  #samplesFrom(cameraId: string, first: RingFragment): RingFragment['media']['samples'] {
    const ring = this.#options.ringOf(cameraId);
    const samples = [...first.media.samples];
    for (let sequence = first.sequence + 1; samples.length < REORDER_SAMPLES; sequence++) {
      const next = ring?.bySequence(sequence);
      if (!next || next.init !== first.init || next.epoch !== first.epoch) break;
      samples.push(...next.media.samples);
    }
    return samples.slice(0, REORDER_SAMPLES);
  }

  async #decoderOf(cameraId: string, fragment: RingFragment): Promise<KeyframeDecoder> {
    const known = this.#decoders.get(cameraId);
    const decoder = known?.decoder.fits(fragment) ? known.decoder : new KeyframeDecoder(fragment);
    if (known && known.decoder !== decoder) await known.decoder.close();
    this.#decoders.set(cameraId, { decoder, usedMs: this.#nowMs() });
    return decoder;
  }

  /** Ends the decoders that nobody has needed for a while; to be called now and then. */
  async tidy(): Promise<void> {
    for (const [cameraId, { decoder, usedMs }] of this.#decoders) {
      if (this.#nowMs() - usedMs < DECODER_KEPT_MS) continue;
      this.#decoders.delete(cameraId);
      await decoder.close();
    }
  }

  #warn(facts: object, text: string): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = nowMs;
    this.#options.logger.warn(facts, text);
  }
}

/** The smallest region that holds all. */
function around(regions: readonly Region[]): Region {
  return {
    left: Math.min(...regions.map(({ left }) => left)),
    top: Math.min(...regions.map(({ top }) => top)),
    right: Math.max(...regions.map(({ right }) => right)),
    bottom: Math.max(...regions.map(({ bottom }) => bottom)),
  };
}
