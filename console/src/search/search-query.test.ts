import { describe, expect, it } from 'vitest';
import { alertQuery, fileAddress, trackQuery } from './search-query.js';

const NOW = Date.parse('2026-11-28T12:00:00+07:00');
const fromMs = Date.parse('2026-11-28T00:00:00+07:00');
const toMs = Date.parse('2026-11-29T00:00:00+07:00');

describe('an address is a search', () => {
  it.each([
    ['', {}],
    ['state=new&kind=violation&camera=cam-1', { state: 'new', kind: 'violation', cameraId: 'cam-1' }],
    ['plate=61A*&evidence=true&simulated=false', { plate: '61A*', evidence: true, simulated: false }],
    ['reason=shadow&unit=ward&group=Schools&text=ch%E1%BB%A3', { reasonCode: 'shadow', unitId: 'ward', group: 'Schools', text: 'chợ' }],
  ])('for alerts: %s', (address, expected) => {
    expect(alertQuery(new URLSearchParams(address), NOW)).toEqual({ fromMs, beforeMs: toMs, ...expected });
  });

  it.each([
    ['class=car&heading=up&colour=red', { class: 'car', heading: 'up', colour: 'red' }],
    ['zone=zone-1', {}],
    ['camera=cam-1&zone=zone-1', { cameraId: 'cam-1', zoneId: 'zone-1' }],
    ['minSpeed=60&maxDuration=1.5&minDuration=x', { minSpeedKmh: 60, maxDurationMs: 1500 }],
    ['plate=61A12345&near=2', { plate: '61A12345', plateDistance: 2 }],
    ['plate=61A*&near=2', { plate: '61A*' }],
    ['near=1', {}],
  ])('for tracks: %s', (address, expected) => {
    expect(trackQuery(new URLSearchParams(address), NOW)).toEqual({ fromMs, toMs, ...expected });
  });

  it('and a file', () =>
    expect(fileAddress('alerts-export', { plate: '61A*', fromMs: 1 })).toBe('/api/v1/alerts-export?plate=61A*&fromMs=1'));
});
