import type { ArchiveRecord, VehicleColour } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, T0 } from '../testing/scene.js';
import { archiveLook, archiveStep, finishArchive, newArchiveState } from './camera-archive.js';
import { type ColourLooks, colourOf, withColour } from './track-colour.js';

describe('the colour of a vehicle', () => {
  it.each<[string, [atMs: number, name: VehicleColour, share: number][], VehicleColour | null]>([
    ['is unknown before a look', [], null],
    ['is what one look says', [[1, 'red', 0.4]], 'red'],
    [
      'is what most looks say',
      [
        [1, 'red', 0.6],
        [2, 'brown', 0.5],
        [3, 'red', 0.6],
      ],
      'red',
    ],
    [
      'weighs how much of the body had it',
      [
        [1, 'white', 0.9],
        [2, 'grey', 0.4],
        [3, 'grey', 0.4],
      ],
      'white',
    ],
    [
      'is unknown when looks do not agree',
      [
        [1, 'white', 0.5],
        [2, 'grey', 0.5],
      ],
      null,
    ],
    [
      'does not count a look twice',
      [
        [1, 'white', 0.5],
        [2, 'grey', 0.4],
        [2, 'grey', 0.4],
        [1, 'grey', 0.4],
      ],
      'white',
    ],
  ])('%s', (_name, list, expected) => {
    let looks: ColourLooks | undefined;
    for (const [capturedAtMs, name, share] of list) looks = withColour(looks, { capturedAtMs, colour: { name, share } });
    expect(colourOf(looks)).toBe(expected);
  });

  it('is not changed by looks at something else', () => expect(withColour(undefined, { capturedAtMs: 1 })).toBeUndefined());
});

it('stands on the archived track from the look on, in every part of it', () => {
  const camera = aCamera({ rules: [] });
  const pipeline = createCameraPipeline(camera);
  const archive = newArchiveState();
  const records: ArchiveRecord[] = [];
  let state = pipeline.start();
  const look = { cameraId: camera.id, box: boxAt(0.5, 0.5), attributes: [], colour: { name: 'red', share: 0.7 } } as const;
  for (const frame of frames(25 * 60_000, 1000, () => [aDetection({ box: boxAt(0.5, 0.5) })])) {
    const step = pipeline.step(state, frame);
    state = step.state;
    records.push(...archiveStep(archive, step, frame, camera));
    const trackId = step.tracks?.tracks[0]?.id;
    if (trackId && frame.capturedAtMs === T0 + 11 * 60_000)
      archiveLook(archive, { ...look, attributes: [...look.attributes], trackId, capturedAtMs: frame.capturedAtMs });
    archiveLook(archive, { ...look, attributes: [], trackId: 'another-0', capturedAtMs: frame.capturedAtMs });
  }
  records.push(...finishArchive(archive, camera));
  expect(records.flatMap((record) => ('facts' in record ? [record.facts.colour] : []))).toEqual([undefined, 'red', 'red']);
});
