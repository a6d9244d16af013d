import { describe, expect, it } from 'vitest';
import { type TransportPicture, TransportPictureCutter } from './transport-pictures.js';

const PACKET_BYTES = 188;
const VIDEO = 256;

interface PacketFacts {
  pid?: number;
  payload: Buffer;
  start?: boolean;
  key?: boolean;
}

/** One packet; its payload is stuffed to the full length by the adaptation field. */
function packet({ pid = VIDEO, payload, start = false, key = false }: PacketFacts): Buffer {
  const bytes = Buffer.alloc(PACKET_BYTES, 0xff);
  const stuffing = PACKET_BYTES - 4 - payload.length;
  bytes[0] = 0x47;
  bytes.writeUInt16BE((start ? 0x4000 : 0) | pid, 1);
  bytes[3] = stuffing > 0 ? 0x30 : 0x10;
  if (stuffing > 0) bytes[4] = stuffing - 1;
  if (stuffing > 1) bytes[5] = key ? 0x40 : 0;
  payload.copy(bytes, 4 + stuffing);
  return bytes;
}

/** Header of a video PES packet that tells `length` bytes after itself; 0 tells nothing. */
function pes(ptsTicks: number, length: number): Buffer {
  const header = Buffer.from([0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0, 0, 0, 0, 0]);
  if (length > 0) header.writeUInt16BE(length + 8, 4);
  header[9] = 0x21 | (Math.floor(ptsTicks / 2 ** 30) << 1);
  header.writeUInt16BE((((ptsTicks / 2 ** 15) & 0x7fff) << 1) | 1, 10);
  header.writeUInt16BE(((ptsTicks & 0x7fff) << 1) | 1, 12);
  return header;
}

const table = packet({ pid: 0, payload: Buffer.alloc(184), start: true });
const wholePicture = (ptsTicks: number, key = false) =>
  packet({ payload: Buffer.concat([pes(ptsTicks, 100), Buffer.alloc(100, 7)]), start: true, key });

function cut(chunks: Buffer[]): TransportPicture[] {
  const pictures: TransportPicture[] = [];
  const cutter = new TransportPictureCutter((picture) => pictures.push(picture));
  for (const chunk of chunks) cutter.push(chunk);
  return pictures;
}

describe('cutting a transport stream into pictures', () => {
  it('gives a picture as soon as it is complete, with the tables before it', () => {
    const pictures = cut([table, wholePicture(7200, true), wholePicture(14_400)]);
    expect(pictures.map(({ ptsTicks, key, packets }) => [ptsTicks, key, packets.length / PACKET_BYTES])).toEqual([
      [7200, true, 2],
      [14_400, false, 1],
    ]);
  });

  it('reads all 33 bits of the time', () => {
    expect(cut([wholePicture(2 ** 33 - 1)])[0]?.ptsTicks).toBe(2 ** 33 - 1);
  });

  it('joins a picture of several packets, and leaves tables between them in their place', () => {
    const first = packet({ payload: Buffer.concat([pes(90, 170 + 184 + 10), Buffer.alloc(170)]), start: true });
    const parts = [first, table, packet({ payload: Buffer.alloc(184) }), packet({ payload: Buffer.alloc(10) })];
    expect(cut(parts.slice(0, 3))).toEqual([]);
    expect(cut(parts)[0]?.packets).toEqual(Buffer.concat(parts));
  });

  it('waits for the next picture when the length is not told', () => {
    const endless = packet({ payload: Buffer.concat([pes(90, 0), Buffer.alloc(50)]), start: true });
    expect(cut([endless])).toEqual([]);
    expect(cut([endless, wholePicture(180)]).map(({ ptsTicks }) => ptsTicks)).toEqual([90, 180]);
  });

  it('takes bytes cut anywhere', () => {
    const bytes = Buffer.concat([table, wholePicture(90, true), wholePicture(180)]);
    const whole = cut([bytes]);
    for (const size of [1, 7, 187, 189, 400]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
      expect(cut(chunks)).toEqual(whole);
    }
  });

  it('refuses what is no transport stream', () => {
    expect(() => cut([Buffer.alloc(PACKET_BYTES)])).toThrow('no transport stream');
    const endless = Array.from({ length: 23_000 }, () => packet({ payload: Buffer.alloc(184) }));
    expect(() => cut(endless)).toThrow('no transport stream');
  });
});
