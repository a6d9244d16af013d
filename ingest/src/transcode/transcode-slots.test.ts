import { describe, expect, it } from 'vitest';
import { TranscodeSlots } from './transcode-slots.js';

const forever = () => new AbortController();

describe('slots of transcodes', () => {
  it('are given in order of asking, and count what is taken', async () => {
    const slots = new TranscodeSlots(1);
    const first = slots.take();
    expect([first === null, slots.take(), slots.taken]).toEqual([false, null, 1]);
    const order: string[] = [];
    const waits = ['a', 'b'].map(async (name) => {
      const release = await slots.wait(60_000, forever().signal);
      order.push(name);
      release?.();
    });
    first?.();
    first?.();
    await Promise.all(waits);
    expect([order, slots.taken]).toEqual([['a', 'b'], 0]);
  });

  it('are not waited for beyond the time, nor by who has left, nor where there are none', async () => {
    const slots = new TranscodeSlots(1);
    const release = slots.take();
    expect(await slots.wait(1, forever().signal)).toBeNull();
    const leaving = forever();
    const waited = slots.wait(60_000, leaving.signal);
    leaving.abort();
    expect([await waited, await slots.wait(60_000, leaving.signal)]).toEqual([null, null]);
    release?.();
    expect([slots.taken, await new TranscodeSlots(0).wait(60_000, forever().signal)]).toEqual([0, null]);
  });
});
