import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';

const noon = Date.parse('2026-11-23T05:00:00Z');
const header = (ms: number) => new Date(ms).toUTCString();

describe('ServerClock', () => {
  it('believes the workstation while zero is possible', () => {
    const clock = new ServerClock();
    expect(clock.offsetMs).toBe(0);
    clock.observe(header(noon), noon + 300, noon + 340);
    expect(clock.nowMs(noon + 400)).toBe(noon + 400);
  });

  it('narrows a wrong workstation clock to well under a second', () => {
    const clock = new ServerClock();
    const offset = 42_300;
    for (const serverMs of [noon + 20, noon + 950, noon + 1990])
      clock.observe(header(serverMs), serverMs - offset - 10, serverMs - offset + 10);
    expect(Math.abs(clock.offsetMs - offset)).toBeLessThan(80);
  });

  it('follows a step of either clock', () => {
    const clock = new ServerClock();
    clock.observe(header(noon), noon, noon + 20);
    clock.observe(header(noon + 60_000), noon + 100, noon + 120);
    expect(Math.abs(clock.offsetMs - 60_000)).toBeLessThan(700);
  });

  it.each([null, '', 'yesterday'])('ignores the header %j', (value) => {
    const clock = new ServerClock();
    clock.observe(value, noon, noon);
    expect(clock.offsetMs).toBe(0);
  });
});
