import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SocketOptions } from '../api/socket.js';
import type { Alert } from '../api/types.js';
import { createAlertStream } from './alert-stream.js';
import { anAlert } from './test-alert.js';

/** A server of which the test decides what it lists and streams. */
function aServer(listed: Alert[]) {
  const server = {
    listed,
    failing: false,
    lists: 0,
    reconnects: 0,
    socket: null as SocketOptions | null,
    source: {
      list: async () => {
        server.lists += 1;
        if (server.failing) throw new Error('down');
        return server.listed;
      },
      open: (options: SocketOptions) => {
        server.socket = options;
        const reconnect = () => {
          server.reconnects += 1;
        };
        return { reconnect, close: () => undefined };
      },
    },
    send: (alert: Alert) => server.socket?.onMessage({ data: JSON.stringify({ alert }) } as MessageEvent<string>),
  };
  return server;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('createAlertStream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lists first, then follows from the newest change listed', async () => {
    const server = aServer([anAlert({ id: 'a', eventId: 41 }), anAlert({ id: 'b', eventId: 12 })]);
    const stream = createAlertStream(server.source);
    expect(server.socket).toBeNull();
    await settle();
    expect(server.socket?.path()).toBe('/api/v1/alerts/stream?since=41');
    expect(stream.book.all.length).toBe(2);
    stream.close();
  });

  it('reads its list anew when the stream says that it has missed too much, and goes on from there', async () => {
    const server = aServer([anAlert({ id: 'stale', eventId: 41 })]);
    const stream = createAlertStream(server.source);
    await settle();
    server.listed = [anAlert({ id: 'new', eventId: 4000 })];
    server.socket?.onMessage({ data: JSON.stringify({ reload: 5000 }) } as MessageEvent<string>);
    await settle();
    expect(stream.book.all.map(({ id }) => id)).toEqual(['new']);
    expect(server.socket?.path()).toBe('/api/v1/alerts/stream?since=5000');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.lists).toBe(3);
    stream.close();
  });

  it('asks at each new try for what came after the last change streamed', async () => {
    const server = aServer([]);
    const stream = createAlertStream(server.source);
    await settle();
    expect(server.socket?.path()).toBe('/api/v1/alerts/stream?since=0');
    server.send(anAlert({ id: 'a', eventId: 7 }));
    stream.take(anAlert({ id: 'b', eventId: 9 }));
    expect(server.socket?.path()).toBe('/api/v1/alerts/stream?since=7');
    stream.close();
  });

  it('a loss shows since when, and the list brings alerts meanwhile without moving the place to resume', async () => {
    vi.setSystemTime(50_000);
    const server = aServer([anAlert({ id: 'a', eventId: 3 })]);
    const stream = createAlertStream(server.source);
    await settle();
    server.socket?.onState?.('open');
    expect(stream.connection()).toEqual({ state: 'open', lostSinceMs: null });
    server.listed = [anAlert({ id: 'missed', eventId: 8 })];
    server.socket?.onState?.('lost');
    await settle();
    vi.setSystemTime(60_000);
    server.socket?.onState?.('connecting');
    server.socket?.onState?.('lost');
    expect(stream.connection()).toEqual({ state: 'lost', lostSinceMs: 50_000 });
    expect(stream.book.get('missed')).toBeDefined();
    expect(server.socket?.path()).toBe('/api/v1/alerts/stream?since=3');
    stream.close();
  });

  it('connects anew when the list knows a change that an open stream has not brought', async () => {
    const server = aServer([anAlert({ id: 'a', eventId: 3 })]);
    const stream = createAlertStream(server.source);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(server.reconnects).toBe(0);
    server.listed = [anAlert({ id: 'a', eventId: 4 })];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.reconnects).toBe(1);
    stream.close();
  });

  it('keeps trying while the server is down at the start, and stops when closed', async () => {
    const server = aServer([]);
    server.failing = true;
    const stream = createAlertStream(server.source);
    await vi.advanceTimersByTimeAsync(5000);
    expect(stream.connection().state).toBe('lost');
    expect(server.lists).toBeGreaterThan(2);
    server.failing = false;
    await vi.advanceTimersByTimeAsync(9000);
    expect(server.socket).not.toBeNull();
    stream.close();
    const lists = server.lists;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(server.lists).toBe(lists);
  });
});
