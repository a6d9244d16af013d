import { describe, expect, it } from 'vitest';
import { type HardwareDecoder, HardwareDecoding, tryCudaDecoding } from './hardware-decoding.js';

/** Hardware whose tries give these results, one after the other; the last one stands. */
async function open(wanted: HardwareDecoder, ...results: (string | undefined)[]) {
  const told: string[] = [];
  let nowMs = 0;
  let tries = 0;
  const decoding = await HardwareDecoding.open(wanted, {
    logger: {
      info: ((text: string) => told.push(`info ${text}`)) as never,
      warn: ((_: object, text: string) => told.push(`warn ${text}`)) as never,
    },
    tryDecoding: async () => results[Math.min(tries++, results.length - 1)],
    nowMs: () => nowMs,
  });
  return { decoding, told, tries: () => tries, pass: (ms: number) => (nowMs += ms) };
}

describe('how a worker decodes', () => {
  it.each([
    { name: 'off, GPU or not', wanted: 'off', result: undefined, used: 'software', told: [] },
    { name: 'cuda, where it decodes', wanted: 'cuda', result: undefined, used: 'cuda', told: ['info video is decoded on the GPU (NVDEC)'] },
    { name: 'auto, where it decodes', wanted: 'auto', result: undefined, used: 'cuda', told: ['info video is decoded on the GPU (NVDEC)'] },
    {
      name: 'cuda, where it does not',
      wanted: 'cuda',
      result: 'no driver',
      used: 'software',
      told: [
        'warn video is decoded in software, because the GPU does not decode: no driver; run "safecity doctor", or set SAFECITY_HWACCEL=off',
      ],
    },
    {
      name: 'auto, where it does not',
      wanted: 'auto',
      result: 'no driver',
      used: 'software',
      told: ['info video is decoded in software, because the GPU does not decode: no driver'],
    },
  ] as const)('$name: $used', async ({ wanted, result, used, told: expected }) => {
    const { decoding, told, tries } = await open(wanted, result);
    expect(decoding.report).toEqual({ wanted, used, ...(result ? { problem: result } : {}) });
    expect(decoding.inputOptions).toEqual(used === 'cuda' ? ['-hwaccel', 'cuda'] : []);
    expect([tries(), told]).toEqual([wanted === 'off' ? 0 : 1, expected]);
  });

  it('leaves hardware that decodes alone when a camera is at fault, and looks again at most once a minute', async () => {
    const { decoding, tries, pass } = await open('cuda', undefined);
    await decoding.suspect();
    expect(tries()).toBe(1);
    pass(60_000);
    await Promise.all([decoding.suspect(), decoding.suspect()]);
    await decoding.suspect();
    expect([tries(), decoding.report.used]).toEqual([2, 'cuda']);
  });

  it('gives hardware up once and for all when it does not decode any more', async () => {
    const { decoding, told, tries, pass } = await open('cuda', undefined, 'fell off the bus', undefined);
    pass(60_000);
    await decoding.suspect();
    expect(decoding.report).toEqual({ wanted: 'cuda', used: 'software', problem: 'fell off the bus' });
    expect(decoding.inputOptions).toEqual([]);
    pass(3_600_000);
    await decoding.suspect();
    expect([tries(), decoding.report.used, told.length]).toEqual([2, 'software', 2]);
  });

  it('finds out on this very machine', async () => {
    const problem = await tryCudaDecoding();
    // On a machine with a GPU there is none; without one ffmpeg says what it lacks.
    expect(problem === undefined || problem.length > 5).toBe(true);
    expect(problem ?? '').not.toMatch(/^\[/);
  }, 30_000);
});
