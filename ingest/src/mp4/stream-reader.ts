import { SafecityError } from '@safecity/contracts';
import { readBoxHeader } from './boxes.js';
import { type MediaFragment, parseFragment, parseProducerReference } from './fragment.js';
import { type InitSegment, parseInitSegment } from './init-segment.js';

/** What comes out of a byte stream of fragmented MP4, in its order. */
export interface FragmentSink {
  onInit(init: InitSegment, arrivedAtMs: number): void;
  /** `arrivedAtMs`: when the first byte was read. */
  onFragment(fragment: MediaFragment, arrivedAtMs: number): void;
}

/** No box may be bigger: a length from a damaged stream must not make the reader collect for ever. */
const MAX_BOX_BYTES = 32 * 1024 * 1024;
const LONGEST_HEADER_BYTES = 16;
const BOX_TYPE = /^[\x20-\x7e\xa9]{4}$/;

/** Cuts a byte stream of fragmented MP4 into init segment and fragments. Holds at most one box beyond what it gave out. */
export class FragmentedMp4Reader {
  readonly #sink: FragmentSink;
  readonly #maxBoxBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #boxArrivedAtMs = 0;
  #fragmentArrivedAtMs = 0;
  #wantedBytes = 8;
  #ftyp: Buffer | null = null;
  #moof: Buffer | null = null;
  #reference: MediaFragment['producerReference'];
  #init: InitSegment | null = null;

  constructor(sink: FragmentSink, options: { maxBoxBytes?: number } = {}) {
    this.#sink = sink;
    this.#maxBoxBytes = options.maxBoxBytes ?? MAX_BOX_BYTES;
  }

  /**
   * Takes the next bytes; `arrivedAtMs` is when they were read. Calls the sink for everything that is complete.
   * @throws SafecityError `INGEST_MP4_CORRUPT` and what the parsers throw; the reader is of no use afterwards
   */
  push(chunk: Buffer, arrivedAtMs: number): void {
    if (this.#pendingBytes === 0) this.#boxArrivedAtMs = arrivedAtMs;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    while (this.#pendingBytes >= this.#wantedBytes) {
      const bytes = this.#joined();
      const header = readBoxHeader(bytes, 0);
      if (!header) {
        this.#wantedBytes = LONGEST_HEADER_BYTES;
        return;
      }
      this.#check(header);
      this.#wantedBytes = header.sizeBytes;
      if (bytes.length < header.sizeBytes) return;
      this.#takeBox(header.type, bytes.subarray(0, header.sizeBytes));
      this.#pending = bytes.length > header.sizeBytes ? [bytes.subarray(header.sizeBytes)] : [];
      this.#pendingBytes = bytes.length - header.sizeBytes;
      this.#boxArrivedAtMs = arrivedAtMs;
      this.#wantedBytes = 8;
    }
  }

  #joined(): Buffer {
    const only = this.#pending.length === 1 ? this.#pending[0] : undefined;
    const bytes = only ?? Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [bytes];
    return bytes;
  }

  #check(header: { type: string; sizeBytes: number; headerBytes: number }): void {
    if (header.sizeBytes >= header.headerBytes && header.sizeBytes <= this.#maxBoxBytes && BOX_TYPE.test(header.type)) return;
    throw new SafecityError('INGEST_MP4_CORRUPT', `a box of ${header.sizeBytes} bytes came where at most ${this.#maxBoxBytes} are taken`);
  }

  #takeBox(type: string, box: Buffer): void {
    if (type === 'ftyp') this.#ftyp = box;
    else if (type === 'moov') this.#takeInit(box);
    else if (type === 'prft') {
      this.#fragmentArrivedAtMs = this.#boxArrivedAtMs;
      this.#reference = parseProducerReference(box) ?? undefined;
    } else if (type === 'moof') {
      if (this.#fragmentArrivedAtMs === 0) this.#fragmentArrivedAtMs = this.#boxArrivedAtMs;
      this.#moof = box;
    } else if (type === 'mdat') this.#takeMedia(box);
  }

  #takeInit(moov: Buffer): void {
    this.#init = parseInitSegment(Buffer.concat(this.#ftyp ? [this.#ftyp, moov] : [moov]));
    this.#sink.onInit(this.#init, this.#boxArrivedAtMs);
  }

  #takeMedia(mdat: Buffer): void {
    if (!this.#init || !this.#moof) throw new SafecityError('INGEST_MP4_CORRUPT', 'media data came before its description');
    const fragment = parseFragment(Buffer.concat([this.#moof, mdat]), this.#init);
    if (this.#reference) fragment.producerReference = this.#reference;
    const arrivedAtMs = this.#fragmentArrivedAtMs;
    this.#moof = null;
    this.#reference = undefined;
    this.#fragmentArrivedAtMs = 0;
    this.#sink.onFragment(fragment, arrivedAtMs);
  }
}
