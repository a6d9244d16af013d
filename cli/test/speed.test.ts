import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { beforeAll, expect, test } from 'vitest';
import { readRoadPlane } from '../src/speed/calibration-file.js';
import { measureSpeeds, readObservations, type TrackSpeed } from '../src/speed/measure-speeds.js';

const root = join(import.meta.dirname, '..', '..');
const scratch = temporaryDirectory('cli-speed');
const file = (...names: string[]) => join(scratch.path, ...names);

function safecity(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'cli', 'bin', 'safecity.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { code: status, stdout, stderr };
}

/** A road seen from straight above, 20 px to the metre. */
const CALIBRATION = {
  imageSize: [1000, 800],
  image: [
    [100, 100],
    [300, 100],
    [300, 700],
    [100, 700],
  ],
  road: [
    [0, 0],
    [10, 0],
    [10, 30],
    [0, 30],
  ],
  surveyor: 'unknown members are left alone',
};

/** A vehicle at `metresPerSecond` down the road, ten times a second. */
function drive(track: number, fromMs: number, metresPerSecond: number): object[] {
  return Array.from({ length: 15 }, (_, i) => ({ track, timeMs: fromMs + i * 100, x: 200, y: 100 + 2 * i * metresPerSecond, lane: 1 }));
}

const lines = (values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

async function measured(name: string): Promise<TrackSpeed[]> {
  const counts = { observations: 0, beyondHorizon: 0, unmeasured: 0 };
  const speeds: TrackSpeed[] = [];
  for await (const speed of measureSpeeds(readObservations(file(name)), readRoadPlane(file('calibration.json')), counts))
    speeds.push(speed);
  return speeds;
}

beforeAll(() => {
  mkdirSync(file('session'));
  const observations = [...drive(1, 0, 10), ...drive(2, 400, 20)].sort(
    (a, b) => (a as { timeMs: number }).timeMs - (b as { timeMs: number }).timeMs,
  );
  for (const folder of ['.', 'session']) {
    writeFileSync(file(folder, 'calibration.json'), JSON.stringify(CALIBRATION));
    writeFileSync(file(folder, 'tracks.jsonl'), lines(observations));
  }
  writeFileSync(file('session', 'truth.csv'), 'track,speedKmh\n1,36\n2,70\n9,50\n');
});

test('speed writes one line a track, eval speed scores them', () => {
  const run = safecity('speed', '--calibration', file('calibration.json'), '--tracks', file('tracks.jsonl'), '--out', file('s.jsonl'));
  expect(run.code, run.stderr).toBe(0);
  expect(readFileSync(file('s.jsonl'), 'utf8')).toBe('{"track":1,"speedKmh":36}\n{"track":2,"speedKmh":72}\n');
  const scored = safecity('eval', 'speed', '--data', file('session'), '--drop', '0.3', '--noise-px', '0', '--seed', '3');
  expect(scored.code, scored.stderr).toBe(0);
  const [row] = JSON.parse(scored.stdout).sessions;
  expect(row).toMatchObject({ session: 'session', tracks: 2, missing: 1 });
  expect(row.meanAbsoluteError).toBeCloseTo(1, 6);
});

test.each([
  { name: 'a value that is no number', text: '{"track":1,"timeMs":1,"x":1e999,"y":2}', says: 'line 1: x must be a finite number' },
  { name: 'text for a number', text: '{"track":1,"timeMs":"1","x":1,"y":2}', says: 'line 1: timeMs must be a finite number' },
  { name: 'no track', text: '{"timeMs":1,"x":1,"y":2}', says: 'line 1: track must be' },
  { name: 'no JSON', text: '1,2,3', says: 'line 1 is not JSON' },
  {
    name: 'time going back',
    text: `${lines(drive(4, 1000, 3))}{"track":4,"timeMs":999,"x":1,"y":2}`,
    says: 'line 16: time of track 4 goes back from 2400 to 999 ms',
  },
])('refuses $name', async ({ text, says }) => {
  writeFileSync(file('bad.jsonl'), text);
  await expect(measured('bad.jsonl')).rejects.toMatchObject({ code: 'CLI_USAGE', message: expect.stringContaining(says) });
});

test('takes tracks one after the other, and an id that comes again later for another vehicle', async () => {
  writeFileSync(file('grouped.jsonl'), lines([...drive(1, 50_000, 10), ...drive(2, 0, 20)]));
  expect((await measured('grouped.jsonl')).map(({ track, speedKmh }) => [track, Math.round(speedKmh)])).toEqual([
    [1, 36],
    [2, 72],
  ]);
  writeFileSync(file('again.jsonl'), lines([...drive(1, 0, 10), ...drive(2, 100_000, 5), ...drive(1, 200_000, 20)]));
  expect((await measured('again.jsonl')).map(({ track, speedKmh }) => [track, Math.round(speedKmh)])).toEqual([
    [1, 36],
    [2, 18],
    [1, 72],
  ]);
});

test.each([
  { name: 'three points', change: { image: CALIBRATION.image.slice(0, 3) }, says: '"image" must be a list of four or more points' },
  {
    name: 'points on one line',
    change: {
      road: [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    },
    says: 'lie on one line',
  },
  { name: 'unequal lists', change: { road: [...CALIBRATION.road, [5, 5]] }, says: 'each picture point needs its road point' },
  {
    name: 'a swapped pair',
    change: {
      road: [
        [0, 0],
        [10, 30],
        [10, 0],
        [0, 30],
      ],
    },
    says: 'no view of a road',
  },
  { name: 'no size', change: { imageSize: [0, 800] }, says: '"imageSize" must be' },
])('refuses a calibration with $name', ({ change, says }) => {
  writeFileSync(file('bad.json'), JSON.stringify({ ...CALIBRATION, ...change }));
  expect(() => readRoadPlane(file('bad.json'))).toThrow(says);
});
