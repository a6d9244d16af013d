import { expect, it } from 'vitest';
import { HourlyViews } from './hourly-views.js';

it('records one view for each person, thing and hour, and all wait for it', async () => {
  const views = new HourlyViews();
  const written: string[] = [];
  const look = (username: string, subject: string, nowMs: number) =>
    views.record(username, subject, nowMs, async () => void written.push(`${username} ${subject} ${nowMs}`));
  await Promise.all([look('a', 'x', 0), look('a', 'x', 1), look('a', 'y', 2), look('b', 'x', 3)]);
  await look('a', 'x', 3_599_999);
  await look('a', 'x', 3_600_000);
  expect(written).toEqual(['a x 0', 'a y 2', 'b x 3', 'a x 3600000']);
});

it('records what begins each time, and what goes on once', async () => {
  const views = new HourlyViews();
  const written: number[] = [];
  const look = (how: 'begin' | 'record', nowMs: number) => views[how]('a', 'x', nowMs, async () => void written.push(nowMs));
  for (const [how, nowMs] of [
    ['record', 1],
    ['record', 2],
    ['begin', 3],
    ['begin', 4],
    ['record', 5],
  ] as const)
    await look(how, nowMs);
  expect(written).toEqual([1, 3, 4]);
});

it('shows nothing that could not be recorded, and tries again', async () => {
  const views = new HourlyViews();
  const fail = () => Promise.reject(new Error('the log is full'));
  const both = await Promise.allSettled([views.record('a', 'x', 0, fail), views.record('a', 'x', 1, async () => undefined)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  let written = 0;
  await views.record('a', 'x', 2, async () => void written++);
  expect(written).toBe(1);
});
