import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NutReader } from './nut-reader.js';

const WIDTH_PX = 64;
const HEIGHT_PX = 48;
const FRAME_BYTES = WIDTH_PX * HEIGHT_PX * 3;
const FRAMES = 12;

function nutStream(): Buffer {
  const source = `testsrc2=size=${WIDTH_PX}x${HEIGHT_PX}:rate=5,format=rgb24`;
  const input = ['-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES)];
  return execFileSync('ffmpeg', ['-v', 'error', ...input, '-c:v', 'rawvideo', '-f', 'nut', '-']);
}

interface Read {
  times: number[];
  frames: Buffer[];
}

function reading(): { reader: NutReader; read: Read } {
  const read: Read = { times: [], frames: [] };
  let secondsPerTick = 0;
  const reader = new NutReader({
    onTimeBase: (numerator, denominator) => {
      secondsPerTick = numerator / denominator;
    },
    onFrame: (ptsTicks, data) => {
      read.times.push(Math.round(ptsTicks * secondsPerTick * 1000));
      read.frames.push(data);
    },
  });
  return { reader, read };
}

/** As a pipe does it: at most `atOnceBytes` a read, and never more than the reader asked for. */
function readInto(reader: NutReader, bytes: Buffer, atOnceBytes: number): void {
  for (let at = 0; at < bytes.length; ) {
    const count = bytes.copy(reader.target(), 0, at, Math.min(bytes.length, at + atOnceBytes));
    at += count;
    reader.received(count);
  }
}

describe('NutReader', () => {
  const stream = nutStream();

  it.each([7, 1000, 1 << 20])('gives the same pictures and times when %i bytes are read at once into its buffers', (atOnceBytes) => {
    const whole = reading();
    whole.reader.push(stream);
    const direct = reading();
    readInto(direct.reader, stream, atOnceBytes);
    expect(direct.read.times).toEqual(Array.from({ length: FRAMES }, (_, index) => index * 200));
    expect(direct.read.times).toEqual(whole.read.times);
    expect(
      direct.read.frames.every((frame, index) => frame.length === FRAME_BYTES && frame.equals(whole.read.frames[index] as Buffer)),
    ).toBe(true);
  });

  it('reads into the open picture itself', () => {
    const { reader, read } = reading();
    let at = 0;
    while (reader.target().length < FRAME_BYTES / 2) {
      const count = stream.copy(reader.target(), 0, at, at + reader.target().length);
      at += count;
      reader.received(count);
    }
    const target = reader.target();
    reader.received(stream.copy(target, 0, at, at + target.length));
    expect(read.frames[0]?.buffer).toBe(target.buffer);
  });

  it('refuses other bytes', () => {
    expect(() => readInto(reading().reader, Buffer.alloc(400, 1), 100)).toThrow(/no file id/);
  });
});
