import rateLimit from '@fastify/rate-limit';
import type { SafecityError } from '@safecity/contracts';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { refusal } from './failure.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers pictures or video, as its documented answers say: counted apart, because a wall asks for many. */
    media?: boolean;
  }
}

/** Media types of a route's documented answers. */
function mediaTypesOf({ schema }: RouteOptions): string[] {
  const answers = Object.values((schema?.response ?? {}) as Record<string, { content?: object }>);
  return answers.flatMap(({ content }) => Object.keys(content ?? {}));
}

function markMedia(route: RouteOptions): void {
  if (mediaTypesOf(route).some((type) => /^(image|video)\//.test(type))) route.config = { ...route.config, media: true };
}

/** Requests a minute. */
export interface RateLimits {
  /** Of one token. */
  token: number;
  /** Of one session, by far more than anybody does by hand: a script with a stolen cookie is held. */
  session: number;
  /** Pictures, clips and sockets of one session: 36 tiles of stills once a second are 2,160. */
  sessionMedia: number;
  /** Tokens and session cookies that are none, from one address; those that are go on. */
  unknown: number;
}

/** What holds where nobody says otherwise. */
export const RATE_LIMITS: RateLimits = { token: 1200, session: 600, sessionMedia: 6000, unknown: 60 };

const WINDOW_MS = 60_000;

const isMedia = (request: FastifyRequest): boolean => request.ws === true || request.routeOptions.config.media === true;

/** Counts requests of who is known, after it is known who asks: whoever is not cannot fill the table of counters. */
export async function limitRates(app: FastifyInstance, limits: RateLimits): Promise<void> {
  const maximum = (request: FastifyRequest) => {
    if (request.identity?.kind === 'token') return limits.token;
    return isMedia(request) ? limits.sessionMedia : limits.session;
  };
  app.addHook('onRoute', markMedia);
  await app.register(rateLimit, {
    max: maximum,
    timeWindow: WINDOW_MS,
    hook: 'preParsing',
    allowList: ({ identity }) => identity === undefined,
    keyGenerator: (request) => `${isMedia(request) ? 'media' : 'api'}:${request.identity?.sessionHash.toString('base64url')}`,
    errorResponseBuilder: (_request, context) => tooMany(context.ttl),
  });
}

function tooMany(ttlMs: number): SafecityError {
  const seconds = Math.ceil(ttlMs / 1000);
  const message = `too many requests: try again in ${seconds} s`;
  return refusal('API_RATE_LIMITED', 429, [{ path: '', code: 'try-again-in', params: { seconds }, message }]);
}

/**
 * Counts what was refused because nobody is known by its token or cookie.
 * @returns a function that throws `API_RATE_LIMITED` (429) once an address has sent too many
 */
export function limitUnknown(app: FastifyInstance, { unknown }: RateLimits): (request: FastifyRequest) => Promise<void> {
  const count = app.createRateLimit({ max: unknown, timeWindow: WINDOW_MS, allowList: [], keyGenerator: ({ ip }) => `unknown:${ip}` });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttl);
  };
}
