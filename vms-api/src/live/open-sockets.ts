import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@safecity/platform';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { narrowedGrants } from '../accounts/grants.js';
import type { Access, Identity } from '../accounts/identity.js';
import { sessionGrants } from '../accounts/sessions.js';
import { tokenGrants } from '../accounts/tokens.js';
import { listCameraIds } from '../cameras/camera-store.js';
import type { Sql } from '../database/connection.js';
import type { ApiErrorCode } from '../errors.js';
import { Rounds } from '../server/rounds.js';

/** PostgreSQL channel that says that rights, or what they reach, have changed. */
const RIGHTS_CHANNEL = 'safecity_rights';
/** Channel on which the database says which session has ended: the hash of its token, in hex. */
const SESSIONS_CHANNEL = 'safecity_sessions';
/** Rights also end by time, and notifications can be lost with a connection. */
const CHECK_MS = 10_000;
const PING_MS = 20_000;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
const FAILED = 'rights of open connections could not be looked up; trying again';

/** WebSockets of one session or token at a time: several screens, each with a wall of 36 cameras. */
export const SOCKETS_PER_SESSION = 256;

/** Called with the cameras that may be seen from now on. */
export type FollowCameras = (cameraIds: ReadonlySet<string>) => void;

interface OpenSocket {
  socket: WebSocket;
  identity: Identity;
  access: Access;
  session: string;
  /** The same for sockets whose rights are the same: they are looked up once. */
  rights: string;
  follow: FollowCameras | undefined;
  answered: boolean;
}

export interface OpenSocketsOptions {
  sql: Sql;
  logger: Logger;
  nowMs: () => number;
}

/**
 * Holds every open WebSocket to the rights as they are now: a socket ends with its session or token, when other rights hold,
 * and when its other side has gone without a word; which cameras it may carry is told anew after each change.
 */
export class OpenSockets {
  readonly #options: OpenSocketsOptions;
  readonly #sockets = new Set<OpenSocket>();
  readonly #perSession = new Map<string, number>();
  readonly #rounds: Rounds;
  #pings: NodeJS.Timeout | undefined;
  readonly #listening: { unlisten(): Promise<void> }[] = [];

  constructor(options: OpenSocketsOptions) {
    this.#options = options;
    this.#rounds = new Rounds((closing) => this.#checkAll(closing), { everyMs: CHECK_MS, logger: options.logger, failed: FAILED });
  }

  async start(): Promise<void> {
    const wake = () => void this.#rounds.wake();
    this.#listening.push(await this.#options.sql.listen(RIGHTS_CHANNEL, wake, wake));
    this.#listening.push(await this.#options.sql.listen(SESSIONS_CHANNEL, (session) => this.#endSession(session)));
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    void this.#rounds.start();
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const listening of this.#listening) await listening.unlisten().catch(() => undefined);
    await this.#rounds.close();
  }

  /** Takes a socket on until it closes. False: its session has too many, and it is being closed. */
  add(socket: WebSocket, request: FastifyRequest, follow?: FollowCameras): boolean {
    const { identity } = request;
    const access = request.routeOptions.config.access ?? 'session';
    const session = `${identity.kind} ${identity.sessionHash.toString('hex')}`;
    const open = this.#perSession.get(session) ?? 0;
    if (open >= SOCKETS_PER_SESSION) {
      socket.close(TRY_AGAIN_LATER, `${'API_SOCKETS' satisfies ApiErrorCode}: ${open} connections of this session are open, close some`);
      return false;
    }
    this.#perSession.set(session, open + 1);
    const rights = `${session} ${access} ${JSON.stringify(identity.grants)}`;
    const entry: OpenSocket = { socket, identity, access, session, rights, follow, answered: true };
    this.#sockets.add(entry);
    socket.on('pong', () => {
      entry.answered = true;
    });
    socket.once('close', () => this.#forget(entry));
    return true;
  }

  #forget(entry: OpenSocket): void {
    this.#sockets.delete(entry);
    const left = (this.#perSession.get(entry.session) ?? 1) - 1;
    if (left === 0) this.#perSession.delete(entry.session);
    else this.#perSession.set(entry.session, left);
  }

  #endSession(sessionHash: string): void {
    for (const { socket, identity } of this.#sockets)
      if (identity.sessionHash.toString('hex') === sessionHash) socket.close(POLICY_VIOLATION, 'the session has ended');
  }

  #ping(): void {
    for (const entry of this.#sockets) {
      if (!entry.answered) entry.socket.terminate();
      entry.answered = false;
      entry.socket.ping();
    }
  }

  async #checkAll(closing: AbortSignal): Promise<void> {
    for (const group of this.#byRights()) {
      if (closing.aborted) return;
      // Of one session nothing may keep the others from being looked at.
      await this.#check(group).catch((error: unknown) => this.#options.logger.warn({ err: error }, FAILED));
    }
  }

  #byRights(): OpenSocket[][] {
    const groups = new Map<string, OpenSocket[]>();
    for (const entry of this.#sockets) groups.set(entry.rights, [...(groups.get(entry.rights) ?? []), entry]);
    return [...groups.values()];
  }

  /** Looks up what holds now for sockets that have the same rights. */
  async #check(group: OpenSocket[]): Promise<void> {
    const [{ identity, access }] = group as [OpenSocket];
    const { sql, nowMs } = this.#options;
    const grants = identity.kind === 'token' ? await tokenGrants(sql, identity, nowMs()) : await sessionGrants(sql, identity, nowMs());
    if (!isDeepStrictEqual(narrowedGrants(grants, access), identity.grants)) {
      for (const { socket } of group) socket.close(POLICY_VIOLATION, 'the session has ended, or other rights hold');
      return;
    }
    if (group.every(({ follow }) => follow === undefined)) return;
    const cameraIds = new Set(await listCameraIds(sql, identity));
    for (const { socket, follow } of group) if (socket.readyState === socket.OPEN) follow?.(cameraIds);
  }
}

/** Ends a socket because what it carries may not be seen any more. */
export const closeUnseen = (socket: WebSocket): void => socket.close(POLICY_VIOLATION, 'the camera was deleted, or is in another unit now');
