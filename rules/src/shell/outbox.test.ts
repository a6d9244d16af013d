import { describe, expect, it } from 'vitest';
import { CountedLog } from './counted-log.js';
import { Outbox } from './outbox.js';

const quiet = new CountedLog({ warn: () => undefined }, () => 0);

describe('Outbox', () => {
  it('stores messages in order, each until it is stored', async () => {
    const sent: string[] = [];
    let failures = 2;
    const outbox = new Outbox(
      {
        publishDurable: async (_subject, _value, msgId) => {
          if (msgId === 'b' && failures-- > 0) throw new Error('no stream');
          sent.push(msgId);
        },
      },
      quiet,
    );
    for (const msgId of ['a', 'b', 'c']) outbox.push('alerts', {}, msgId);
    expect(outbox.length).toBe(3);
    await outbox.stored();
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(outbox.length).toBe(0);
  });

  it('gives up when it is closed, so that a checkpoint is not written over a lost alert', async () => {
    const outbox = new Outbox({ publishDurable: async () => Promise.reject(new Error('away')) }, quiet);
    outbox.close();
    outbox.push('alerts', {}, 'a');
    await expect(outbox.stored()).rejects.toThrow('away');
  });
});

describe('CountedLog', () => {
  it('says one line a second for each code, with how many there were', () => {
    const lines: unknown[] = [];
    let nowMs = 0;
    const log = new CountedLog({ warn: (fields) => lines.push(fields) }, () => nowMs);
    for (let i = 0; i < 25; i++) {
      nowMs = i * 100;
      log.note('RULES_MESSAGE_INVALID', 'bad');
    }
    log.note('RULES_CAMERA_INVALID', 'bad');
    expect(lines).toEqual([
      { code: 'RULES_MESSAGE_INVALID', count: 1, total: 1 },
      { code: 'RULES_MESSAGE_INVALID', count: 10, total: 11 },
      { code: 'RULES_MESSAGE_INVALID', count: 10, total: 21 },
      { code: 'RULES_CAMERA_INVALID', count: 1, total: 1 },
    ]);
    expect(log.total('RULES_MESSAGE_INVALID')).toBe(25);
  });
});
