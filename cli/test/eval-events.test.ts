import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLIP_MANIFEST } from '@safecity/fixtures';
import { afterAll, expect, test } from 'vitest';
import { readRecordings } from '../src/events/recordings-file.js';
import { readTrace, writeTrace } from '../src/events/trace-file.js';

const folder = mkdtempSync(join(tmpdir(), 'safecity-events-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const frame = {
  cameraId: 'cam-1',
  configRevision: 0,
  capturedAtMs: 1000,
  widthPx: 640,
  heightPx: 360,
  modelId: 'nanodet-g',
  detections: [],
};

test('a trace is read as it was written', () => {
  const file = join(folder, 'trace.jsonl');
  writeTrace(file, [frame, { ...frame, capturedAtMs: 1200 }]);
  expect(readTrace(file).map(({ capturedAtMs }) => capturedAtMs)).toEqual([1000, 1200]);
});

test.each([
  ['no JSON', 'nonsense\n', 'line 1 is not JSON'],
  ['another object', `${JSON.stringify(frame)}\n{"a":1}\n`, 'line 2 is no frame of detections'],
])('a trace with %s is refused with its line', (_name, text, message) => {
  expect(() => readTrace(written('bad.jsonl', text))).toThrow(message);
});

test('every recording of fixtures/recordings.json is one of the manifest, with a valid camera that has a rule for each event', () => {
  const recordings = readRecordings(join(import.meta.dirname, '..', '..', 'fixtures', 'recordings.json'));
  expect(recordings.map(({ clip }) => clip).toSorted()).toEqual(CLIP_MANIFEST.map(({ id }) => id).toSorted());
  for (const { camera, truth } of recordings) {
    const types = camera.rules.map(({ type }) => type);
    for (const { type, fromMs, toMs } of truth) {
      expect(types).toContain(type);
      expect(toMs).toBeGreaterThan(fromMs);
    }
  }
});

test('an unknown event type is refused', () => {
  const clips = [{ clip: 'a', camera: 'a.json', events: [{ type: 'nonsense', fromMs: 0, toMs: 1 }] }];
  expect(() => readRecordings(written('recordings.json', JSON.stringify({ clips })))).toThrow('clips/0/events/0/type');
});
