import { SafecityError } from '@safecity/contracts';

/**
 * Reads the part of the NUT container (FFmpeg's, "NUT Open Container Format" 2013-10-03) that ffmpeg writes for one raw
 * video stream. NUT is used between decoder and detector because it carries the exact presentation time with each raw
 * picture and is written picture by picture: fragmented MP4 holds each one back until the next.
 */
export interface NutSink {
  /** Once, before the first frame. Times are in ticks of `numerator / denominator` seconds. */
  onTimeBase(numerator: number, denominator: number): void;
  /** `data` is handed over: the reader does not use it again. */
  onFrame(ptsTicks: number, data: Buffer): void;
}

const FILE_ID = Buffer.from('nut/multimedia container\0', 'latin1');
const STARTCODES = { main: 0x4e4d7a561f5f04adn, stream: 0x4e5311405bf2f9dbn, syncpoint: 0x4e4be4adeeca4569n };
const FLAG = {
  codedPts: 1 << 3,
  streamId: 1 << 4,
  sizeMsb: 1 << 5,
  checksum: 1 << 6,
  reserved: 1 << 7,
  headerIndex: 1 << 10,
  matchTime: 1 << 11,
  coded: 1 << 12,
};
const EMPTY = Buffer.alloc(0);
const MAX_FRAME_BYTES = 128 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
/** A header longer than this carries a checksum of its own first fields. */
const LONG_PACKET_BYTES = 4096;
const CODE_N = 0x4e;
/** Read at once while no picture is open: a frame's header and the syncpoint before it fit, and little of the picture must be moved. */
const BETWEEN_FRAMES_BYTES = 256;

interface FrameCode {
  flags: number;
  ptsDelta: number;
  sizeMul: number;
  sizeLsb: number;
  reservedCount: number;
}

class Fields {
  at = 0;
  readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('cut short');
    return byte;
  }
  /** Variable length number, 7 bits a byte, most significant first. */
  v(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) return value;
    }
  }
  /** Signed variant: 0, 1, -1, 2, -2 ... */
  s(): number {
    const value = this.v() + 1;
    return value % 2 === 1 ? -((value - 1) / 2) : value / 2;
  }
}

function readCodeTable(fields: Fields): FrameCode[] {
  const table: FrameCode[] = [];
  let ptsDelta = 0;
  let sizeMul = 1;
  while (table.length < 256) {
    const flags = fields.v();
    const count = fields.v();
    const given: number[] = [];
    for (let i = 0; i < count; i++) given.push(i === 0 || i === 6 ? fields.s() : fields.v());
    ptsDelta = given[0] ?? ptsDelta;
    sizeMul = given[1] ?? sizeMul;
    const sizeLsb = given[3] ?? 0;
    const reservedCount = given[4] ?? 0;
    const repeat = given[5] ?? sizeMul - sizeLsb;
    for (let j = 0; j < repeat && table.length < 256; ) {
      const reserved = table.length === CODE_N;
      table.push({ flags: reserved ? -1 : flags, ptsDelta, sizeMul, sizeLsb: sizeLsb + j, reservedCount });
      if (!reserved) j++;
    }
  }
  return table;
}

/** Where the reader is in the frame whose bytes are being collected. */
interface OpenFrame {
  ptsTicks: number;
  data: Buffer;
  filled: number;
}

/** Cuts the byte stream of ffmpeg's `-f nut` with one raw video stream into frames. */
export class NutReader {
  readonly #sink: NutSink;
  readonly #allocate: (sizeBytes: number) => Buffer;
  #pending: Buffer = EMPTY;
  #table: FrameCode[] = [];
  #timeBases: [number, number][] = [];
  #timeBase = 0;
  #msbShift = 0;
  #lastPts = 0;
  #started = false;
  #frame: OpenFrame | null = null;
  readonly #between = Buffer.allocUnsafeSlow(BETWEEN_FRAMES_BYTES);
  #given: Buffer = this.#between;

  /** `allocate` gives the buffer of each frame; its old content does not matter. */
  constructor(sink: NutSink, allocate: (sizeBytes: number) => Buffer = Buffer.allocUnsafeSlow) {
    this.#sink = sink;
    this.#allocate = allocate;
  }

  /** Where the next bytes are to be read to, as the source can do that: the rest of the open picture, so that nothing is copied. */
  target(): Buffer {
    const frame = this.#frame;
    this.#given = frame ? frame.data.subarray(frame.filled) : this.#between;
    return this.#given;
  }

  /** `count` bytes are in the buffer that `target` gave last. @throws as `push` */
  received(count: number): void {
    const frame = this.#frame;
    if (frame && this.#given !== this.#between) this.#filled(frame, count);
    // What is pending is kept, and this buffer is read into again.
    else this.push(Buffer.from(this.#given.subarray(0, count)));
  }

  /** @throws SafecityError `INGEST_DECODER_FAILED` when the bytes are not such a stream; the reader is of no use afterwards */
  push(chunk: Buffer): void {
    let rest = this.#fill(chunk);
    if (this.#frame) return;
    rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, rest]) : rest;
    for (;;) {
      const used = this.#step(rest);
      if (used === 0) break;
      rest = this.#fill(rest.subarray(used));
      if (this.#frame) return;
    }
    if (rest.length > MAX_HEADER_BYTES) throw malformed('a header without end');
    this.#pending = rest;
  }

  /** Copies what belongs to the open frame out of `bytes`; returns what is left. */
  #fill(bytes: Buffer): Buffer {
    const frame = this.#frame;
    if (!frame) return bytes;
    const count = Math.min(frame.data.length - frame.filled, bytes.length);
    bytes.copy(frame.data, frame.filled, 0, count);
    this.#filled(frame, count);
    return bytes.subarray(count);
  }

  #filled(frame: OpenFrame, count: number): void {
    frame.filled += count;
    if (frame.filled < frame.data.length) return;
    this.#frame = null;
    this.#pending = EMPTY;
    this.#sink.onFrame(frame.ptsTicks, frame.data);
  }

  /** Takes one packet or frame header; returns the bytes used, 0 when more are needed. */
  #step(bytes: Buffer): number {
    try {
      if (!this.#started) return this.#readFileId(bytes);
      if (bytes[0] === CODE_N) return this.#readPacket(bytes);
      return bytes.length > 0 ? this.#readFrameHeader(bytes) : 0;
    } catch (error) {
      if (error instanceof RangeError) return 0;
      throw error;
    }
  }

  #readFileId(bytes: Buffer): number {
    if (bytes.length < FILE_ID.length) return 0;
    if (!bytes.subarray(0, FILE_ID.length).equals(FILE_ID)) throw malformed('no file id');
    this.#started = true;
    return FILE_ID.length;
  }

  #readPacket(bytes: Buffer): number {
    if (bytes.length < 9) return 0;
    const startcode = bytes.readBigUInt64BE(0);
    const head = new Fields(bytes.subarray(8));
    const forward = head.v();
    if (forward > MAX_HEADER_BYTES) throw malformed('a header too long');
    if (forward > LONG_PACKET_BYTES) head.at += 4;
    const start = 8 + head.at;
    if (bytes.length < start + forward) return 0;
    const fields = new Fields(bytes.subarray(start, start + forward));
    if (startcode === STARTCODES.main) this.#readMain(fields);
    else if (startcode === STARTCODES.stream) this.#readStream(fields);
    else if (startcode === STARTCODES.syncpoint) this.#readSyncpoint(fields);
    return start + forward;
  }

  #readMain(fields: Fields): void {
    if (fields.v() > 3) fields.v();
    if (fields.v() !== 1) throw malformed('more than one stream');
    fields.v();
    const bases = fields.v();
    this.#timeBases = Array.from({ length: bases }, () => [fields.v(), fields.v()]);
    this.#table = readCodeTable(fields);
  }

  #readStream(fields: Fields): void {
    fields.v();
    fields.v();
    const fourccBytes = fields.v();
    fields.at += fourccBytes;
    this.#timeBase = fields.v();
    this.#msbShift = fields.v();
    const [numerator, denominator] = this.#timeBases[this.#timeBase] ?? [1, 1];
    this.#sink.onTimeBase(numerator, denominator);
  }

  /** The time of a syncpoint is coded as `ticks * time bases + index of its time base`. */
  #readSyncpoint(fields: Fields): void {
    const coded = fields.v();
    const from = this.#timeBases[coded % this.#timeBases.length];
    const to = this.#timeBases[this.#timeBase];
    if (!from || !to) return;
    const ticks = Math.floor(coded / this.#timeBases.length);
    this.#lastPts = Math.floor((ticks * from[0] * to[1]) / (from[1] * to[0]));
  }

  #readFrameHeader(bytes: Buffer): number {
    const fields = new Fields(bytes);
    const code = this.#table[fields.byte()];
    if (!code || code.flags < 0) throw malformed('an unknown frame code');
    let { flags } = code;
    if (flags & FLAG.coded) flags ^= fields.v();
    if (flags & FLAG.streamId) fields.v();
    const ptsTicks = flags & FLAG.codedPts ? this.#fullPts(fields.v()) : this.#lastPts + code.ptsDelta;
    const sizeBytes = code.sizeLsb + (flags & FLAG.sizeMsb ? fields.v() * code.sizeMul : 0);
    if (flags & FLAG.matchTime) fields.s();
    if (flags & FLAG.headerIndex) fields.v();
    for (let count = flags & FLAG.reserved ? fields.v() : code.reservedCount; count > 0; count--) fields.v();
    if (flags & FLAG.checksum) for (let i = 0; i < 4; i++) fields.byte();
    if (sizeBytes === 0 || sizeBytes > MAX_FRAME_BYTES) throw malformed(`a frame of ${sizeBytes} bytes`);
    this.#lastPts = ptsTicks;
    this.#frame = { ptsTicks, data: this.#allocate(sizeBytes), filled: 0 };
    return fields.at;
  }

  /** Small values are the low bits of the time, big ones the whole time shifted up. */
  #fullPts(coded: number): number {
    const span = 2 ** this.#msbShift;
    if (coded >= span) return coded - span;
    const low = this.#lastPts - (span / 2 - 1);
    return low + ((((coded - low) % span) + span) % span);
  }
}

function malformed(what: string): SafecityError {
  return new SafecityError('INGEST_DECODER_FAILED', `decoded pictures cannot be read: ${what}`);
}
