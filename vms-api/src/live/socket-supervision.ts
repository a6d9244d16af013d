import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Access, Identity } from '../accounts/identity.js';
import { sessionAlive } from '../accounts/sessions.js';
import { tokenAlive } from '../accounts/tokens.js';
import type { Sql } from '../database/connection.js';
import type { ApiServices } from '../services.js';

const SESSION_CHECK_MS = 30_000;
const PING_MS = 20_000;
const POLICY_VIOLATION = 1008;

const identityAlive = (sql: Sql, identity: Identity, access: Access, nowMs: number): Promise<boolean> =>
  identity.kind === 'token' ? tokenAlive(sql, identity, nowMs) : sessionAlive(sql, identity, access, nowMs);

/** Ends a socket whose session has ended, at once; whose token has ended or whose rights are others, soon; or whose other side has gone without a word. */
export function superviseSocket(services: ApiServices, socket: WebSocket, request: FastifyRequest): void {
  let answered = true;
  const access = request.routeOptions.config.access ?? 'session';
  socket.on('pong', () => {
    answered = true;
  });
  const pings = setInterval(() => {
    if (!answered) socket.terminate();
    answered = false;
    socket.ping();
  }, PING_MS);
  const checks = setInterval(async () => {
    const alive = await identityAlive(services.sql, request.identity, access, services.nowMs()).catch(() => true);
    if (!alive) socket.close(POLICY_VIOLATION, 'the session has ended, or other rights hold');
  }, SESSION_CHECK_MS);
  const forget = services.sockets.add(request.identity.sessionHash, () => socket.close(POLICY_VIOLATION, 'the session has ended'));
  socket.once('close', () => {
    forget();
    clearInterval(pings);
    clearInterval(checks);
  });
}
