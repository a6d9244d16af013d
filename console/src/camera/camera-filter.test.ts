import { describe, expect, it } from 'vitest';
import type { CameraView } from '../api/types.js';
import { filtered, groupsOf } from './camera-filter.js';

const item = (id: string, name: string, groups?: string[], enabled = true) =>
  ({
    camera: { id, name, enabled, unitId: 'w', source: { url: `rtsp://10.0.0.1/${id}` }, groups },
    status: { state: 'online' },
  }) as unknown as CameraView;
const cameras = [item('a', 'Cổng chính', ['Trường học', 'QL13']), item('b', 'Đường Lê Lợi', ['QL13']), item('c', 'Kho', undefined, false)];

describe('filtered', () => {
  it.each([
    { filter: {}, expected: ['a', 'b', 'c'] },
    { filter: { words: 'cong CHINH' }, expected: ['a'] },
    { filter: { words: 'duong' }, expected: ['b'] },
    { filter: { words: 'ql13 loi' }, expected: ['b'] },
    { filter: { group: 'QL13' }, expected: ['a', 'b'] },
    { filter: { state: 'disabled' }, expected: ['c'] },
    { filter: { group: 'QL13', state: 'disabled' }, expected: [] },
  ])('$filter: $expected', ({ filter, expected }) => {
    expect(filtered(cameras, { words: '', group: '', state: '', ...filter }).map(({ camera }) => camera.id)).toEqual(expected);
  });

  it('knows every group once', () => {
    expect(groupsOf(cameras)).toEqual(['QL13', 'Trường học']);
  });
});
