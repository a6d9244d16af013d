import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Lamp } from '@safecity/contracts';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { BufferPool } from '../decode/buffer-pool.js';
import { decodeFile } from '../decode/decode-file.js';
import { type DecodedFrame, DecoderPipe } from '../decode/decoder-pipe.js';
import { decodeOutputOptions } from '../decode/picture-fit.js';
import { fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import { type Head, headsOf, LAMP_SIDE_PX, lampStrip } from './lamp-strip.js';
import { PictureSignals } from './picture-signals.js';

const directory = temporaryDirectory('lamps');
afterAll(() => directory.remove());

const input = { widthPx: 160, heightPx: 96 };
const START = 1_700_000_000_000;
const SIZE = { widthPx: 854, heightPx: 480 };
/** Lamps of 9 px at odd places, 14 px apart: two or less in the model's input. */
const HEAD_AT = { x: 801, y: 33 };
const COLOURS = { red: '0xd02838', yellow: '0xb07838', green: '0x38c0a0' };

function box(index: number, colour: string, enable = '1'): string {
  return `drawbox=x=${HEAD_AT.x}:y=${HEAD_AT.y + 14 * index}:w=9:h=9:color=${colour}:t=fill:enable='${enable}'`;
}

/** A grey street with one head: red for 2 s, green for 2 s, yellow for 1 s, and on from there; black borders of the lamps. */
function signalClip(): string {
  const path = join(directory.path, 'signal.mp4');
  const filters = [
    `drawbox=x=${HEAD_AT.x - 5}:y=${HEAD_AT.y - 5}:w=19:h=47:color=0x202020:t=fill`,
    box(0, COLOURS.red, 'lt(mod(t\\,5)\\,2)'),
    box(1, COLOURS.yellow, 'gte(mod(t\\,5)\\,4)'),
    box(2, COLOURS.green, 'between(mod(t\\,5)\\,2\\,3.99)'),
  ].join(',');
  const source = `color=0x707070:size=${SIZE.widthPx}x${SIZE.heightPx}:rate=10:duration=8,noise=alls=12:allf=t,${filters},format=yuv420p`;
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '20', '-crf', '23'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encode, path]);
  return path;
}
const path = signalClip();

const region = (index: number): Lamp['region'] => [
  HEAD_AT.x / SIZE.widthPx,
  (HEAD_AT.y + 14 * index) / SIZE.heightPx,
  (HEAD_AT.x + 9) / SIZE.widthPx,
  (HEAD_AT.y + 14 * index + 9) / SIZE.heightPx,
];
const lamps: Lamp[] = (['red', 'yellow', 'green'] as const).map((state, index) => ({ state, region: region(index) }));
const heads: Head[] = [{ signalId: 'north', lamps }];

function expectedAt(ptsMs: number): string {
  const phaseMs = ptsMs % 5000;
  return phaseMs < 2000 ? 'red' : phaseMs < 4000 ? 'green' : 'yellow';
}

describe('lamps through the real decoder', () => {
  it('are read from a file at full resolution, and the picture stays what it is without them', async () => {
    const signals = new PictureSignals(heads, input.widthPx);
    const plain: Buffer[] = [];
    for await (const { frame } of decodeFile({ path, ...input, targetFps: 5 })) plain.push(frame);
    let index = 0;
    for await (const { ptsMs, frame, strip } of decodeFile({ path, ...input, targetFps: 5, strip: signals.strip })) {
      expect(frame.equals(plain[index++] as Buffer)).toBe(true);
      const [reading] = signals.take(strip as Buffer, ptsMs, false);
      expect([ptsMs, reading?.state]).toEqual([ptsMs, expectedAt(ptsMs)]);
      expect(reading?.confidence).toBeGreaterThan(0.6);
    }
    expect(index).toBe(40);
  });

  it('are read live, with the capture time of their picture', async () => {
    const file = await fragmentedFile(path);
    const ring = ringOf(file, START);
    const first = ring.oldest;
    if (!first) throw new Error('empty clip');
    const signals = new PictureSignals(heads, input.widthPx);
    const states: [number, string | undefined, number | undefined][] = [];
    const onFrame = (frame: DecodedFrame) => {
      expect(frame.data.length).toBe(input.widthPx * input.heightPx * 3);
      const [reading] = signals.take(frame.strip as Buffer, frame.capturedAtMs, false);
      if (states.at(-1)?.[1] !== reading?.state) states.push([frame.capturedAtMs - START, reading?.state, reading?.sinceMs]);
      frame.release();
    };
    const lamps = signals.strip ? { strip: signals.strip, source: first.init } : null;
    const outputOptions = decodeOutputOptions(input, 5, { lamps });
    const pipe = new DecoderPipe({ first, outputOptions, stripUnder: input, pool: new BufferPool(), onFrame });
    for (let sequence = 0; sequence < ring.length; sequence++) {
      const fragment = ring.bySequence(sequence);
      if (fragment) await pipe.feed(fragment);
    }
    pipe.end();
    await pipe.exited;
    expect(states).toEqual([
      [0, 'red', undefined],
      [2000, 'green', START + 2000],
      [4000, 'yellow', START + 4000],
      [5000, 'red', START + 5000],
      [7000, 'green', START + 7000],
    ]);
  });

  it('fill several rows when there are more than fit side by side', async () => {
    const many: Head[] = Array.from({ length: 4 }, (_, index) => ({
      signalId: `s${index}`,
      lamps: index % 2 ? lamps : [...lamps].reverse(),
    }));
    const signals = new PictureSignals(many, input.widthPx);
    expect(signals.strip).toMatchObject({ perRow: 10, heightPx: 2 * LAMP_SIDE_PX });
    for await (const { ptsMs, strip } of decodeFile({ path, ...input, targetFps: 1, strip: signals.strip })) {
      expect(signals.take(strip as Buffer, ptsMs, false).map(({ state }) => state)).toEqual(Array(4).fill(expectedAt(ptsMs)));
    }
  });

  it('may lie at the border of the picture, and one may be alone', async () => {
    for (const corner of [
      [0, 0, 0.004, 0.004],
      [0.998, 0.998, 1, 1],
      [0, 0.99, 1, 1],
    ] as Lamp['region'][]) {
      const signals = new PictureSignals([{ signalId: 'a', lamps: [{ state: 'red', region: corner }] }], input.widthPx);
      for await (const { strip } of decodeFile({ path, ...input, targetFps: 1, strip: signals.strip })) {
        expect(strip?.length).toBe(input.widthPx * LAMP_SIDE_PX * 3);
        break;
      }
    }
  });
});

describe('the heads of a camera', () => {
  const signal = (source: object, check?: object) => ({ id: 'x', name: 'x', source, ...(check ? { check } : {}) }) as never;
  const picture = { kind: 'picture', lamps };
  const script = { kind: 'script', epochMs: 0, cycle: [{ state: 'red', durationMs: 1 }] };
  it.each([
    { name: 'none of a script', signals: [signal(script)], count: 0 },
    { name: 'one that is a source', signals: [signal(picture)], count: 1 },
    { name: 'one that is a check', signals: [signal({ kind: 'controller' }, picture)], count: 1 },
  ])('$name', ({ signals, count }) => {
    const found = headsOf({ signals });
    expect(found).toHaveLength(count);
    expect(lampStrip(found, 640) === null).toBe(count === 0);
  });
});
