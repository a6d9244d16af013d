import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { failure } from '../../server/failure.js';

/** A token is believed for this long after it was made, and its id remembered for as long. */
export const LOGOUT_TOKEN_MS = 10 * 60_000;

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TIMEOUT_MS = 10_000;
/** At most one look at the provider's keys in this time, however many tokens name a key that is not known. */
const KEYS_COOLDOWN_MS = 30_000;

/** Which sessions the provider ended: all of a subject, or the one of this id; at least one of the two is there. */
export interface ProviderLogout {
  issuer: string;
  subject?: string;
  sid?: string;
  /** What makes the token one of a kind. */
  tokenId: string;
}

/** What a logout token must agree with. */
export interface LogoutChecks {
  keys: JWTVerifyGetKey;
  issuer: string;
  clientId: string;
  algorithms: string[];
  clockToleranceS: number;
  nowMs: number;
}

/** The keys at an address of the provider, kept until a token names another one. */
export function keysAt(address: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(address), { timeoutDuration: TIMEOUT_MS, cooldownDuration: KEYS_COOLDOWN_MS });
}

/** Signatures that only the provider can make: no `none`, and nothing that is made with the client's own secret. */
export const providerAlgorithms = (supported: readonly string[] = ['RS256']): string[] =>
  supported.filter((name) => /^(RS|PS|ES)\d{3}$|^Ed(DSA|25519)$/.test(name));

const invalid = (what: string, cause?: unknown) =>
  failure('API_OIDC_LOGOUT', 400, `the logout token does not hold: ${what}; nothing was ended`, cause);

/** Which check refused a token; what is no refusal is a provider whose keys cannot be had. */
function refusalOf(error: unknown): Error {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) return invalid(error.claim, error);
  const isRefusal = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';
  if (isRefusal) return invalid(error.code, error);
  return failure('API_OIDC_UNREACHABLE', 503, 'the keys of the identity provider cannot be read: try again', error);
}

function textClaim(payload: JWTPayload, name: string): string | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw invalid(name);
  return value;
}

function checkEvent({ events, nonce }: JWTPayload): void {
  const event = typeof events === 'object' && events !== null ? (events as Record<string, unknown>)[EVENT] : undefined;
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw invalid('events');
  // What has a nonce was made to sign somebody in.
  if (nonce !== undefined) throw invalid('nonce');
}

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6) but for its repetition.
 * @throws SafecityError `API_OIDC_LOGOUT` naming the check, `API_OIDC_UNREACHABLE`
 */
export async function readLogoutToken(token: string, checks: LogoutChecks): Promise<ProviderLogout> {
  const { keys, issuer, clientId, algorithms, clockToleranceS, nowMs } = checks;
  const { payload } = await jwtVerify(token, keys, {
    ...{ issuer, audience: clientId, algorithms, clockTolerance: clockToleranceS, currentDate: new Date(nowMs) },
    requiredClaims: ['exp', 'iat', 'jti', 'events'],
    maxTokenAge: LOGOUT_TOKEN_MS / 1000,
  }).catch((error: unknown) => {
    throw refusalOf(error);
  });
  checkEvent(payload);
  const [subject, sid, tokenId] = ['sub', 'sid', 'jti'].map((name) => textClaim(payload, name));
  if (subject === undefined && sid === undefined) throw invalid('sub');
  return { issuer, ...(subject === undefined ? {} : { subject }), ...(sid === undefined ? {} : { sid }), tokenId: tokenId as string };
}
