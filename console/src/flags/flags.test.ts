import { describe, expect, it } from 'vitest';
import { anAlert } from '../alerts/test-alert.js';
import { flaggedFirst, flagsByCamera, type ShownFlag } from './flags.js';

const aFlag = (id: string, cameraId: string, fromMs: number, untilMs: number | null = 1000): ShownFlag => ({
  ...{ id, cameraId, fromMs, untilMs, source: 'person', reason: { vi: 'vì', en: 'why' }, alert: null, setBy: 'op' },
});

describe('marks by camera', () => {
  it('end by themselves at their moment, the newest first', () => {
    const listed = [aFlag('a', 'cam1', 1), aFlag('b', 'cam1', 2, 50), aFlag('c', 'cam2', 3, 49)];
    const ids = (nowMs: number) => [...flagsByCamera(listed, [], nowMs)].map(([camera, flags]) => [camera, flags.map(({ id }) => id)]);
    expect(ids(49)).toEqual([['cam1', ['b', 'a']]]);
    expect(ids(50)).toEqual([['cam1', ['a']]]);
  });

  it('come from the alerts themselves, not from the list that was read earlier', () => {
    const alerts = [
      anAlert({ id: 'x', cameraId: 'cam3', flagsCamera: true, raisedAtMs: 5 }),
      anAlert({ id: 'y', cameraId: 'cam4' }),
      anAlert({ id: 'z', cameraId: null, flagsCamera: true }),
    ];
    const listed: ShownFlag[] = [{ ...aFlag('y', 'cam4', 1, null), source: 'alert' }];
    const flags = flagsByCamera(listed, alerts, 0);
    expect([...flags.keys()]).toEqual(['cam3']);
    expect(flags.get('cam3')?.[0]).toMatchObject({ source: 'alert', untilMs: null, alert: { type: 'stalled-vehicle' } });
  });
});

it('flagged cameras come first, and a new mark moves none of them', () => {
  const items = ['a', 'b', 'c', 'd'].map((id) => ({ camera: { id } }));
  const flags = flagsByCamera([aFlag('1', 'c', 10), aFlag('2', 'a', 20), aFlag('3', 'c', 30)], [], 0);
  expect(flaggedFirst(items, flags).map(({ camera }) => camera.id)).toEqual(['c', 'a', 'b', 'd']);
});
