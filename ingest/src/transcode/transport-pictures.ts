/** One coded picture: its transport stream packets, whole, with the tables that came before it. */
export interface TransportPicture {
  packets: Buffer;
  /** Presentation time in ticks of 90 kHz, 33 bits. */
  ptsTicks: number;
  /** Decoding can start here. */
  key: boolean;
}

const PACKET_BYTES = 188;
const SYNC = 0x47;
/** Video streams of a transport stream, ISO/IEC 13818-1 table 2-22. */
const VIDEO_STREAM_ID = 0xe0;
const VIDEO_STREAM_MASK = 0xf0;
/** What does not become a picture within this is no stream of ours. */
const MOST_BYTES = 4 * 1024 * 1024;

interface PesStart {
  ptsTicks: number;
  /** Bytes of the packet after its length field; 0 when it does not say. */
  length: number;
}

/** PTS of a PES header, ISO/IEC 13818-1 2.4.3.7: 33 bits in three parts with marker bits between. */
function readPts(data: Buffer, at: number): number {
  const high = (data.readUInt8(at) >> 1) & 0x07;
  const middle = data.readUInt16BE(at + 1) >> 1;
  const low = data.readUInt16BE(at + 3) >> 1;
  return high * 2 ** 30 + middle * 2 ** 15 + low;
}

/** Where the payload of a packet begins; its whole length when it has none. */
function payloadStart(packet: Buffer): number {
  const control = (packet.readUInt8(3) >> 4) & 0x03;
  if ((control & 0x01) === 0) return PACKET_BYTES;
  return control & 0x02 ? Math.min(PACKET_BYTES, 5 + packet.readUInt8(4)) : 4;
}

function isRandomAccess(packet: Buffer): boolean {
  const hasAdaptation = (packet.readUInt8(3) & 0x20) !== 0;
  return hasAdaptation && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x40) !== 0;
}

/** The start of a video PES packet in a packet that says that one starts; null for tables and what has no PTS. */
function readPesStart(packet: Buffer): PesStart | null {
  const at = payloadStart(packet);
  if (at + 14 > PACKET_BYTES || packet.readUIntBE(at, 3) !== 1) return null;
  if ((packet.readUInt8(at + 3) & VIDEO_STREAM_MASK) !== VIDEO_STREAM_ID || (packet.readUInt8(at + 7) & 0x80) === 0) return null;
  return { ptsTicks: readPts(packet, at + 9), length: packet.readUInt16BE(at + 4) };
}

/**
 * Cuts a transport stream with one video into its pictures. A picture is given out as soon as its PES packet is complete;
 * one that does not tell its length (more than 64 kB), when the next begins. What comes before the first is left out.
 */
export class TransportPictureCutter {
  readonly #onPicture: (picture: TransportPicture) => void;
  #rest: Buffer = Buffer.alloc(0);
  #packets: Buffer[] = [];
  #picture: { pid: number; ptsTicks: number; key: boolean; missingBytes: number | null } | null = null;

  constructor(onPicture: (picture: TransportPicture) => void) {
    this.#onPicture = onPicture;
  }

  /** Takes bytes cut anywhere. @throws RangeError when they are no transport stream */
  push(chunk: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (; at + PACKET_BYTES <= data.length; at += PACKET_BYTES) this.#take(data.subarray(at, at + PACKET_BYTES));
    this.#rest = data.subarray(at);
  }

  #take(packet: Buffer): void {
    if (packet[0] !== SYNC || this.#packets.length * PACKET_BYTES > MOST_BYTES) throw new RangeError('no transport stream');
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const start = (packet.readUInt8(1) & 0x40) !== 0 ? readPesStart(packet) : null;
    if (start) this.#begin(pid, start, isRandomAccess(packet));
    this.#packets.push(packet);
    const picture = this.#picture;
    if (picture?.missingBytes == null || picture.pid !== pid) return;
    // The six bytes up to the length field are not counted by it.
    picture.missingBytes -= PACKET_BYTES - payloadStart(packet) - (start ? 6 : 0);
    if (picture.missingBytes <= 0) this.#complete();
  }

  #begin(pid: number, { ptsTicks, length }: PesStart, key: boolean): void {
    this.#complete();
    this.#picture = { pid, ptsTicks, key, missingBytes: length === 0 ? null : length };
  }

  #complete(): void {
    if (!this.#picture) return;
    const { ptsTicks, key } = this.#picture;
    this.#picture = null;
    this.#onPicture({ packets: Buffer.concat(this.#packets), ptsTicks, key });
    this.#packets = [];
  }
}
