import { execFileSync } from 'node:child_process';
import { generateClip } from '@safecity/fixtures';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FragmentedFile, fragmentedFile } from '../testing/fragmented-file.js';
import type { MediaFragment } from './fragment.js';
import { FragmentedMp4Reader } from './stream-reader.js';

const directory = temporaryDirectory('mp4');
afterAll(() => directory.remove());

interface Packet {
  pts_time: string;
  dts_time: string;
  size: string;
  flags: string;
}

function packetsOf(path: string): Packet[] {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time,dts_time,size,flags', '-of', 'json', path];
  return (JSON.parse(execFileSync('ffprobe', args).toString()) as { packets: Packet[] }).packets;
}

const clips = [
  { name: 'H.264', options: {}, codec: /^avc1\.64[0-9a-f]{4}$/, family: 'h264' },
  { name: 'H.264 with B-frames', options: { bFrames: 2 }, codec: /^avc1\./, family: 'h264' },
  { name: 'H.264 at an uneven rate', options: { unevenRate: true }, codec: /^avc1\./, family: 'h264' },
  { name: 'H.265', options: { codec: 'h265' as const }, codec: /^hvc1\.1\.6\.L\d+(\.[0-9A-F]+)*$/, family: 'h265' },
];

describe.each(clips)('a fragmented stream of $name', ({ options, codec, family }) => {
  let path: string;
  let file: FragmentedFile;

  beforeAll(async () => {
    path = (await generateClip({ durationS: 2, gopS: 1, fps: 20, directory: directory.path, ...options })).path;
    file = await fragmentedFile(path);
  });

  it('names codec and size', () => {
    expect(file.init.codec).toMatch(codec);
    expect(file.init).toMatchObject({ family, widthPx: 320, heightPx: 180, nalLengthBytes: 4 });
    expect(file.init.data.includes('hev1')).toBe(false);
  });

  it('gives the sample table that ffprobe reads from the clip', () => {
    const samples = file.fragments.flatMap((fragment) => fragment.samples);
    const packets = packetsOf(path);
    const first = Number(packets[0]?.pts_time);
    const firstSample = (samples[0]?.ptsTicks ?? 0) / file.init.timescale;
    expect(samples.length).toBe(packets.length);
    samples.forEach((sample, index) => {
      const packet = packets[index] as Packet;
      expect(sample.ptsTicks / file.init.timescale - firstSample).toBeCloseTo(Number(packet.pts_time) - first, 3);
      expect(sample.sizeBytes).toBe(Number(packet.size));
      expect(sample.key).toBe(packet.flags.startsWith('K'));
    });
  });

  it('starts a fragment at each keyframe and keeps fragments short', () => {
    const keys = file.fragments.map((fragment) => fragment.samples.findIndex(({ key }) => key)).filter((index) => index >= 0);
    expect(keys).toEqual([0, 0]);
    const lengths = file.fragments.map(
      ({ samples }) => samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0) / file.init.timescale,
    );
    expect(Math.max(...lengths)).toBeLessThan(0.4);
  });

  it('gives the same whatever the chunks', () => {
    const found: MediaFragment[] = [];
    const reader = new FragmentedMp4Reader({ onInit: () => {}, onFragment: (fragment) => found.push(fragment) });
    for (let at = 0, size = 1; at < file.bytes.length; at += size, size = (size * 7) % 1009)
      reader.push(file.bytes.subarray(at, at + size), at);
    expect(found.map(({ data }) => data.length)).toEqual(file.fragments.map(({ data }) => data.length));
    expect(found.map(({ samples }) => samples)).toEqual(file.fragments.map(({ samples }) => samples));
  });
});

describe('damaged streams', () => {
  const box = (size: number, type: string) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(size, 0);
    bytes.write(type, 4, 'latin1');
    return bytes;
  };
  const cases = [
    { name: 'a giant box', bytes: box(0x7fffffff, 'mdat') },
    { name: 'a box shorter than its header', bytes: box(4, 'moof') },
    { name: 'a type that is no text', bytes: box(100, '\u0000\u0001\u0002\u0003') },
    { name: 'media before its description', bytes: box(8, 'mdat') },
    { name: 'a moov without a track', bytes: box(8, 'moov') },
    { name: 'a 64-bit size beyond the limit', bytes: Buffer.concat([box(1, 'mdat'), Buffer.from('00ffffffffffffff', 'hex')]) },
  ];

  it.each(cases)('refuses $name', ({ bytes }) => {
    const reader = new FragmentedMp4Reader({ onInit: () => {}, onFragment: () => {} });
    expect(() => reader.push(bytes, 0)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^INGEST_(MP4_CORRUPT|CAMERA_NO_VIDEO)$/) }),
    );
  });

  it('tells when a fragment began to arrive, not when it was complete', async () => {
    const { path } = await generateClip({ durationS: 1, gopS: 1, fps: 10, directory: directory.path });
    const { bytes } = await fragmentedFile(path);
    const arrivals: number[] = [];
    const reader = new FragmentedMp4Reader({ onInit: () => {}, onFragment: (_, arrivedAtMs) => arrivals.push(arrivedAtMs) });
    const moof = bytes.indexOf('prft') >= 0 ? bytes.indexOf('prft') - 4 : bytes.indexOf('moof') - 4;
    reader.push(bytes.subarray(0, moof), 1);
    reader.push(bytes.subarray(moof, moof + 50), 2);
    reader.push(bytes.subarray(moof + 50), 3);
    expect(arrivals[0]).toBe(2);
    expect(arrivals.slice(1).every((arrival) => arrival === 3)).toBe(true);
  });
});
