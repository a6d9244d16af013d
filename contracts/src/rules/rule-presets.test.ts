import { describe, expect, test } from 'vitest';
import { parseCamera } from '../parse-camera.js';
import { cameraAtPreset, presetOfRule } from './rule-presets.js';

const polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const points = [
  { picture: [0.1, 0.9], roadM: [0, 0] },
  { picture: [0.9, 0.9], roadM: [12, 0] },
  { picture: [0.7, 0.4], roadM: [12, 40] },
  { picture: [0.3, 0.4], roadM: [0, 40] },
];
const lane = {
  polygon,
  direction: [
    [0.5, 1],
    [0.5, 0],
  ],
  speedLimitKmh: 50,
};
const intrusion = (id: string, zoneId: string) => ({ id, name: id, type: 'intrusion', zoneId });

function aPtz(changes: object = {}) {
  return parseCamera({
    id: 'ptz',
    name: 'PTZ',
    source: { url: 'rtsp://10.0.0.5/main' },
    presets: [
      { id: 'gate', name: 'Cổng' },
      { id: 'road', name: 'Đường' },
    ],
    zones: [
      { id: 'lawn', name: 'Bãi cỏ', polygon, presetId: 'gate' },
      { id: 'kerb', name: 'Lề', polygon, presetId: 'road' },
      { id: 'all', name: 'Cả khung hình', polygon },
    ],
    lines: [{ id: 'stop', name: 'Vạch', a: [0, 0.5], b: [1, 0.5], presetId: 'road' }],
    lanes: [
      { id: 'near', name: 'Gần', presetId: 'gate', ...lane },
      { id: 'far', name: 'Xa', ...lane },
    ],
    rules: [intrusion('r-gate', 'lawn'), intrusion('r-road', 'kerb'), intrusion('r-all', 'all')],
    ...changes,
  });
}

describe('presets of a camera', () => {
  test('a rule belongs to the preset of its geometry, or to every view', () => {
    const camera = aPtz();
    expect(camera.rules.map((rule) => presetOfRule(rule, camera))).toEqual(['gate', 'road', undefined]);
    const fast = { id: 'fast', name: 'n', type: 'speeding', laneIds: ['far'] };
    const calibrated = aPtz({ rules: [fast], calibration: { points, presetId: 'road' } });
    expect(calibrated.rules.map((rule) => presetOfRule(rule, calibrated))).toEqual(['road']);
  });

  test.each([
    { presetId: 'gate', zones: ['lawn', 'all'], lines: [], rules: ['r-gate', 'r-all'], isCalibrated: false },
    { presetId: 'road', zones: ['kerb', 'all'], lines: ['stop'], rules: ['r-road', 'r-all'], isCalibrated: true },
    { presetId: undefined, zones: ['all'], lines: [], rules: ['r-all'], isCalibrated: false },
  ])('at $presetId only what holds there is left', ({ presetId, zones, lines, rules, isCalibrated }) => {
    const here = cameraAtPreset(aPtz({ calibration: { points, presetId: 'road' } }), presetId);
    const ids = (parts: { id: string }[]) => parts.map(({ id }) => id);
    expect([ids(here.zones), ids(here.lines), ids(here.rules)]).toEqual([zones, lines, rules]);
    expect(here.calibration !== undefined).toBe(isCalibrated);
    expect(JSON.stringify(here.zones)).not.toContain('presetId');
    expect(parseCamera(here).presets).toBeUndefined();
  });

  test.each([
    [
      'a zone of a preset that is not there',
      { presets: [{ id: 'gate', name: 'n' }] },
      'zones/1/presetId: "road" is no preset of this camera: it has gate',
    ],
    [
      'a zone of a preset on a camera without any',
      { presets: undefined },
      'zones/0/presetId: "gate" is no preset of this camera: it has none',
    ],
    ['a calibration of an unknown preset', { calibration: { points, presetId: 'x' } }, 'calibration/presetId: "x" is no preset'],
    [
      'a rule at two presets',
      { rules: [{ id: 't', name: 'n', type: 'illegal-turn', entryZoneId: 'lawn', exitLineId: 'stop', withinMs: 9000 }] },
      'rules/0: needs the presets gate and road at once: make one rule for each, with the zones, lines and lanes of that preset',
    ],
    [
      'speed in a lane of one preset by the calibration of another',
      { rules: [{ id: 'f', name: 'n', type: 'speeding', laneIds: ['near'] }], calibration: { points, presetId: 'road' } },
      'rules/0: needs the presets gate and road at once',
    ],
    ['two presets of one id', { presets: ['gate', 'road', 'gate'].map((id) => ({ id, name: id })) }, 'presets/2/id: "gate" is used twice'],
    ['a preset with an id that is none', { presets: [{ id: 'a.b', name: 'n' }] }, 'presets/0/id: must be 1 to 64 letters'],
  ])('%s is refused', (_name, changes, message) => {
    expect(() => aPtz(changes)).toThrow(message);
  });
});
