import {
  ArchiveRecord,
  archiveKey,
  type CameraConfig,
  type CameraHealthMessage,
  type DetectionsFrame,
  type Finding,
  matches,
} from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import { aCamera, aDetection, boxAt, frames, seededRandom, T0 } from '../testing/scene.js';
import { emptyArchive, type TrackArchive } from './archive-lines.js';
import { backtest } from './backtest.js';
import { archiveStep, type CameraArchiveState, finishArchive, newArchiveState } from './camera-archive.js';
import type { ReplaySpan } from './replay.js';

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

function pick<K extends 'track' | 'signal' | 'gap' | 'config'>(records: readonly ArchiveRecord[], kind: K) {
  return records.flatMap((record) => (kind in record ? [(record as Extract<ArchiveRecord, Record<K, unknown>>)[kind]] : []));
}

const replayTracks = (by: CameraConfig, archive: TrackArchive, span: ReplaySpan) => backtest(by, archive, span);

/** Plays frames, and health messages between them, as the live service does. `interrupted`: its state goes through JSON each time. */
function archiveOf(list: readonly (DetectionsFrame | CameraHealthMessage)[], by: CameraConfig = camera, interrupted = false) {
  const pipeline = createCameraPipeline(by);
  let archive: CameraArchiveState = newArchiveState();
  const raised: Finding[] = [];
  const records: ArchiveRecord[] = [];
  let state = pipeline.start();
  for (const message of list) {
    const step = 'health' in message ? pipeline.takeHealth(state, message) : pipeline.step(state, message);
    state = step.state;
    for (const { phase, finding } of step.findings) if (phase === 'raised') raised.push(finding);
    if (!('health' in message)) records.push(...archiveStep(archive, step, message, by));
    if (interrupted) archive = JSON.parse(JSON.stringify(archive)) as CameraArchiveState;
  }
  records.push(...finishArchive(archive, by));
  const replayable = { tracks: pick(records, 'track'), signals: pick(records, 'signal'), gaps: pick(records, 'gap') };
  return { raised, records, ...replayable, replayable: { ...emptyArchive(), ...replayable } };
}

describe('the track archive', () => {
  const { raised, tracks, records, replayable } = archiveOf(scene());

  it('keeps each path in few points, near every box', () => {
    const truck = tracks.find((track) => track.class === 'truck');
    expect(records.every((record) => matches(ArchiveRecord, record))).toBe(true);
    expect(truck).toMatchObject({ cameraId: 'cam-1', firstMs: T0, lastMs: T0 + 70_000, clearShare: 1 });
    // 351 sightings were taken in.
    expect(truck?.points.length).toBeLessThan(60);
  });

  it('gives the same findings again, at the same times', () => {
    const again = replayTracks(camera, replayable, { fromMs: T0, toMs: T0 + 70_001 }).findings;
    expect(raised.length).toBe(1);
    expect(again.map(({ type }) => type)).toEqual(['stalled-vehicle']);
    expect(Math.abs((again[0]?.startMs ?? 0) - (raised[0]?.startMs ?? 0))).toBeLessThanOrEqual(1000);
  });

  it.each([
    [30_000, 1],
    [60_000, 0],
  ])('answers what another dwell would have done: %d ms', (dwellMs, count) => {
    const changed = aCamera({ rules: [{ ...stalled, dwellMs }] });
    expect(replayTracks(changed, replayable, { fromMs: T0, toMs: T0 + 70_001 }).findings.length).toBe(count);
  });

  it('looks at the span asked for only', () => {
    expect(replayTracks(camera, replayable, { fromMs: T0, toMs: T0 + 20_000 }).findings).toEqual([]);
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
    const parts = archiveOf(parked).records.flatMap((record) => ('track' in record ? [record] : []));
    expect(parts.map(({ track }) => track.class)).toEqual(['car', 'car', 'car']);
    expect(new Set(parts.map(({ track }) => track.trackId)).size).toBe(1);
    expect(parts.map(({ facts }) => facts)).toEqual(
      [0, 1, 2].map((part) => ({ part, trackFirstMs: T0, zoneIds: ['middle'], heading: null, meanSpeedKmh: null })),
    );
    expect(parts[0]?.track.points.length).toBe(2);
  });

  it('is cut into parts too when a path has many points, so that a checkpoint stays small', () => {
    const random = seededRandom(3);
    const restless = frames(120_000, 200, () => [aDetection({ box: boxAt(0.5 + random() * 0.05, 0.5 + random() * 0.05, 0.2, 0.2) })]);
    const parts = archiveOf(restless).tracks;
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...parts.map(({ points }) => points.length))).toBeLessThanOrEqual(202);
  });

  it('is the same when it goes through a checkpoint after every frame', () => {
    expect(archiveOf(scene(), camera, true).records).toEqual(records);
    expect(new Set(records.map(archiveKey)).size).toBe(records.length);
  });

  it.each([
    ['left to right', [0.1, 0.5, 0.9, 0.5], 'right'],
    ['up the picture', [0.5, 0.9, 0.5, 0.3], 'up'],
    ['down and to the left', [0.9, 0.2, 0.3, 0.8], 'down-left'],
    ['nowhere', [0.5, 0.5, 0.52, 0.5], null],
  ] as const)('says where something went and how fast: %s', (_name, [x1, y1, x2, y2], heading) => {
    const points = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ].map(([x = 0, y = 0]) => ({ picture: [x, y], roadM: [x * 100, y * 100] }));
    const path = frames(10_000, 200, (atMs) => [
      aDetection({ box: boxAt(x1 + ((x2 - x1) * atMs) / 10_000, y1 + ((y2 - y1) * atMs) / 10_000) }),
    ]);
    const [record] = archiveOf(path, aCamera({ calibration: { points } })).records.filter((one) => 'track' in one);
    const facts = record && 'facts' in record ? record.facts : undefined;
    expect(facts?.heading).toBe(heading);
    const speedKmh = (Math.hypot(x2 - x1, y2 - y1) * 100 * 3.6) / 10;
    if (heading === null) expect(facts?.meanSpeedKmh).toBeNull();
    else expect(Math.abs((facts?.meanSpeedKmh ?? 0) - speedKmh)).toBeLessThan(0.05 * speedKmh);
  });
});

describe('what else the archive of a camera holds', () => {
  it('signals as they changed, and the revision in force', () => {
    const { records } = archiveOf(scene(), aCamera({ revision: 4 }));
    expect(pick(records, 'config')).toEqual([{ cameraId: 'cam-1', revision: 4, fromMs: T0 }]);
    expect(pick(records, 'signal').map(({ signalId, state, fromMs }) => [signalId, state, fromMs - T0])).toEqual(
      [0, 20_000, 30_000, 50_000, 60_000].map((atMs, index) => ['north', index % 2 === 0 ? 'red' : 'green', atMs]),
    );
  });

  it.each([
    ['frames that stayed away', {}, 40_000, 'no-frames'],
    ['a reconnect', { discontinuity: 'reconnect' }, 21_000, 'reconnect'],
    ['a recording that begins again', { discontinuity: 'loop-seam' }, 20_200, 'loop-seam'],
  ] as const)('gaps: %s', (_name, change, toMs, reason) => {
    const list = scene().filter(({ capturedAtMs }) => capturedAtMs <= T0 + 20_000 || capturedAtMs >= T0 + toMs);
    const cut = list.map((frame) => (frame.capturedAtMs === T0 + toMs ? { ...frame, ...change } : frame));
    const { gaps, signals } = archiveOf(cut);
    expect(gaps).toEqual([{ cameraId: 'cam-1', fromMs: T0 + 20_000, toMs: T0 + toMs, reason }]);
    // What the signal did meanwhile was not seen: it is told again.
    expect(signals.some(({ fromMs }) => fromMs === T0 + toMs)).toBe(true);
  });

  it('is silent about an idle camera that was watched all the while', () => {
    const idle = frames(60_000, 8000, () => [], 0).map((frame) => ({ ...frame, watchedSinceMs: T0 }));
    expect(archiveOf(idle).gaps).toEqual([]);
  });

  it('the time in which rules were paused', () => {
    const health = (atMs: number, rulesPaused: boolean): CameraHealthMessage => ({
      ...{ cameraId: 'cam-1', configRevision: 0, atMs: T0 + atMs, health: { troubles: [], rulesPaused } },
    });
    const list = scene();
    const at = (ms: number) => list.findIndex(({ capturedAtMs }) => capturedAtMs === T0 + ms);
    const told = [...list.slice(0, at(20_000)), health(19_900, true), ...list.slice(at(20_000), at(45_000)), health(44_900, false)];
    const { gaps, raised, replayable } = archiveOf([...told, ...list.slice(at(45_000))]);
    expect(gaps).toEqual([{ cameraId: 'cam-1', fromMs: T0 + 19_800, toMs: T0 + 45_000, reason: 'paused' }]);
    expect(raised).toEqual([]);
    expect(replayTracks(camera, replayable, { fromMs: T0, toMs: T0 + 70_001 }).findings).toEqual([]);
  });
});

describe('a replay', () => {
  it('counts no time in a gap as dwell', () => {
    const list = scene().filter(({ capturedAtMs }) => capturedAtMs < T0 + 15_000 || capturedAtMs > T0 + 35_000);
    const broken = list.map((frame, index) => (index === 75 ? { ...frame, discontinuity: 'reconnect' as const } : frame));
    const { raised, gaps, replayable } = archiveOf(broken);
    expect(gaps.length).toBe(1);
    expect(raised).toEqual([]);
    expect(replayTracks(camera, replayable, { fromMs: T0, toMs: T0 + 70_001 }).findings).toEqual([]);
    const shorter = aCamera({ rules: [{ ...stalled, dwellMs: 10_000 }] });
    expect(replayTracks(shorter, replayable, { fromMs: T0, toMs: T0 + 70_001 }).findings.length).toBe(1);
  });

  it.each([
    ['red', 1],
    ['green', 0],
  ])('shows rules the signal as it was: %s, whatever the camera says now', (state, count) => {
    const redLight = { id: 'red', name: 'Red', type: 'red-light', lineId: 'stop', signalId: 'north', direction: 'right' };
    const always = (one: string) => [{ id: 'north', name: 'đèn', source: { kind: 'script', cycle: [{ state: one, durationMs: 60_000 }] } }];
    const then = aCamera({ rules: [redLight], signals: always(state) });
    const crossing = frames(8000, 200, (atMs) => [aDetection({ box: boxAt(0.5, 0.3 + atMs / 16_000) })]);
    const { raised, replayable } = archiveOf(crossing, then);
    expect(raised.length).toBe(count);
    const now = aCamera({ rules: [redLight], signals: always(state === 'red' ? 'green' : 'red') });
    expect(replayTracks(now, replayable, { fromMs: T0, toMs: T0 + 8001 }).findings.length).toBe(count);
  });
});
