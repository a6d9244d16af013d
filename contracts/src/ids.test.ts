import { describe, expect, test } from 'vitest';
import { checkId, deriveId, PARTITION_COUNT, partitionOf } from './ids.js';
import { decodeLiveMessage, encodeLiveMessage, type LiveHeader } from './live.js';
import { subjects } from './subjects.js';

test('a derived id is the same for the same parts and differs for others', () => {
  const id = deriveId('finding', 'cam1', 'r1', 't1', 1000);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(deriveId('finding', 'cam1', 'r1', 't1', 1000)).toBe(id);
  expect(
    new Set([
      id,
      deriveId('alert', 'cam1', 'r1', 't1', 1000),
      deriveId('finding', 'cam1', 'r1', 't1', 1001),
      deriveId('finding', 'cam1r1', '', 't1', 1000),
    ]).size,
  ).toBe(4);
});

test.each([
  ['cam1', true],
  ['Cam_1-b', true],
  ['', false],
  ['a.b', false],
  ['a*', false],
  ['a>b', false],
  ['a b', false],
  ['x'.repeat(65), false],
])('id "%s" allowed: %s', (id, allowed) => {
  if (allowed) expect(checkId(id, 'camera')).toBe(id);
  else expect(() => checkId(id, 'camera')).toThrow('is not a valid id');
});

test('partitions are within range, stable and spread', () => {
  expect(partitionOf('cam1')).toBe(partitionOf('cam1'));
  const used = new Set(Array.from({ length: 2000 }, (_, i) => partitionOf(`camera-${i}`)));
  expect(used.size).toBe(PARTITION_COUNT);
  expect(subjects.detections('cam1')).toBe(`detections.frame.v1.${partitionOf('cam1')}.cam1`);
});

describe('live messages', () => {
  const header: LiveHeader = {
    type: 'fragment',
    captureMs: 1_790_000_000_123.5,
    ptsMs: 40,
    durationMs: 200,
    key: true,
    discontinuity: false,
  };
  test.each([[new Uint8Array([1, 2, 3])], [new Uint8Array(0)]])('come back as they were', (payload) => {
    const message = encodeLiveMessage(header, payload);
    const shifted = new Uint8Array(message.length + 3);
    shifted.set(message, 3);
    expect(decodeLiveMessage(shifted.subarray(3))).toEqual({ header, payload });
  });
});
