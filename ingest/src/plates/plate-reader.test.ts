import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Box, PlatesRead, PlatesWanted } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GopRing } from '../ring/gop-ring.js';
import { fragmentedFile, ringOf } from '../testing/fragmented-file.js';
import type { PlateNetworks } from './networks.js';
import { PlateReader } from './plate-reader.js';
import { servedPlateNetworks } from './served-networks.js';

const directory = temporaryDirectory('plate-reader');
const START = 1_700_000_000_000;
const STEP_MS = 100;
const LEFT: Box = [0.1, 0.1, 0.4, 0.9];
const RIGHT: Box = [0.6, 0.1, 0.9, 0.9];

let ring: GopRing;
let startMs: number;
const lines: string[] = [];
const logger = createLogger('test', { write: (line) => void lines.push(line) });
const published: PlatesRead[] = [];
/** Mean brightness of what was looked at. */
let brightness: number[] = [];
let served = true;

const networks: PlateNetworks = {
  findText: async ({ data, widthPx, heightPx }) => {
    brightness.push(data.reduce((sum, value) => sum + value, 0) / data.length);
    return new Uint8Array(widthPx * heightPx);
  },
  readRow: async () => ({ probabilities: new Float32Array(), steps: 0 }),
};

/** The left half of each picture is one shade of grey that tells its number: luma 20 + 8 n; the right half is white. */
beforeAll(async () => {
  const path = join(directory.path, 'shades.mp4');
  const source = "color=black:size=320x180:rate=10:duration=2,geq=lum='if(lt(X,160),20+8*N,235)':cb=128:cr=128";
  const codec = ['-c:v', 'libx264', '-qp', '10', '-bf', '2', '-g', '10', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, path]);
  ring = ringOf(await fragmentedFile(path), START);
  startMs = ring.oldest?.firstCaptureMs ?? START;
});
afterAll(() => directory.remove());
beforeEach(() => {
  published.length = 0;
  brightness = [];
  lines.length = 0;
  served = true;
});

function aReader(nowMs = () => startMs + 3000): PlateReader {
  return new PlateReader({
    networks: () => (served ? networks : null),
    ringOf: (cameraId) => (cameraId === 'cam1' ? ring : null),
    publish: async (read) => void published.push(read),
    logger,
    nowMs,
  });
}

function wanted(index: number, boxes: readonly Box[], cameraId = 'cam1'): PlatesWanted {
  const vehicles = boxes.map((box, place) => ({ trackId: `t${place}`, class: 'car' as const, box }));
  return { cameraId, capturedAtMs: startMs + index * STEP_MS, vehicles };
}

const shade = (index: number) => ((20 + 8 * index - 16) * 255) / 219;

describe('reading plates on demand', () => {
  it.each([0, 3, 10, 17])('looks at exactly picture %i, each vehicle in its own place', async (index) => {
    const reader = aReader();
    reader.take(wanted(index, [LEFT, RIGHT]));
    await waitFor(() => published.length === 2);
    expect(brightness[0]).toBeCloseTo(shade(index), -1);
    expect(brightness[1]).toBeGreaterThan(250);
    expect(published).toEqual([
      { cameraId: 'cam1', trackId: 't0', capturedAtMs: startMs + index * STEP_MS, vehicleBox: LEFT, readings: [] },
      { cameraId: 'cam1', trackId: 't1', capturedAtMs: startMs + index * STEP_MS, vehicleBox: RIGHT, readings: [] },
    ]);
    await reader.close();
    expect(reader.figures).toMatchObject({ looks: 2, unread: 2, lost: 0 });
  });

  it('keeps one decoder for the keyframes of a stream, and ends it when nobody needs it', async () => {
    let nowMs = startMs + 3000;
    const reader = aReader(() => nowMs);
    for (const index of [0, 10, 10, 0]) {
      published.length = 0;
      reader.take(wanted(index, [LEFT]));
      await waitFor(() => published.length === 1);
      expect(brightness.at(-1)).toBeCloseTo(shade(index), -1);
    }
    nowMs += 40_000;
    await reader.tidy();
    nowMs -= 40_000;
    published.length = 0;
    reader.take(wanted(10, [RIGHT]));
    await waitFor(() => published.length === 1);
    await reader.close();
    expect(reader.figures).toMatchObject({ looks: 5, lost: 0 });
  });

  it('a camera of another worker is none of its business', async () => {
    const reader = aReader();
    reader.take(wanted(0, [LEFT], 'cam2'));
    await reader.close();
    expect([published, reader.figures.lost]).toEqual([[], 0]);
  });

  it.each([
    { name: 'a moment that the ring does not hold', index: 100 },
    { name: 'a moment that is long past', index: -200 },
  ])('$name is lost', async ({ index }) => {
    const reader = aReader();
    reader.take(wanted(index, [LEFT, RIGHT]));
    await waitFor(() => reader.figures.lost === 2);
    expect(published).toEqual([]);
    await reader.close();
  });

  it('says once that nobody serves the networks, and goes on when somebody does', async () => {
    served = false;
    const reader = aReader();
    reader.take(wanted(0, [LEFT]));
    reader.take(wanted(1, [LEFT]));
    await waitFor(() => reader.figures.lost === 2);
    expect(lines.filter((line) => line.includes('INGEST_PLATES_UNAVAILABLE'))).toHaveLength(1);
    served = true;
    reader.take(wanted(2, [LEFT]));
    await waitFor(() => published.length === 1);
    await reader.close();
  });

  it('overload costs the oldest requests', async () => {
    const reader = aReader();
    for (let index = 0; index < 20; index++) reader.take(wanted(10, [LEFT]));
    await waitFor(() => reader.figures.looks + reader.figures.lost === 20);
    expect(reader.figures).toMatchObject({ looks: 17, lost: 3 });
    await reader.close();
  });
});

describe('networks that inference nodes serve', () => {
  const model = { modelId: 'm', sha256: '', inputs: [], outputs: [] };

  it('are there once both are', () => {
    const some = (ids: readonly string[]) => ({
      tensorModel: (id: string) => (ids.includes(id) ? model : undefined),
      inferTensors: async () => ({}) as never,
    });
    expect(servedPlateNetworks(some(['plate-find']))).toBeNull();
    expect(servedPlateNetworks(some(['plate-find', 'plate-read']))).not.toBeNull();
  });

  it('get pictures as tensors and give theirs back', async () => {
    const asked: unknown[] = [];
    const client = {
      tensorModel: () => model,
      inferTensors: async (request: { modelId: string; inputs: readonly { shape: readonly number[] }[] }) => {
        asked.push([request.modelId, request.inputs[0]?.shape]);
        const output = request.modelId === 'plate-find' ? { data: Uint8Array.of(7) } : { data: Float32Array.of(1, 2), shape: [1, 12, 41] };
        return { outputs: [output], endpointId: 'e', queueMs: 0, runMs: 0 } as never;
      },
    };
    const found = servedPlateNetworks(client) as PlateNetworks;
    expect([...(await found.findText({ data: new Uint8Array(6), widthPx: 2, heightPx: 1 }))]).toEqual([7]);
    expect(await found.readRow({ data: new Uint8Array(6), widthPx: 64, heightPx: 48 })).toMatchObject({ steps: 12 });
    expect(asked).toEqual([
      ['plate-find', [1, 1, 2, 3]],
      ['plate-read', [1, 48, 64, 3]],
    ]);
  });
});
