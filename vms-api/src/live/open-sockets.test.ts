import { EventEmitter } from 'node:events';
import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { OpenSockets, type OpenSocketsOptions, SOCKETS_PER_SESSION } from './open-sockets.js';

class FakeSocket extends EventEmitter {
  refusal: [code: number, reason: string] | undefined;
  close(code: number, reason: string): void {
    this.refusal = [code, reason];
  }
}

const aRequest = (session: string) =>
  ({
    identity: { kind: 'person', sessionHash: Buffer.from(session), grants: [] },
    routeOptions: { config: { access: 'video:watch' } },
  }) as unknown as FastifyRequest;

it('takes on so many sockets of one session, and one more once one has closed', () => {
  const sockets = new OpenSockets({} as OpenSocketsOptions);
  const add = (session: string) => {
    const socket = new FakeSocket();
    return { socket, taken: sockets.add(socket as unknown as WebSocket, aRequest(session)) };
  };
  const open = Array.from({ length: SOCKETS_PER_SESSION }, () => add('a'));
  expect(open.every(({ taken }) => taken)).toBe(true);
  const refused = add('a');
  expect([refused.taken, refused.socket.refusal?.[0]]).toEqual([false, 1013]);
  expect(refused.socket.refusal?.[1]).toContain('API_SOCKETS');
  expect(add('b').taken).toBe(true);
  open[0]?.socket.emit('close');
  expect([add('a').taken, add('a').taken]).toEqual([true, false]);
});
