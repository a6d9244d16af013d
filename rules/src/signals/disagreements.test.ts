import { type DetectionsFrame, matches, TracksFrame } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline, finishPipeline } from '../pipeline/pipeline.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import { aCamera, aDetection, boxAt, frames, play } from '../testing/scene.js';
import { CONTROLLER, PICTURE, readingAt, type Stretch } from '../testing/signals.js';

const rule = { id: 'red', name: 'Đèn đỏ', type: 'red-light', lineId: 'stop', direction: 'right', signalId: 'north' };
const camera = aCamera({ signals: [{ id: 'north', name: 'đèn bắc', source: CONTROLLER, check: PICTURE }], rules: [rule] });
const cycle: Stretch[] = [
  [0, 'green'],
  [5000, 'yellow'],
  [8000, 'red'],
  [30_000, 'green'],
];

/** A car that crosses at 12 s, and what the two sources say. */
function scene(untilMs: number, controller: readonly Stretch[], picture: readonly Stretch[]): DetectionsFrame[] {
  const car = (atMs: number) =>
    atMs < 8000 || atMs > 15_000 ? [] : [aDetection({ box: boxAt(0.5, 0.5 + (0.1 * (atMs - 12_000)) / 1000) })];
  return frames(untilMs, 200, car).map((frame, index) => ({
    ...frame,
    signals: [readingAt(controller, index * 200, 'controller'), readingAt(picture, index * 200, 'picture')],
  }));
}

describe('signals through the pipeline', () => {
  it('give a case that may be fined, the same ids again from a checkpoint before any frame, and the state for the overlay', () => {
    const list = scene(20_000, cycle, cycle);
    const pipeline = createCameraPipeline(camera);
    const whole = play(pipeline, list);
    expect(whole.findings.map(({ finding }) => [finding.type, finding.fineable])).toEqual([['red-light', { value: true, reasons: [] }]]);
    expect(whole.steps.at(-1)?.tracks).toMatchObject({ signals: { north: 'red' } });
    for (const at of [10, 41, 58, 62, 64]) {
      const before = play(pipeline, list.slice(0, at));
      const state = JSON.parse(JSON.stringify(before.state)) as PipelineState;
      const after = play(createCameraPipeline(camera), list.slice(at), state);
      expect([...before.findings, ...after.findings]).toEqual(whole.findings);
    }
  });

  it('are told as disagreeing, and after 10 s as one alert that ends when they agree again', () => {
    const stuck: Stretch[] = [
      [0, 'green'],
      [26_000, 'red'],
    ];
    const { steps, findings, alerts } = play(createCameraPipeline(camera), scene(45_000, cycle, stuck));
    const doubted = steps.filter(({ tracks }) => tracks?.signalDoubts !== undefined).map(({ tracks }) => tracks?.capturedAtMs ?? 0);
    const first = steps[0]?.tracks?.capturedAtMs ?? 0;
    expect([doubted[0], doubted.findLast((atMs) => atMs < first + 30_000)].map((atMs) => (atMs ?? 0) - first)).toEqual([6600, 25_800]);
    expect(steps.every(({ tracks }) => matches(TracksFrame, tracks))).toBe(true);
    expect(steps[35]?.tracks?.signalDoubts?.['north']).toEqual({
      vi: 'đèn «đèn bắc»: vàng (theo tủ điều khiển) nhưng xanh (đọc từ hình), đã 2 giây',
      en: 'signal “đèn bắc”: yellow (told by the controller) but green (read from the picture), for 2 s',
    });
    const told = findings.filter(({ finding }) => finding.type === 'camera-signal-disagreement');
    expect(told.map(({ phase, finding }) => [phase, finding.startMs - first])).toEqual([
      ['raised', 5000],
      ['ended', 5000],
      ['raised', 30_000],
    ]);
    expect(new Set(alerts.filter(({ kind }) => kind === 'camera').map(({ alertId }) => alertId)).size).toBe(1);
    const [red] = findings.filter(({ finding }) => finding.type === 'red-light');
    expect(red?.finding.fineable?.value).toBe(false);
  });

  it('leave no open alert behind when the camera goes', () => {
    const { state } = play(createCameraPipeline(camera), scene(20_000, cycle, [[0, 'green']]));
    expect(Object.values(state.openFindings).map(({ type }) => type)).toEqual(['camera-signal-disagreement']);
    expect(finishPipeline(state).alerts.map(({ phase }) => phase)).toContain('closed');
    expect(state.openFindings).toEqual({});
  });

  it('do not disturb the health of the camera, nor that them', () => {
    const pipeline = createCameraPipeline(camera);
    const { state } = play(pipeline, scene(20_000, cycle, [[0, 'green']]));
    const health = { troubles: [], rulesPaused: false };
    pipeline.takeHealth(state, { cameraId: 'cam-1', configRevision: 0, atMs: (state.lastMs ?? 0) + 1, health });
    expect(Object.values(state.openFindings).map(({ type }) => type)).toEqual(['camera-signal-disagreement']);
  });
});
