import { describe, expect, it } from 'vitest';
import { measureName, measureThreshold, measureValue } from './measures.js';

describe('measureValue', () => {
  it.each([
    { name: 'dwellMs', value: 22_400, vi: '22,4 giây', en: '22.4 s' },
    { name: 'dwellMs', value: 59_999, vi: '59,9 giây', en: '59.9 s' },
    { name: 'dwellMs', value: 83_000, vi: '1 phút 23 giây', en: '1 min 23 s' },
    { name: 'speedKmh', value: 0.34, vi: '0,3 km/h', en: '0.3 km/h' },
    { name: 'movedShare', value: 0.011, vi: '1,1 %', en: '1.1 %' },
    { name: 'shiftBoxSizes', value: 0.12, vi: '12 % cỡ khung', en: '12 % of its size' },
    { name: 'speedBoxHeightsPerSecond', value: 0.0153, vi: '1,5 % chiều cao khung/giây', en: '1.5 % of its height/s' },
    { name: 'distanceM', value: 12.25, vi: '12,3 m', en: '12.3 m' },
    { name: 'angleDeg', value: 90, vi: '90°', en: '90°' },
    { name: 'count', value: 34, vi: '34', en: '34' },
    { name: 'score', value: 0.8125, vi: '0,813', en: '0.813' },
  ])('$name $value', ({ name, value, vi, en }) => {
    expect(measureValue(name, value, 'vi')).toBe(vi);
    expect(measureValue(name, value, 'en')).toBe(en);
  });
});

describe('measureName', () => {
  it.each([
    { name: 'dwellMs', expected: 'Time stayed' },
    { name: 'pastLineShare', expected: 'Past line' },
    { name: 'something', expected: 'Something' },
  ])('$name', ({ name, expected }) => expect(measureName(name, 'en')).toBe(expected));
});

it('writes a threshold with its comparison', () => {
  expect(measureThreshold({ name: 'dwellMs', value: 22_400, comparison: '>=', threshold: 20_000 }, 'vi')).toBe('≥ 20 giây');
  expect(measureThreshold({ name: 'speedKmh', value: 0.3, comparison: '<', threshold: 1 }, 'en')).toBe('< 1 km/h');
});
