import type { JWTVerifyGetKey } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance,
  discovery,
  enableNonRepudiationChecks,
} from 'openid-client';
import { failure } from '../../server/failure.js';
import { keysAt, type ProviderLogout, providerAlgorithms, readLogoutToken } from './logout-tokens.js';
import type { ProviderSettings } from './provider-settings.js';
import { refusalOf } from './refusals.js';

/** What a sign-in under way must be answered with: all three are known to this server and the browser alone. */
export interface SignInSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the provider vouches for. */
export interface ProvidedIdentity {
  issuer: string;
  subject: string;
  /** What the provider calls its session, where it says so. */
  sid?: string;
  /** The claim that is configured to be a user name here. */
  username?: string;
  idToken: string;
}

const TIMEOUT_S = 10;
const CLOCK_TOLERANCE_S = 30;
/** The provider's addresses and keys are asked for again after this long; it may have moved. */
const KNOWN_FOR_MS = 60 * 60_000;

/** The way back from the provider, below the public address. */
export const CALLBACK_PATH = '/api/v1/session/provider/callback';

/** As the provider says it wants the secret; the standard's default when it says nothing. */
const secretBy =
  (secret: string): ClientAuth =>
  (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const auth = methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
    return auth(server, client, body, headers);
  };

/** The city's identity provider: authorization code flow of OpenID Connect with PKCE; signatures of its tokens are checked. */
export class IdentityProvider {
  readonly settings: ProviderSettings;
  readonly #nowMs: () => number;
  #keys: { address: string; get: JWTVerifyGetKey } | undefined;
  #known: { configuration: Promise<Configuration>; untilMs: number } | undefined;

  constructor(settings: ProviderSettings, nowMs: () => number) {
    this.settings = settings;
    this.#nowMs = nowMs;
  }

  get #redirectUri(): string {
    return `${this.settings.publicUrl}${CALLBACK_PATH}`;
  }

  /** False for accounts that must come by the provider. */
  mayUsePassword(username: string): boolean {
    return this.settings.passwordUsers?.includes(username) ?? true;
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const url = new URL(issuer);
    const execute = [enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [allowInsecureRequests] : [])];
    const metadata = { [clockTolerance]: CLOCK_TOLERANCE_S };
    return discovery(url, clientId, metadata, secretBy(clientSecret), { execute, timeout: TIMEOUT_S });
  }

  /** @throws SafecityError `API_OIDC_UNREACHABLE` */
  async #configuration(): Promise<Configuration> {
    if (!this.#known || this.#known.untilMs <= this.#nowMs()) {
      this.#known = { configuration: this.#discover(), untilMs: this.#nowMs() + KNOWN_FOR_MS };
    }
    const known = this.#known;
    try {
      return await known.configuration;
    } catch (cause) {
      if (this.#known === known) this.#known = undefined;
      throw failure(
        'API_OIDC_UNREACHABLE',
        503,
        `the identity provider ${this.settings.issuer} does not answer as one: try again later`,
        cause,
      );
    }
  }

  /** Where the browser goes to sign in. @throws SafecityError `API_OIDC_UNREACHABLE` */
  async begin({ state, nonce, verifier }: SignInSecrets): Promise<URL> {
    const configuration = await this.#configuration();
    return buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: this.settings.usernameClaim === undefined ? 'openid' : 'openid profile',
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * Turns the answer that the browser brought back into an identity.
   * @param search query of the callback, with its question mark
   * @throws SafecityError `API_OIDC_DENIED`, `API_OIDC_ISSUER`, `API_OIDC_TOKEN`, `API_OIDC_UNREACHABLE`
   */
  async finish(search: string, { state, nonce, verifier }: SignInSecrets): Promise<ProvidedIdentity> {
    const configuration = await this.#configuration();
    // RFC 9207: an answer of another provider must never be brought to this one.
    const answeredBy = new URLSearchParams(search).get('iss');
    if (answeredBy !== null && answeredBy !== configuration.serverMetadata().issuer)
      throw failure('API_OIDC_ISSUER', 403, 'the answer comes from another identity provider: sign in again');
    try {
      const tokens = await authorizationCodeGrant(configuration, new URL(`${this.#redirectUri}${search}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() as NonNullable<ReturnType<typeof tokens.claims>>;
      const { usernameClaim } = this.settings;
      const username = usernameClaim === undefined ? undefined : claims[usernameClaim];
      const sid = typeof claims['sid'] === 'string' ? { sid: claims['sid'] } : {};
      const identity = { issuer: claims.iss, subject: claims.sub, ...sid, idToken: tokens.id_token as string };
      return typeof username === 'string' ? { ...identity, username } : identity;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /**
   * Checks a logout token that came by the back channel; whether it came before, its taker knows.
   * @throws SafecityError `API_OIDC_LOGOUT`, `API_OIDC_UNREACHABLE`
   */
  async readLogout(token: string): Promise<ProviderLogout> {
    const { issuer, jwks_uri, id_token_signing_alg_values_supported } = (await this.#configuration()).serverMetadata();
    if (jwks_uri === undefined) throw failure('API_OIDC_UNREACHABLE', 503, 'the identity provider publishes no keys');
    if (this.#keys?.address !== jwks_uri) this.#keys = { address: jwks_uri, get: keysAt(jwks_uri) };
    return readLogoutToken(token, {
      ...{ keys: this.#keys.get, issuer, clientId: this.settings.clientId, clockToleranceS: CLOCK_TOLERANCE_S, nowMs: this.#nowMs() },
      algorithms: providerAlgorithms(id_token_signing_alg_values_supported),
    });
  }

  /** Where to sign out at the provider; null when it offers no such place or does not answer. */
  async signOutUrl(idToken: string): Promise<string | null> {
    const configuration = await this.#configuration().catch(() => null);
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return null;
    const back = { id_token_hint: idToken, post_logout_redirect_uri: `${this.settings.publicUrl}/` };
    return buildEndSessionUrl(configuration, back).href;
  }
}
