import { describe, expect, it } from 'vitest';
import {
  bitRate,
  clockDifference,
  coarseDuration,
  dateOf,
  duration,
  moment,
  number,
  percent,
  roughDuration,
  timeOfDay,
  weekdayAndDate,
} from './format.js';

const at = Date.parse('2026-11-23T17:04:05Z');

describe('times', () => {
  it('shows the time of Viet Nam, midnight as 00', () => {
    expect(timeOfDay(at, 'vi')).toBe('00:04:05');
    expect(dateOf(at, 'vi')).toBe('24/11/2026');
    expect(weekdayAndDate(at, 'vi')).toBe('Thứ Ba, 24/11/2026');
    expect(weekdayAndDate(at, 'en')).toBe('Tuesday, 24/11/2026');
  });

  it('names the date only when it is not today', () => {
    expect(moment(at, at + 3_600_000, 'vi')).toBe('00:04:05');
    expect(moment(at, at + 86_400_000, 'vi')).toBe('24/11/2026 00:04:05');
  });

  it.each([
    { ms: -500, vi: '0 giây', en: '0 s' },
    { ms: 3999, vi: '3 giây', en: '3 s' },
    { ms: 59_999, vi: '59 giây', en: '59 s' },
    { ms: 60_000, vi: '1 phút 00 giây', en: '1 min 00 s' },
    { ms: 125_000, vi: '2 phút 05 giây', en: '2 min 05 s' },
    { ms: 3_720_000, vi: '1 giờ 02 phút', en: '1 h 02 min' },
  ])('$ms ms is $vi', ({ ms, vi, en }) => {
    expect(duration(ms, 'vi')).toBe(vi);
    expect(duration(ms, 'en')).toBe(en);
  });

  it.each([
    { ms: 59_999, vi: '59 giây' },
    { ms: 190_000, vi: '3 phút' },
    { ms: 3_720_000, vi: '1 giờ 02 phút' },
  ])('$ms ms is roughly $vi', ({ ms, vi }) => expect(roughDuration(ms, 'vi')).toBe(vi));

  it.each([
    { ms: 599_999, vi: '9 phút 59 giây' },
    { ms: 600_000, vi: '10 phút' },
    { ms: 3_599_999, vi: '59 phút' },
    { ms: 3_600_000, vi: '1 giờ 00 phút' },
  ])('$ms ms is coarsely $vi', ({ ms, vi }) => expect(coarseDuration(ms, 'vi')).toBe(vi));
});

describe('quantities', () => {
  it('writes decimals as the language does', () => {
    expect(number(1234.56, 'vi')).toBe('1.234,6');
    expect(number(1234.56, 'en')).toBe('1,234.6');
  });

  it.each([
    { bps: 0, expected: '0 kb/s' },
    { bps: 640_400, expected: '640 kb/s' },
    { bps: 1_830_000, expected: '1,8 Mb/s' },
  ])('$bps b/s is $expected', ({ bps, expected }) => expect(bitRate(bps, 'vi')).toBe(expected));

  it.each([
    { ms: 0, expected: '+0 ms' },
    { ms: -34.4, expected: '−34 ms' },
    { ms: 61_250, expected: '+61.3 s' },
  ])('a clock difference of $ms ms is $expected', ({ ms, expected }) => expect(clockDifference(ms, 'en')).toBe(expected));

  it('rounds shares to whole percents', () => expect(percent(0.825, 'vi')).toBe('83 %'));
});
