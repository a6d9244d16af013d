import type { ArchiveRecord, VehicleColour } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { archiveStep, finishArchive, newArchiveState } from '../archive/camera-archive.js';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, T0 } from '../testing/scene.js';
import { type ColourLooks, colourOf, withColour } from './track-colour.js';

describe('the colour of a vehicle', () => {
  it.each<[string, [name: VehicleColour, area: number][], VehicleColour | null]>([
    ['is unknown before a look', [], null],
    ['is unknown after one', [['red', 0.4]], null],
    ['is what two say', ['red', 'red'].map((name) => [name as VehicleColour, 0.1]), 'red'],
    ['is what most looks say', (['red', 'brown', 'red', 'red'] as const).map((name) => [name, 0.1]), 'red'],
    ['is unknown when exactly three fifths agree', (['red', 'red', 'red', 'brown', 'brown'] as const).map((name) => [name, 1]), null],
    [
      'is what it looks like when it is near',
      [
        ['white', 0.9],
        ['grey', 0.2],
        ['grey', 0.2],
      ],
      'white',
    ],
  ])('%s', (_name, list, expected) => {
    let looks: ColourLooks | undefined;
    for (const [colour, area] of list) looks = withColour(looks, colour, area);
    expect(colourOf(looks)).toBe(expected);
  });
});

it('comes with the boxes, and stands on the archived track from the second look on, in every part of it', () => {
  const camera = aCamera({ rules: [] });
  const pipeline = createCameraPipeline(camera);
  const archive = newArchiveState();
  const records: ArchiveRecord[] = [];
  let state = pipeline.start();
  const looks = [11, 12].map((minute) => T0 + minute * 60_000);
  for (const frame of frames(25 * 60_000, 1000, (atMs) => [
    aDetection({ box: boxAt(0.5, 0.5), ...(looks.includes(T0 + atMs) ? { colour: 'red' } : {}) }),
  ])) {
    const step = pipeline.step(state, frame);
    // As after a restart.
    state = JSON.parse(JSON.stringify(step.state));
    records.push(...archiveStep(archive, step, frame, camera));
  }
  records.push(...finishArchive(archive, camera));
  expect(records.flatMap((record) => ('facts' in record ? [record.facts.colour] : []))).toEqual([undefined, 'red', 'red']);
});
