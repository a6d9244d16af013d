import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { BoundedSocket } from './bounded-socket.js';

/** A client that has taken nothing of `bufferedAmount` bytes. */
class StuckSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  sent: unknown[] = [];
  send(message: string): void {
    this.sent.push(message);
    this.bufferedAmount += message.length;
  }
  close(): void {
    this.readyState = 2;
  }
  terminate(): void {
    this.readyState = 3;
    this.emit('close');
  }
}

const limits = { skipAboveBytes: 10, dropAboveBytes: 20 };
const make = () => {
  const stuck = new StuckSocket();
  return { stuck, bounded: new BoundedSocket(stuck as unknown as WebSocket, limits) };
};

describe('BoundedSocket', () => {
  it('skips what may be skipped above the first limit (exclusive)', () => {
    const { stuck, bounded } = make();
    bounded.sendOrSkip('0123456789');
    bounded.sendOrSkip('a');
    bounded.sendOrSkip('b');
    expect(stuck.sent).toEqual(['0123456789', 'a']);
  });

  it('drops a client that is too far behind instead of growing', () => {
    const { stuck, bounded } = make();
    let closed = false;
    bounded.onClose(() => {
      closed = true;
    });
    for (let i = 0; i < 100; i++) bounded.send('0123456789');
    expect([stuck.sent.length, bounded.open, closed]).toEqual([3, false, true]);
  });

  it('ends its socket when that fails', () => {
    const { stuck, bounded } = make();
    stuck.emit('error', new Error('reset'));
    expect(bounded.open).toBe(false);
  });
});
