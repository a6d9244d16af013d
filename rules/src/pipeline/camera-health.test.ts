import { AlertMessage, type CameraHealthMessage, type CameraTrouble, matches } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../testing/scene.js';
import { createCameraPipeline, finishPipeline } from './pipeline.js';

const stalled = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
const moved: CameraTrouble = {
  kind: 'moved',
  sinceMs: T0 + 1000,
  reason: { text: { vi: 'lệch 5 %', en: 'shifted by 5 %' }, measures: [] },
};

function told(atMs: number, troubles: CameraTrouble[]): CameraHealthMessage {
  return { cameraId: 'cam-1', configRevision: 0, atMs, health: { troubles, rulesPaused: troubles.length > 0 } };
}

const truck = () => [aDetection({ class: 'truck', box: boxAt(0.6, 0.6, 0.2, 0.2) })];

describe("a camera's health", () => {
  it('opens one alert, is not told twice, and closes it when it clears', () => {
    const pipeline = createCameraPipeline(aCamera());
    const state = pipeline.start();
    const opened = pipeline.takeHealth(state, told(T0 + 11_000, [moved]));
    expect(opened.alerts).toMatchObject([{ phase: 'opened', kind: 'camera', type: 'camera-moved', severity: 'high', startMs: T0 + 1000 }]);
    expect(matches(AlertMessage, opened.alerts[0])).toBe(true);
    expect(opened.evidence).toMatchObject([{ action: 'reserve' }]);
    expect(pipeline.takeHealth(state, told(T0 + 71_000, [moved])).alerts).toEqual([]);
    pipeline.takeHealth(state, told(T0 + 80_000, []));
    const closed = pipeline.takeHealth(state, told(T0 + 140_000, []));
    expect(closed.alerts).toMatchObject([{ phase: 'closed', endMs: T0 + 80_000 }]);
    const again = createCameraPipeline(aCamera());
    expect(again.takeHealth(again.start(), told(T0 + 11_000, [moved])).alerts[0]?.alertId).toBe(opened.alerts[0]?.alertId);
  });

  it('pauses rules: no dwell counts, tracks go on, and dwell begins anew afterwards', () => {
    const pipeline = createCameraPipeline(aCamera({ rules: [stalled] }));
    const before = play(pipeline, frames(10_000, 200, truck));
    pipeline.takeHealth(before.state, told(T0 + 10_000, [moved]));
    const during = frames(60_000, 200, truck).filter(({ capturedAtMs }) => capturedAtMs > T0 + 10_000);
    const steps = during.map((frame) => pipeline.step(before.state, frame));
    expect(steps.flatMap(({ findings }) => findings)).toEqual([]);
    expect(steps.at(-1)?.tracks?.tracks).toHaveLength(1);
    pipeline.takeHealth(before.state, told(T0 + 60_000, []));
    const after = frames(90_000, 200, truck).filter(({ capturedAtMs }) => capturedAtMs > T0 + 60_000);
    const raised = after.flatMap((frame) => pipeline.step(before.state, frame).findings).filter(({ phase }) => phase === 'raised');
    expect(raised).toHaveLength(1);
    expect(raised[0]?.finding.raisedAtMs).toBeGreaterThanOrEqual(T0 + 80_000);
  });

  it('closes its alert when the camera is taken out of service', () => {
    const pipeline = createCameraPipeline(aCamera());
    const state = pipeline.start();
    pipeline.takeHealth(state, told(T0 + 11_000, [moved]));
    expect(finishPipeline(state).alerts.at(-1)).toMatchObject({ phase: 'closed', type: 'camera-moved' });
  });
});
