import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { narrowed } from '../accounts/grants.js';
import type { Access, Identity } from '../accounts/identity.js';
import { bearerOf } from '../accounts/tokens.js';
import { failure } from './failure.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. A route without it stops the service from starting. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set on every route that is not public. */
    identity: Identity;
  }
}

/** Name of the session cookie. */
export const SESSION_COOKIE = 'safecity_session';

/** Who makes a request, by the token it bears or by its session cookie; null: nobody, or no longer. */
async function identify(
  request: FastifyRequest,
  { findIdentity, findTokenIdentity, refusedUnknown }: Identities,
): Promise<Identity | null> {
  const bearer = bearerOf(request.headers.authorization);
  const cookie = request.cookies[SESSION_COOKIE];
  if (bearer === undefined && cookie === undefined) return null;
  const identity = bearer === undefined ? await findIdentity(cookie as string) : await findTokenIdentity(bearer);
  if (!identity) await refusedUnknown(request);
  return identity;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Routes that a library registers by itself, by the start of their path. */
const LIBRARY_ROUTES: { prefix: string; access: Access }[] = [{ prefix: '/docs', access: 'session' }];

function declareAccess(route: RouteOptions): void {
  const library = LIBRARY_ROUTES.find(({ prefix }) => route.url === prefix || route.url.startsWith(`${prefix}/`));
  const access = route.config?.access ?? library?.access;
  if (access === undefined) {
    throw failure('API_ROUTE_WITHOUT_ACCESS', 500, `route ${String(route.method)} ${route.url} does not declare who may use it`);
  }
  route.config = { ...route.config, access };
  // Into the OpenAPI document: what is tested against it is what is asked here.
  if (route.schema) Object.assign(route.schema, { 'x-permission': access });
}

function sameToken(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A browser sends Origin with every WebSocket; one from elsewhere rides on the user's cookie. */
function checkOrigin(request: FastifyRequest): void {
  const origin = request.headers.origin;
  const ok = origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
  if (!ok) throw failure('API_ORIGIN', 403, 'this WebSocket may be opened by the console of this server only');
}

async function checkRequest(request: FastifyRequest, identities: Identities): Promise<void> {
  const { access } = request.routeOptions.config;
  if (access === undefined || access === 'public') return;
  const identity = await identify(request, identities);
  if (!identity) throw failure('API_LOGIN_REQUIRED', 401, 'sign in first, or send a token that is valid');
  // Nothing of what a browser sends by itself lets a token in, so no other site can ride on it.
  if (identity.kind === 'token') {
    request.identity = narrowed(identity, access);
    return;
  }
  if (request.ws) checkOrigin(request);
  if (!SAFE_METHODS.includes(request.method) && !sameToken(request.headers['x-csrf-token'], identity.csrfToken)) {
    throw failure('API_CSRF', 403, 'the header x-csrf-token is missing or is not that of this session');
  }
  request.identity = narrowed(identity, access);
}

/** Finds the identity behind a session or an API token; null when there is none or it has ended. */
export interface Identities {
  findIdentity(sessionToken: string): Promise<Identity | null>;
  findTokenIdentity(secret: string): Promise<Identity | null>;
  /** Called with each request whose token or cookie is nobody's. @throws SafecityError `API_RATE_LIMITED` */
  refusedUnknown(request: FastifyRequest): Promise<void>;
}

/**
 * Checks session, WebSocket origin, CSRF token and permission of every request before anything else of it is read, and
 * refuses to register a route that does not declare its access. Must be called before the first route.
 */
export function guardRoutes(app: FastifyInstance, identities: Identities): void {
  app.decorateRequest('identity', undefined as unknown as Identity);
  app.addHook('onRoute', declareAccess);
  app.addHook('onRequest', (request) => checkRequest(request, identities));
}
