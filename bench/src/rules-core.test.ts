import { expect, test } from 'vitest';
import { benchRulesCore } from './rules-core.js';

test('the state of a camera does not grow while tracks come and go', () => {
  const { stateBytes, tracksSeen, findings, messagesPerCpuSecond } = benchRulesCore({ messages: 4000, objects: 10 }, () => undefined);
  expect(tracksSeen).toBe(400);
  expect(findings).toBeGreaterThan(0);
  expect(messagesPerCpuSecond).toBeGreaterThan(0);
  expect(stateBytes.end).toBeLessThan(1.5 * stateBytes.early);
});
