import { expect, test } from 'vitest';
import { benchRulesCore } from './rules-core.js';

test('the state of a camera does not grow while tracks come and go', () => {
  const { samples, tracksSeen, findings, messagesPerCpuSecond } = benchRulesCore({ messages: 4000, objects: 10 }, () => undefined);
  expect(tracksSeen).toBe(400);
  expect(findings).toBeGreaterThan(0);
  expect(messagesPerCpuSecond).toBeGreaterThan(0);
  expect(samples.map(({ messages }) => messages)).toEqual([400, 800, 1200, 1600, 2000, 2400, 2800, 3200, 3600, 4000]);
  const [first, last] = [samples[0], samples.at(-1)];
  expect(last?.stateBytes).toBeLessThan(1.5 * (first?.stateBytes ?? 0));
});
