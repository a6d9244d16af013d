import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider from 'oidc-provider';

export const CLIENT = { id: 'safecity', secret: 'a secret of the client, long enough' };

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closed = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** A certified provider on loopback where `person()` is signed in already and consents to everything. */
export async function startRealProvider(options: { redirectUri: string; signedOutUri: string; logoutUri: string; person: () => string }) {
  const server = createServer();
  const issuer = await listening(server);
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [options.redirectUri],
        post_logout_redirect_uris: [options.signedOutUri],
        backchannel_logout_uri: options.logoutUri,
        backchannel_logout_session_required: true,
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    // Its own refuses loopback.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    pkce: { required: () => true },
    interactions: { url: () => '/interaction' },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.split('sub-').at(-1) }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId: CLIENT.id, accountId: oidc.session?.accountId as string });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction')) return void answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: options.person() } });
  });
  /** What it does when it ends a session: it tells the client, by a logout token of its own. */
  const endSession = async (subject: string, sid: string) => {
    const client = (await provider.Client.find(CLIENT.id)) as unknown as { backchannelLogout(sub: string, sid: string): Promise<void> };
    await client.backchannelLogout(subject, sid);
  };
  return { issuer, endSession, close: () => closed(server) };
}

/** What a hostile provider does to the ID token it signs. */
export interface Forgery {
  claims?: JWTPayload;
  /** Signs with a key that is not published. */
  strangeKey?: boolean;
  /** No signature at all. */
  unsigned?: boolean;
  /** Signed with the client's secret. */
  ownSecret?: boolean;
  /** The token endpoint refuses the code. */
  refuses?: boolean;
}

const nowS = () => Math.floor(Date.now() / 1000);
const honestClaims = (issuer: string, nonce: string) => ({
  ...{ iss: issuer, sub: 'sub-operator-a', aud: CLIENT.id, nonce, iat: nowS(), exp: nowS() + 300 },
});

/** A provider that answers every code with the forgery it was last told; right in everything else. */
export async function startHostileProvider() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const strange = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' };
  const told: { nonce: string; forgery: Forgery } = { nonce: '', forgery: {} };
  const signed = async (payload: JWTPayload, { strangeKey, unsigned, ownSecret }: Forgery): Promise<string> => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    if (unsigned) return `${part({ alg: 'none' })}.${part(payload)}.`;
    if (ownSecret) return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(CLIENT.secret));
    return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(strangeKey ? strange.privateKey : privateKey);
  };
  const tokenOf = (issuer: string) => signed({ ...honestClaims(issuer, told.nonce), ...told.forgery.claims }, told.forgery);
  const server = createServer();
  const issuer = await listening(server);
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  };
  const bodies: Record<string, () => Promise<object>> = {
    '/.well-known/openid-configuration': async () => metadata,
    '/jwks': async () => ({ keys: [jwk] }),
    '/token': async () =>
      told.forgery.refuses
        ? { error: 'invalid_grant' }
        : { access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: await tokenOf(issuer) },
  };
  server.on('request', (request, response) => {
    request.resume();
    void bodies[request.url ?? '']?.().then((body) => {
      response.writeHead('error' in body ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  /** A logout token with these claims in place of the right ones. */
  const logoutToken = (claims: JWTPayload, forgery: Forgery = {}): Promise<string> => {
    const { nonce: _none, ...honest } = honestClaims(issuer, told.nonce);
    return signed(
      { ...honest, jti: randomUUID(), events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, ...claims },
      forgery,
    );
  };
  return { issuer, told, logoutToken, close: () => closed(server) };
}
