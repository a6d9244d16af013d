import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { readCameraAt } from './camera-file.js';

const directory = temporaryDirectory('camera-file');
afterAll(() => directory.remove());

const polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const plain = { id: 'c', name: 'c', source: { url: 'rtsp://10.0.0.5/main' }, zones: [{ id: 'z', name: 'z', polygon }] };
const ptz = {
  ...plain,
  presets: ['gate', 'road'].map((id) => ({ id, name: id })),
  zones: [
    { id: 'a', name: 'a', polygon, presetId: 'gate' },
    { id: 'b', name: 'b', polygon, presetId: 'road' },
  ],
};

function fileOf(camera: object): string {
  const file = join(directory.path, 'camera.json');
  writeFileSync(file, JSON.stringify(camera));
  return file;
}

describe('a camera for a recording', () => {
  test('is the camera at the preset that the recording shows', () => {
    expect(readCameraAt(fileOf(ptz), 'road').zones.map(({ id }) => id)).toEqual(['b']);
    expect(readCameraAt(fileOf(plain), undefined).zones.map(({ id }) => id)).toEqual(['z']);
  });

  test.each([
    {
      name: 'without a word on the preset',
      camera: ptz,
      preset: undefined,
      message: 'are: gate, road; name with --preset the one that the recording shows',
    },
    { name: 'at an unknown preset', camera: ptz, preset: 'yard', message: 'are: gate, road; name with --preset' },
    { name: 'at a preset, without any', camera: plain, preset: 'gate', message: 'are: none; leave --preset out' },
  ])('$name is refused', ({ camera, preset, message }) => {
    expect(() => readCameraAt(fileOf(camera), preset)).toThrow(message);
  });
});
