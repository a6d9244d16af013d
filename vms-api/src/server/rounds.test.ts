import { createLogger } from '@safecity/platform';
import { expect, it } from 'vitest';
import { Rounds } from './rounds.js';

function aWork() {
  const ends: (() => void)[] = [];
  const lines: string[] = [];
  const logger = createLogger('test', { write: (line) => void lines.push(line) });
  let aborted = false;
  const rounds = new Rounds(
    (closing) =>
      new Promise((resolve, reject) => {
        ends.push(ends.length === 0 ? () => reject(new Error('away')) : resolve);
        closing.addEventListener('abort', () => {
          aborted = true;
        });
      }),
    { everyMs: 3_600_000, logger, failed: 'it failed; trying again' },
  );
  return { rounds, ends, lines, wasTold: () => aborted };
}

it('rounds run one at a time, and what is asked for meanwhile is one more; one that fails stops none', async () => {
  const { rounds, ends, lines } = aWork();
  rounds.start();
  const settled = Promise.all([rounds.wake(), rounds.wake()]);
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  await settled;
  expect([ends.length, lines.length]).toEqual([2, 1]);
  expect(lines[0]).toContain('it failed; trying again');
  await rounds.close();
});

it('closing tells the round under way, waits for it, and begins no other', async () => {
  const { rounds, ends, wasTold } = aWork();
  rounds.start();
  void rounds.wake();
  let closed = false;
  const closing = rounds.close().then(() => {
    closed = true;
  });
  expect([wasTold(), closed]).toEqual([true, false]);
  ends[0]?.();
  await closing;
  await rounds.wake();
  expect(ends).toHaveLength(1);
});
