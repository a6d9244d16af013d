import type { Suppression, Watchlist } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import { plateRead } from '../testing/plates.js';
import { aCamera, aDetection, aFrame, boxAt, frames, type Played, play, T0 } from '../testing/scene.js';

const CUT = { cutFrom: { widthPx: 1000, heightPx: 1000, sinceKeyframeMs: 0 } };
const stalled = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 5000 };
const watch = { id: 'watch', name: 'Xe truy tìm', type: 'plate-watchlist' };
const lists: Watchlist[] = [
  { id: 'stolen', name: 'Xe trộm', unitIds: ['city', 'ward'], entries: [{ id: 'e1', plate: '51F-311.18', reason: 'trộm cắp' }] },
];

function camera(overrides: Record<string, unknown> = {}) {
  return aCamera({ unitId: 'ward', plates: {}, rules: [stalled, watch], ...overrides });
}

/** A car that stands in the middle of the picture, large enough to be read. */
function standing(untilMs: number, fromMs = 0) {
  return frames(untilMs, 250, () => [aDetection({ box: boxAt(0.5, 0.7, 0.4, 0.4) })], fromMs).map((frame) => ({ ...frame, ...CUT }));
}

const trackOf = ({ steps }: Played) => steps.findLast(({ tracks }) => tracks?.tracks[0])?.tracks?.tracks[0]?.id as string;

describe('plates of a camera', () => {
  const pipeline = createCameraPipeline(camera());

  it('are asked for once a vehicle is readable, and only where the camera reads them', () => {
    const wanted = play(pipeline, standing(2000)).steps.flatMap(({ platesWanted }) => platesWanted ?? []);
    expect(wanted).toEqual([expect.objectContaining({ cameraId: 'cam-1', vehicles: [expect.objectContaining({ class: 'car' })] })]);
    const off = createCameraPipeline(camera({ plates: { enabled: false }, rules: [stalled] }));
    expect(play(off, standing(2000)).steps.flatMap(({ platesWanted }) => platesWanted ?? [])).toEqual([]);
    const unknown = standing(2000).map(({ cutFrom: _cutFrom, ...frame }) => frame);
    expect(play(pipeline, unknown).steps.flatMap(({ platesWanted }) => platesWanted ?? [])).toEqual([]);
  });

  it('go onto the track, and onto a finding that was raised before', () => {
    const played = play(pipeline, standing(7000));
    const id = trackOf(played);
    const step = pipeline.takePlates(played.state, plateRead(id, 6000, ['51F', '311.18']), []);
    expect(step.plate).toMatchObject({
      cameraId: 'cam-1',
      trackId: id,
      class: 'car',
      plate: { text: '51F31118', colour: 'white', looks: 1 },
    });
    expect(step.alerts).toEqual([
      expect.objectContaining({
        phase: 'updated',
        revision: 2,
        findings: [expect.objectContaining({ plate: expect.objectContaining({ text: '51F31118' }) })],
      }),
    ]);
    const next = pipeline.step(step.state, { ...aFrame(7250, [aDetection({ box: boxAt(0.5, 0.7, 0.4, 0.4) })]), ...CUT });
    expect(next.tracks?.tracks[0]?.plate).toMatchObject({ text: '51F31118', confidence: expect.closeTo(0.97, 1) });
  });

  it('are on a finding that is raised after the reading, and on its updates', () => {
    const early = play(pipeline, standing(2000));
    const { state } = pipeline.takePlates(early.state, plateRead(trackOf(early), 2000, ['51F', '311.18']), []);
    const later = play(pipeline, standing(9000, 2250), state);
    expect(later.findings.length).toBeGreaterThan(0);
    expect(later.findings.every(({ finding }) => finding.plate?.text === '51F31118')).toBe(true);
  });

  it('that were looked at and not read say so', () => {
    const played = play(pipeline, standing(2000));
    const { plate } = pipeline.takePlates(played.state, plateRead(trackOf(played), 1500), []);
    expect(plate?.plate).toMatchObject({ text: null, confidence: 0, looks: 1 });
  });

  it.each([
    { name: 'of a vehicle nobody asked about', message: plateRead('stranger', 1500, ['51F', '311.18']) },
    { name: 'of a moment that was taken before', message: null },
  ])('$name change nothing', ({ message }) => {
    const played = play(pipeline, standing(2000));
    const known = plateRead(trackOf(played), 1500, ['51F', '311.18']);
    if (!message) pipeline.takePlates(played.state, known, lists);
    const before = JSON.stringify(played.state);
    const step = pipeline.takePlates(played.state, message ?? known, lists);
    expect([step.alerts, step.plate]).toEqual([[], undefined]);
    expect(JSON.stringify(step.state)).toBe(before);
  });

  it('go on from a checkpoint as if nothing had happened', () => {
    const after = (state: PipelineState) => {
      const step = pipeline.takePlates(state, plateRead(trackOf(played), 1500, ['51F', '311.18']), lists);
      return [step.alerts, step.plate, play(pipeline, standing(4000, 2250), step.state).steps.map(({ tracks }) => tracks)];
    };
    const played = play(pipeline, standing(2000));
    const restored = JSON.parse(JSON.stringify(played.state)) as PipelineState;
    expect(after(restored)).toEqual(after(played.state));
  });

  it('are forgotten when their vehicle has been gone for a minute', () => {
    const played = play(pipeline, standing(2000));
    const { state } = play(pipeline, [{ ...aFrame(70_000), ...CUT }], played.state);
    expect(state.plates).toEqual({});
  });
});

describe('plate-watchlist', () => {
  function hit(overrides: Record<string, unknown> = {}, rows = ['51F', '311.18'], given = lists, score?: number) {
    const pipeline = createCameraPipeline(camera(overrides));
    const played = play(pipeline, standing(2000));
    const message = plateRead(trackOf(played), 1500, rows);
    if (score !== undefined) for (const character of message.readings[0]?.rows.flat() ?? []) character.score = score;
    return { pipeline, played, ...pipeline.takePlates(played.state, message, given) };
  }

  it('raises an alert of its own at once, with list and reason', () => {
    const { alerts, evidence } = hit();
    expect(alerts).toEqual([
      expect.objectContaining({ type: 'plate-watchlist', kind: 'security', severity: 'high', phase: 'opened', startMs: T0 + 1500 }),
    ]);
    expect(alerts[0]?.reason.text).toEqual({
      vi: 'ô tô con biển số 51F31118 có trong danh sách «Xe trộm»: trộm cắp',
      en: 'car with plate 51F31118 is on the list «Xe trộm»: trộm cắp',
    });
    expect(evidence).toEqual([expect.objectContaining({ action: 'reserve', moments: [expect.objectContaining({ atMs: T0 + 1500 })] })]);
  });

  it.each([
    { name: 'another plate', overrides: {}, rows: ['51F', '311.19'] },
    { name: 'a camera of a unit where the list does not count', overrides: { unitId: 'elsewhere' }, rows: undefined },
    { name: 'a camera without a unit', overrides: { unitId: undefined }, rows: undefined },
    { name: 'a rule about other lists', overrides: { rules: [{ ...watch, listIds: ['wanted'] }] }, rows: undefined },
    { name: 'a rule about other vehicles', overrides: { rules: [{ ...watch, classes: ['truck'] }] }, rows: undefined },
    { name: 'a rule that asks for more confidence', overrides: { rules: [{ ...watch, minConfidence: 0.99 }] }, rows: undefined },
  ])('$name is no hit', ({ overrides, rows }) => {
    expect(hit(overrides, rows).alerts).toEqual([]);
  });

  it('is hidden and counted where an operator has suppressed it', () => {
    const pipeline = createCameraPipeline(camera());
    const played = play(pipeline, standing(2000));
    const polygon: Suppression['polygon'] = [[0, 0], [1, 0], [1, 1], [0, 1]]; // biome-ignore format: one line
    const id = '6b8b1a8e-1111-4222-8333-444455556666';
    pipeline.takeSuppression(played.state, {
      ...{ id, cameraId: 'cam-1', ruleId: 'watch', class: 'car', polygon, fromMs: T0, untilMs: T0 + 60_000 },
    });
    const { alerts, tallies } = pipeline.takePlates(played.state, plateRead(trackOf(played), 1500, ['51F', '311.18']), lists);
    expect([alerts, tallies]).toEqual([[], [expect.objectContaining({ suppressionId: id, hidden: 1 })]]);
  });

  it('tells once of one vehicle, and joins the same plate seen again', () => {
    const { pipeline, played } = hit();
    const id = trackOf(played);
    expect(pipeline.takePlates(played.state, plateRead(id, 1900, ['51F', '311.18']), lists).alerts).toEqual([]);
    const again = play(pipeline, standing(40_000, 36_000), played.state);
    const step = pipeline.takePlates(again.state, plateRead(trackOf(again), 40_000, ['51F', '311.18']), lists);
    expect(step.alerts.map(({ phase, findings }) => [phase, findings.length])).toEqual([['updated', 2]]);
  });

  it('two plates at one place are two alerts', () => {
    const two: Watchlist[] = [
      { ...(lists[0] as Watchlist), entries: [...(lists[0] as Watchlist).entries, { id: 'e2', plate: '51F31119', reason: 'phạt nguội' }] },
    ];
    const { pipeline, played, alerts } = hit({}, ['51F', '311.18'], two);
    const next = play(
      pipeline,
      frames(9000, 250, () => [aDetection({ box: boxAt(0.5, 0.7, 0.42, 0.4) })], 8000).map(
        (frame) =>
          ({ ...frame, ...CUT, discontinuity: frame.capturedAtMs === T0 + 8000 ? ('reconnect' as const) : undefined }) as typeof frame,
      ),
      played.state,
    );
    const other = pipeline.takePlates(next.state, plateRead(trackOf(next), 9000, ['51F', '311.19']), two);
    expect(other.alerts.map(({ phase }) => phase)).toEqual(['opened']);
    expect(other.alerts[0]?.alertId).not.toBe(alerts[0]?.alertId);
  });
});
