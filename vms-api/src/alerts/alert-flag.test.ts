import { expect, it } from 'vitest';
import { alertFlagsCamera } from './alert-flag.js';

it.each([
  ['new', 'high', true, true],
  ['new', 'critical', false, true],
  ['acknowledged', 'high', true, true],
  ['acknowledged', 'high', false, false],
  ['dispatched', 'critical', true, true],
  ['dispatched', 'critical', false, false],
  ['new', 'medium', true, false],
  ['resolved', 'critical', true, false],
  ['false-alarm', 'critical', true, false],
] as const)('%s, %s, going on %s: %s', (state, severity, ongoing, expected) => {
  expect(alertFlagsCamera({ cameraId: 'cam', state, severity, ongoing })).toBe(expected);
  expect(alertFlagsCamera({ cameraId: null, state, severity, ongoing })).toBe(false);
});
