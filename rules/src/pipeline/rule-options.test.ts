import { parseCamera } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, aDetection, boxAt, frames, play, T0 } from '../testing/scene.js';
import { createCameraPipeline } from './pipeline.js';
import { scheduleClock } from './schedule.js';

const at = (text: string) => Date.parse(text);

describe('schedule', () => {
  const night = { timeZone: 'Asia/Ho_Chi_Minh', windows: [{ days: [5], from: '22:00', to: '05:00' }] };
  const day = { timeZone: 'Asia/Ho_Chi_Minh', windows: [{ from: '06:00', to: '18:00' }] };
  const paris = { timeZone: 'Europe/Paris', windows: [{ from: '02:15', to: '02:45' }] };
  it.each([
    { name: 'begins inclusively', schedule: day, when: '2026-11-23T06:00:00+07:00', on: true },
    { name: 'is off a moment before', schedule: day, when: '2026-11-23T05:59:59.999+07:00', on: false },
    { name: 'ends exclusively', schedule: day, when: '2026-11-23T18:00:00+07:00', on: false },
    { name: 'runs over midnight', schedule: night, when: '2026-11-28T04:59:00+07:00', on: true },
    { name: 'belongs to the day on which it begins', schedule: night, when: '2026-11-27T04:00:00+07:00', on: false },
    { name: 'begins on that day', schedule: night, when: '2026-11-27T22:00:00+07:00', on: true },
    { name: 'follows summer time', schedule: paris, when: '2026-07-01T00:30:00Z', on: true },
    { name: 'follows winter time', schedule: paris, when: '2026-12-01T01:30:00Z', on: true },
    { name: 'has a repeated hour the first time', schedule: paris, when: '2026-10-25T00:30:00Z', on: true },
    { name: 'has a repeated hour the second time', schedule: paris, when: '2026-10-25T01:30:00Z', on: true },
    { name: 'never has an hour that is left out', schedule: paris, when: '2026-03-29T01:30:00Z', on: false },
  ])('$name', ({ schedule, when, on }) => {
    expect(scheduleClock(schedule)(at(when))).toBe(on);
  });

  const truck = frames(60_000, 250, () => [aDetection({ class: 'truck', box: boxAt(0.5, 0.5) })]);
  const scheduled = (from: string, to: string) => {
    const rule = { id: 'stalled', name: 'Xe dừng', type: 'stalled-vehicle', zoneId: 'middle', dwellMs: 20_000 };
    return createCameraPipeline(aCamera({ rules: [{ ...rule, schedule: { timeZone: 'UTC', windows: [{ from, to }] } }] }));
  };
  const clock = (offsetMs: number) => new Date(T0 + offsetMs).toISOString().slice(11, 16);

  it('counts dwell from the moment the rule is on', () => {
    const minuteMs = 60_000 - (T0 % 60_000 || 60_000);
    const list = truck.map((frame) => ({ ...frame, capturedAtMs: frame.capturedAtMs + minuteMs - 10_000 }));
    const { findings } = play(scheduled(clock(minuteMs), clock(minuteMs + 3_600_000)), list);
    const raised = findings.find(({ phase }) => phase === 'raised')?.finding;
    expect(raised?.startMs).toBe(T0 + minuteMs);
    expect(raised?.raisedAtMs).toBe(T0 + minuteMs + 20_000);
  });

  it('ends what goes on when the rule goes off, and raises nothing after', () => {
    const minuteMs = 60_000 - (T0 % 60_000 || 60_000);
    const list = truck.map((frame) => ({ ...frame, capturedAtMs: frame.capturedAtMs + minuteMs - 30_000 }));
    const { findings, state } = play(scheduled(clock(minuteMs - 3_600_000), clock(minuteMs)), list);
    expect(findings.map(({ phase }) => phase)).toEqual(['candidate', 'raised', 'ended']);
    expect(findings.at(-1)?.finding.endMs).toBe(T0 + minuteMs - 250);
    expect(state.openFindings).toEqual({});
  });

  it.each([
    { name: 'a window without length', from: '08:00', to: '08:00', says: 'never matches' },
    { name: 'a window that begins at the end of the day', from: '24:00', to: '05:00', says: 'never matches' },
    { name: 'a time that does not exist', from: '25:00', to: '05:00', says: 'must be a local time' },
  ])('refuses $name', ({ from, to, says }) => {
    expect(() => scheduled(from, to)).toThrow(says);
  });
});

describe('anchor', () => {
  const tall = frames(5000, 250, () => [aDetection({ class: 'person', box: [0.45, 0.5, 0.55, 0.9] })]);
  it.each([
    { anchor: undefined, found: 0 },
    { anchor: 'bottom-centre', found: 0 },
    { anchor: 'centre', found: 1 },
    { anchor: 'top', found: 1 },
  ])('$anchor decides whether a box is in the zone', ({ anchor, found }) => {
    const rule = { id: 'in', name: 'Vào', type: 'intrusion', zoneId: 'middle', ...(anchor ? { anchor } : {}) };
    const { findings } = play(createCameraPipeline(aCamera({ rules: [rule] })), tall);
    expect(findings.filter(({ phase }) => phase === 'raised')).toHaveLength(found);
  });

  it('is refused when nobody knows it', () => {
    const rule = { id: 'in', name: 'Vào', type: 'intrusion', zoneId: 'middle', anchor: 'left' };
    expect(() => parseCamera({ ...aCamera(), rules: [rule] })).toThrow('anchor');
  });
});
