import { AlertMessage, type Detection, type DetectionsFrame, matches, TracksFrame } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, aDetection, boxAt, frames, play, seededRandom, T0 } from '../testing/scene.js';
import { createCameraPipeline, finishPipeline } from './pipeline.js';
import type { PipelineState } from './pipeline-state.js';

const stalled = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
const fence = { id: 'fence', name: 'Rào', type: 'intrusion', zoneId: 'middle' };
const crowd = { id: 'crowd', name: 'Đông', type: 'crowd-occupancy', zoneId: 'middle', minCount: 3 };
const red = { id: 'red', name: 'Đèn', type: 'red-light', lineId: 'stop', direction: 'right', signalId: 'north' };
const rules = [stalled, fence, crowd, red];

/** A truck parked in the zone, called now truck, now bus, and missed every third time. */
function parkedTruck(atMs: number): Detection[] {
  return (atMs / 200) % 3 === 2 ? [] : [aDetection({ class: (atMs / 200) % 5 === 1 ? 'bus' : 'truck', box: boxAt(0.6, 0.6, 0.2, 0.2) })];
}

/** The truck, people who wander about and cars that drive down over the stop line, with misses and tremble. */
function busyScene(untilMs: number, seed = 1): DetectionsFrame[] {
  const random = seededRandom(seed);
  return frames(untilMs, 200, (atMs) => {
    const list = parkedTruck(atMs);
    const carY = 0.2 + ((atMs / 1000) % 8) * 0.1;
    if (carY < 0.95) list.push(aDetection({ box: boxAt(0.35, carY) }));
    for (let i = 0; i < 4; i++) {
      if (random() < 0.15) continue;
      const x = 0.3 + 0.12 * i + 0.1 * Math.sin(atMs / 3000 + i);
      list.push(
        aDetection({ class: 'person', score: 0.4 + random() * 0.5, box: boxAt(x, 0.75 + 0.1 * Math.sin(atMs / 7000 + i), 0.04, 0.1) }),
      );
    }
    return list;
  });
}

describe('a frame', () => {
  it('draws a motorcycle with the two people on it as one, and counts it once', () => {
    const ridden = [
      aDetection({ class: 'motorcycle', box: [0.45, 0.45, 0.55, 0.6] }),
      aDetection({ class: 'person', box: [0.46, 0.38, 0.5, 0.54] }),
      aDetection({ class: 'person', box: [0.51, 0.37, 0.55, 0.54] }),
    ];
    const { steps } = play(
      createCameraPipeline(aCamera({ rules: [fence] })),
      frames(4000, 200, () => ridden),
    );
    const last = steps.at(-1)?.tracks;
    expect(matches(TracksFrame, last)).toBe(true);
    expect(last?.tracks.map(({ class: name, persons, findings }) => [name, persons, findings])).toEqual([['motorcycle', 2, ['intrusion']]]);
    expect(last?.tracks[0]?.box.map((value) => Math.round(value * 100))).toEqual([45, 37, 55, 60]);
    expect(last?.occupancy).toEqual({ middle: 1 });
  });

  it('gives confirmed tracks, occupancy and signal states that fit the contract', () => {
    const { steps } = play(createCameraPipeline(aCamera({ rules })), frames(25_000, 200, parkedTruck));
    const last = steps.at(-1)?.tracks;
    expect(matches(TracksFrame, last)).toBe(true);
    expect(last).toMatchObject({ cameraId: 'cam-1', capturedAtMs: T0 + 25_000, occupancy: { middle: 1 }, signals: { north: 'green' } });
    expect(last?.tracks).toMatchObject([{ class: 'truck', findings: ['stalled-vehicle'] }]);
    expect(last?.tracks[0]?.stationaryMs).toBeGreaterThan(20_000);
  });

  it('opens one alert for the parked truck, from its first picture, though its class flips and detections miss', () => {
    const { alerts, evidence } = play(createCameraPipeline(aCamera({ rules: [stalled] })), frames(120_000, 200, parkedTruck));
    expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(1);
    expect(alerts[0]).toMatchObject({ phase: 'opened', startMs: T0, reservationId: evidence[0]?.reservationId });
    expect(alerts[0]?.reason.text.vi).toMatch(/^xe tải đứng yên 20 giây/);
    expect(evidence.map(({ action, moments }) => [action, moments.map(({ name }) => name)])).toEqual([
      ['reserve', ['first']],
      ['reserve', ['first', 'raised']],
    ]);
    for (const alert of alerts) expect(matches(AlertMessage, alert)).toBe(true);
  });

  it('says of a finding which detector it rests on, that of the frame it was raised in', () => {
    const seen = frames(40_000, 200, parkedTruck).map((frame, index) => ({
      ...frame,
      modelSha256: index * 200 < 30_000 ? 'first' : 'second',
      cameraClockOffsetMs: 12,
    }));
    const { alerts } = play(createCameraPipeline(aCamera({ rules: [stalled] })), seen);
    const bases = alerts.map(({ findings }) => findings[0]?.basis);
    expect(bases.length).toBeGreaterThan(1);
    for (const basis of bases) expect(basis).toEqual({ modelId: seen[0]?.modelId, modelSha256: 'first', cameraClockOffsetMs: 12 });
  });

  it('works in pictures that are not square: a wide car is as still as a square one', () => {
    const wide = frames(25_000, 200, () => [aDetection({ box: [0.4, 0.4, 0.5, 0.5] })]).map((frame) => ({
      ...frame,
      widthPx: 1920,
      heightPx: 1080,
    }));
    const { alerts, steps } = play(createCameraPipeline(aCamera({ rules: [stalled] })), wide);
    expect(alerts).toHaveLength(1);
    expect(steps.at(-1)?.tracks?.tracks[0]?.box.map((value) => Math.round(value * 1000) / 1000)).toEqual([0.4, 0.4, 0.5, 0.5]);
  });

  it.each([
    { name: 'ten seconds, watched all the while', stepMs: 10_000, watched: (): number | undefined => T0, raisedS: 25 },
    { name: 'two seconds, as keyframes come', stepMs: 2000, watched: () => T0, raisedS: 21 },
    { name: 'ten seconds of which nothing is known', stepMs: 10_000, watched: () => undefined, raisedS: null },
    { name: 'ten seconds with a hole in each', stepMs: 10_000, watched: (atMs: number) => T0 + atMs - 5000, raisedS: null },
    { name: 'a minute, too long to be watching', stepMs: 60_000, watched: () => T0, raisedS: null },
  ])('of a parked car in steps of $name: one track, dwell reached after $raisedS s', ({ stepMs, watched, raisedS }) => {
    const parked = [aDetection({ box: boxAt(0.5, 0.6, 0.2, 0.2) })];
    const idle = frames(5000 + 4 * stepMs, stepMs, () => parked, 5000 + stepMs);
    const list = [...frames(5000, 200, () => parked), ...(stepMs > 5000 ? idle : frames(30_000, stepMs, () => parked, 5000 + stepMs))];
    const known = list.map((frame) => {
      const watchedSinceMs = watched(frame.capturedAtMs - T0);
      return watchedSinceMs === undefined ? frame : { ...frame, watchedSinceMs };
    });
    const { findings, state } = play(createCameraPipeline(aCamera({ rules: [stalled] })), known);
    const raised = findings.find(({ phase }) => phase === 'raised');
    expect(raised ? (raised.finding.raisedAtMs - T0) / 1000 : null).toBe(raisedS);
    expect(state.tracker.tracks.map(({ firstMs }) => firstMs)).toEqual([T0]);
  });

  it('asks for attention while something moves, and not for what stands', () => {
    const pipeline = createCameraPipeline(aCamera());
    const moving = play(
      pipeline,
      frames(30_000, 200, (atMs) => [aDetection({ box: boxAt(0.05 + (0.03 * atMs) / 1000, 0.5) })]),
    );
    const asked = moving.steps.flatMap(({ attention }) => attention ?? []);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThan(10);
    expect(asked[0]).toEqual({ cameraId: 'cam-1', untilMs: T0 + 10_000, reason: 'new-track' });
    const still = play(pipeline, frames(120_000, 200, parkedTruck)).steps.flatMap(({ attention }) => attention ?? []);
    expect(still.every(({ untilMs }) => untilMs < T0 + 20_000)).toBe(true);
  });

  it('ignores rules that are switched off', () => {
    expect(
      play(createCameraPipeline(aCamera({ rules: [{ ...stalled, enabled: false }] })), frames(25_000, 200, parkedTruck)).findings,
    ).toEqual([]);
  });
});

describe('bad input', () => {
  const bad = (box: unknown, more: object = {}) => ({ ...aDetection(), ...more, box }) as Detection;
  it.each<{ name: string; detection: Detection }>([
    { name: 'NaN in a box', detection: bad([Number.NaN, 0, 1, 1]) },
    { name: 'null in a box', detection: bad([null, 0, 1, 1]) },
    { name: 'an endless box', detection: bad([0, 0, Number.POSITIVE_INFINITY, 1]) },
    { name: 'a huge box', detection: bad([-5, -5, 5, 5]) },
    { name: 'a box inside out', detection: bad([0.6, 0.6, 0.4, 0.4]) },
    { name: 'a box without area', detection: bad([0.5, 0.5, 0.5, 0.6]) },
    { name: 'three numbers', detection: bad([0, 0, 1]) },
    { name: 'no box', detection: bad(undefined) },
    { name: 'a NaN score', detection: bad([0, 0, 0.5, 0.5], { score: Number.NaN }) },
    { name: 'a score above 1', detection: bad([0, 0, 0.5, 0.5], { score: 1.5 }) },
    { name: 'an unknown class', detection: bad([0, 0, 0.5, 0.5], { class: 'kite' }) },
  ])('$name is left out and counted', ({ detection }) => {
    const { state, steps } = play(
      createCameraPipeline(aCamera({ rules })),
      frames(2000, 200, () => [aDetection(), detection]),
    );
    expect(state.ignored.unsoundDetections).toBe(11);
    expect(steps.at(-1)?.tracks?.tracks).toHaveLength(1);
  });

  it('leaves duplicates and late frames out, and counts them', () => {
    const pipeline = createCameraPipeline(aCamera({ rules }));
    const scene = busyScene(30_000);
    const shuffled = scene.flatMap((frame, i) => [frame, frame, ...(i > 3 ? [scene[i - 2] as DetectionsFrame] : [])]);
    const clean = play(pipeline, scene);
    const dirty = play(pipeline, shuffled);
    expect(dirty.alerts).toEqual(clean.alerts);
    expect(dirty.state.ignored).toEqual({ duplicateFrames: scene.length, outOfOrderFrames: scene.length - 4, unsoundDetections: 0 });
    expect(dirty.steps[1]).toMatchObject({ findings: [], alerts: [], evidence: [] });
    expect(dirty.steps[1]?.tracks).toBeUndefined();
  });

  it('begins anew without a false alert when the clock is set back by an hour', () => {
    const pipeline = createCameraPipeline(aCamera({ rules: [stalled] }));
    const before = frames(15_000, 200, parkedTruck);
    const after = frames(15_000, 200, parkedTruck).map((frame) => ({ ...frame, capturedAtMs: frame.capturedAtMs - 3_600_000 }));
    const { alerts, state } = play(pipeline, [...before, ...after]);
    expect(alerts).toEqual([]);
    expect(state.ignored.outOfOrderFrames).toBe(0);
    const later = frames(25_000, 200, parkedTruck, 15_200).map((frame) => ({ ...frame, capturedAtMs: frame.capturedAtMs - 3_600_000 }));
    expect(play(pipeline, later, state).alerts.map(({ phase }) => phase)).toEqual(['opened']);
  });

  it('gives no false alert when the clock is set forward by an hour', () => {
    const list = [...frames(5000, 200, parkedTruck), ...frames(3_605_000, 200, parkedTruck, 3_600_000)];
    expect(play(createCameraPipeline(aCamera({ rules: [stalled] })), list).alerts).toEqual([]);
  });
});

describe('breaks', () => {
  it('resets tracks at a discontinuity: what stood before must stand again', () => {
    const list = frames(38_000, 200, parkedTruck);
    const seam = { ...(list[95] as DetectionsFrame), discontinuity: 'reconnect' as const };
    const { alerts, steps } = play(createCameraPipeline(aCamera({ rules: [stalled] })), [...list.slice(0, 95), seam, ...list.slice(96)]);
    expect(alerts).toEqual([]);
    expect(steps[95]?.tracks?.tracks).toEqual([]);
  });

  it('repeats no alert while a recording starts again and again', () => {
    const clip = (run: number) =>
      busyScene(40_000, 2).map((frame, i) => ({
        ...frame,
        capturedAtMs: frame.capturedAtMs + run * 60_000,
        ...(i === 0 ? { discontinuity: 'loop-seam' as const } : {}),
      }));
    const { alerts } = play(createCameraPipeline(aCamera({ rules, simulated: true })), [0, 1, 2, 3, 4, 5].flatMap(clip));
    const opened = alerts.filter(({ phase }) => phase === 'opened');
    const firstRun = opened.filter(({ updatedMs }) => updatedMs < T0 + 60_000);
    expect(firstRun.map(({ type }) => type).sort()).toEqual([
      'crowd-occupancy',
      'intrusion',
      'red-light',
      'red-light',
      'red-light',
      'red-light',
      'stalled-vehicle',
    ]);
    expect(opened).toEqual(firstRun);
  });

  it.each([
    { name: 'a camera that is configured as one', camera: { simulated: true }, frame: {}, simulated: true },
    { name: 'a stream that says so itself', camera: {}, frame: { recording: true }, simulated: true },
    { name: 'neither', camera: {}, frame: {}, simulated: false },
  ])('marks alerts as simulated for $name, the last message of a removed camera too', ({ camera, frame, simulated }) => {
    const list = frames(22_000, 200, parkedTruck).map((sound) => ({ ...sound, ...frame }));
    const played = play(createCameraPipeline(aCamera({ rules: [stalled], ...camera })), list);
    const messages = [...played.alerts, ...finishPipeline(played.state).alerts];
    expect(messages.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['opened', 'closed']));
    expect(messages.every((message) => message.simulated === simulated)).toBe(true);
  });

  it('does not count ten missing seconds as dwell', () => {
    const list = frames(40_000, 200, parkedTruck).filter((_, i) => i < 50 || i >= 100);
    const { alerts } = play(createCameraPipeline(aCamera({ rules: [stalled] })), list);
    expect(alerts[0]?.findings[0]).toMatchObject({ startMs: T0 });
    expect(alerts[0]?.updatedMs).toBeGreaterThanOrEqual(T0 + 30_000);
    expect(alerts[0]?.updatedMs).toBeLessThanOrEqual(T0 + 30_800);
  });
});

describe('replay', () => {
  const scene = busyScene(60_000);
  const pipeline = createCameraPipeline(aCamera({ rules, simulated: true }));
  const undisturbed = play(pipeline, scene);

  it('has something to compare', () => {
    expect(new Set(undisturbed.alerts.map(({ type }) => type)).size).toBe(4);
  });

  it('yields the same from a checkpoint taken after any frame', () => {
    let state = pipeline.start();
    const told: unknown[] = [];
    for (const frame of scene) {
      const step = pipeline.step(JSON.parse(JSON.stringify(state)) as PipelineState, frame);
      state = step.state;
      told.push(...structuredClone(step.alerts));
    }
    expect(told).toEqual(undisturbed.alerts);
    expect(JSON.stringify(state)).toBe(JSON.stringify(undisturbed.state));
  });

  it.each([1, 17, 99, 100, 101, 180, 250, 299])(
    'yields the same from a checkpoint before frame %i, also when later frames were taken before the crash',
    (at) => {
      const checkpoint = JSON.stringify(play(pipeline, scene.slice(0, at)).state);
      play(pipeline, scene.slice(at, at + 20), JSON.parse(checkpoint) as PipelineState);
      const again = play(pipeline, scene.slice(at), JSON.parse(checkpoint) as PipelineState);
      const expected = undisturbed.steps.slice(at);
      expect(again.alerts).toEqual(expected.flatMap(({ alerts }) => alerts));
      expect(again.evidence).toEqual(expected.flatMap(({ evidence }) => evidence));
      expect(again.findings).toEqual(expected.flatMap(({ findings }) => findings));
      expect(again.steps.map(({ tracks }) => tracks)).toEqual(expected.map(({ tracks }) => tracks));
    },
  );

  it('keeps its state small', () => {
    expect(JSON.stringify(play(pipeline, busyScene(600_000)).state).length).toBeLessThan(300_000);
  });
});

describe('a changed configuration', () => {
  const first = play(createCameraPipeline(aCamera({ rules: [stalled, crowd] })), frames(25_000, 200, parkedTruck));
  const copy = () => JSON.parse(JSON.stringify(first.state)) as PipelineState;
  const next = frames(25_400, 200, parkedTruck, 25_200);
  const zone = aCamera().zones[0];

  it.each<{ name: string; camera: Record<string, unknown>; phases: string[] }>([
    { name: 'keeps what goes on when another rule joins', camera: { revision: 2, rules: [stalled, crowd, fence] }, phases: [] },
    { name: 'keeps what goes on when only the name changes', camera: { revision: 2, name: 'Other', rules: [stalled, crowd] }, phases: [] },
    { name: 'ends findings of a rule that is gone', camera: { revision: 2, rules: [crowd] }, phases: ['ended'] },
    {
      name: 'ends findings of a rule that is switched off',
      camera: { revision: 2, rules: [{ ...stalled, enabled: false }] },
      phases: ['ended'],
    },
    {
      name: 'judges anew when the zone moved, and the truck stands in it as long as before',
      camera: { revision: 2, rules: [stalled], zones: [{ ...zone, name: 'khác' }] },
      phases: ['ended', 'raised'],
    },
  ])('$name', ({ camera, phases }) => {
    const played = play(createCameraPipeline(aCamera(camera)), next, copy());
    expect(played.findings.filter(({ phase }) => phase !== 'updated').map(({ phase }) => phase)).toEqual(phases);
    expect(played.steps.at(-1)?.tracks?.tracks[0]?.id).toBe(first.steps.at(-1)?.tracks?.tracks[0]?.id);
    expect(new Set([...first.alerts, ...played.alerts].map(({ alertId }) => alertId)).size).toBe(1);
  });

  it('is told of the end when the camera is taken out of service', () => {
    const { alerts, findings } = finishPipeline(copy());
    expect(findings.map(({ phase }) => phase)).toEqual(['ended']);
    expect(alerts.at(-1)).toMatchObject({ phase: 'closed', endMs: T0 + 25_000, revision: first.alerts.length + 2 });
  });
});

it('takes a fraction of a millisecond for a frame with ten objects', () => {
  const pipeline = createCameraPipeline(aCamera({ rules }));
  const scene = frames(400_000, 200, (atMs) =>
    Array.from({ length: 10 }, (_, i) =>
      aDetection({ class: i % 2 ? 'car' : 'person', box: boxAt(0.05 + ((i * 0.09 + atMs / 40_000) % 0.9), 0.1 + 0.08 * i, 0.06, 0.07) }),
    ),
  );
  let state = pipeline.start();
  const before = process.cpuUsage();
  for (const frame of scene) state = pipeline.step(state, frame).state;
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / scene.length).toBeLessThan(1000);
});
