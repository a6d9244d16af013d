import { describe, expect, it } from 'vitest';
import type { Camera, CameraView } from '../api/types.js';
import { cameraOf, draftOf } from './camera-of-draft.js';

const plain: Camera = {
  id: 'gate-1',
  name: 'Cổng 1',
  revision: 7,
  simulated: false,
  enabled: true,
  source: { url: 'rtsp://10.0.0.5/main', transport: 'udp' },
  detection: { modelId: 'nanodet-g', targetFps: 3, minScore: 0.35, decode: 'always' },
  zones: [],
  lines: [],
  lanes: [],
  signals: [],
  rules: [],
};
const full: Camera = {
  ...plain,
  area: 'nga-tu',
  source: { ...plain.source, detectUrl: 'rtsp://10.0.0.5/sub' },
  detection: { ...plain.detection, tiles: '2x2' },
  plates: { enabled: true, country: 'any', maxReadsPerTrack: 5, minCharacterPx: 12 },
  recording: { preRollS: 5, postRollS: 5, mode: 'continuous', retentionDays: 30, maxBytes: 1e9 },
  unitId: 'ward-1',
  groups: ['Quốc lộ 13', 'Trường học'],
  location: { latitude: 10.98, longitude: -106.5, address: 'Ngã tư Sở Sao' },
  directionDegrees: 90,
  certificate: { number: 'KĐ-1', issuer: 'Trung tâm', issuedOn: '2026-01-01', validUntil: '2027-01-01' },
};
const viewOf = (camera: Camera) =>
  ({
    camera,
    hasCredentials: false,
    status: null,
    openAlerts: 0,
    certificate: 'absent' as const,
    referencePicture: null,
    lastChange: null,
  }) satisfies CameraView;
const changed = (camera: Camera, changes: object) => cameraOf({ ...draftOf(viewOf(camera)), ...changes }, camera);

describe('a stored camera', () => {
  it.each([{ camera: plain }, { camera: full }])('is what it was when nothing is changed', ({ camera }) => {
    expect(changed(camera, {})).toEqual(camera);
  });

  it('keeps what the form does not show, and loses what is emptied', () => {
    const without = {
      ...{ detectUrl: '', area: '', tiles: '', readsPlates: false, recording: 'off' },
      ...{ groups: ' ', address: '', latitude: '', longitude: '', direction: '', certificateNumber: '' },
    };
    expect(changed(full, without)).toEqual({
      ...plain,
      unitId: 'ward-1',
      plates: { ...full.plates, enabled: false },
      recording: { ...full.recording, mode: 'off' },
    });
  });

  it.each([
    { changes: { detectUrl: ' rtsp://10.0.0.5/sub ' }, expected: { source: full.source } },
    { changes: { area: 'nga-tu' }, expected: { area: 'nga-tu' } },
    { changes: { tiles: '2x1' }, expected: { detection: { ...plain.detection, tiles: '2x1' } } },
    { changes: { readsPlates: true }, expected: { plates: { enabled: true, country: 'VN' } } },
    { changes: { recording: 'on-alert' }, expected: { recording: { mode: 'on-alert' } } },
  ])('gets $changes', ({ changes, expected }) => expect(changed(plain, changes)).toEqual({ ...plain, ...expected }));
});

it('a new camera has nothing that was not asked for', () => {
  const camera = cameraOf({ ...draftOf(null), id: 'a', name: ' A ', url: 'rtsp://10.0.0.5' }, null);
  expect(camera).toMatchObject({ id: 'a', name: 'A', revision: 0, rules: [], source: { url: 'rtsp://10.0.0.5', transport: 'tcp' } });
  for (const key of ['area', 'plates', 'recording']) expect(camera).not.toHaveProperty(key);
});
