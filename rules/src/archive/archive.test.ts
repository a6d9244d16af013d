import { ArchivedTrack, type DetectionsFrame, type Finding, matches } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline.js';
import { aCamera, aDetection, boxAt, frames, seededRandom, T0 } from '../testing/scene.js';
import { replayTracks } from './replay.js';
import { type ArchiveState, archiveTracks } from './track-archive.js';

const stalled = { id: 'stalled', name: 'Stalled', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
const camera = aCamera({ rules: [stalled] });

/** A truck that comes in, stands for 40 s and goes, with cars that drive by. */
function scene(): DetectionsFrame[] {
  const random = seededRandom(7);
  const shake = () => (random() - 0.5) * 0.004;
  return frames(70_000, 200, (atMs) => {
    const x = atMs < 10_000 ? atMs / 20_000 : atMs < 50_000 ? 0.5 : 0.5 + (atMs - 50_000) / 20_000;
    const passing = (atMs % 20_000) / 10_000;
    return [
      aDetection({ class: 'truck', box: boxAt(x + shake(), 0.5 + shake(), 0.2, 0.15) }),
      ...(passing < 1 ? [aDetection({ box: boxAt(passing, 0.75 + shake()) })] : []),
    ];
  });
}

function archiveOf(list: readonly DetectionsFrame[]): { raised: Finding[]; tracks: ArchivedTrack[] } {
  const pipeline = createCameraPipeline(camera);
  const archive: ArchiveState = {};
  const raised: Finding[] = [];
  const tracks: ArchivedTrack[] = [];
  let state = pipeline.start();
  for (const frame of list) {
    const step = pipeline.step(state, frame);
    state = step.state;
    for (const { phase, finding } of step.findings) if (phase === 'raised') raised.push(finding);
    tracks.push(...archiveTracks(archive, state.tracker.tracks, frame.capturedAtMs, 1, camera));
  }
  return { raised, tracks: [...tracks, ...archiveTracks(archive, [], 0, 1, camera)] };
}

describe('the track archive', () => {
  const { raised, tracks } = archiveOf(scene());

  it('keeps each path in few points, near every box', () => {
    const truck = tracks.find((track) => track.class === 'truck');
    expect(tracks.every((track) => matches(ArchivedTrack, track))).toBe(true);
    expect(truck).toMatchObject({ cameraId: 'cam-1', firstMs: T0, lastMs: T0 + 70_000, clearShare: 1 });
    // 351 sightings were taken in.
    expect(truck?.points.length).toBeLessThan(60);
  });

  it('gives the same findings again, at the same times', () => {
    const again = replayTracks(camera, tracks, { fromMs: T0, toMs: T0 + 70_001 }).findings;
    expect(raised.length).toBe(1);
    expect(again.map(({ type }) => type)).toEqual(['stalled-vehicle']);
    expect(Math.abs((again[0]?.startMs ?? 0) - (raised[0]?.startMs ?? 0))).toBeLessThanOrEqual(1000);
  });

  it.each([
    [30_000, 1],
    [60_000, 0],
  ])('answers what another dwell would have done: %d ms', (dwellMs, count) => {
    const changed = aCamera({ rules: [{ ...stalled, dwellMs }] });
    expect(replayTracks(changed, tracks, { fromMs: T0, toMs: T0 + 70_001 }).findings.length).toBe(count);
  });

  it('looks at the span asked for only', () => {
    expect(replayTracks(camera, tracks, { fromMs: T0, toMs: T0 + 20_000 }).findings).toEqual([]);
  });

  it('does not draw a path through the time in which nothing was seen', () => {
    const list = scene().filter(({ capturedAtMs }) => capturedAtMs < T0 + 20_000 || capturedAtMs > T0 + 23_000);
    const truck = archiveOf(list).tracks.find((track) => track.class === 'truck');
    expect(truck?.points.filter((point) => point[5] === 0).length).toBe(2);
  });

  it('is cut into parts while a vehicle is parked, and leaves nothing of what was never confirmed', () => {
    const parked = frames(25 * 60_000, 1000, (atMs) => [
      aDetection({ box: boxAt(0.5, 0.5) }),
      ...(atMs === 5000 ? [aDetection({ class: 'person', box: boxAt(0.2, 0.3, 0.02, 0.05) })] : []),
    ]);
    const parts = archiveOf(parked).tracks;
    expect(parts.map((track) => track.class)).toEqual(['car', 'car', 'car']);
    expect(new Set(parts.map(({ trackId }) => trackId)).size).toBe(1);
    expect(parts[0]?.points.length).toBe(2);
  });
});
