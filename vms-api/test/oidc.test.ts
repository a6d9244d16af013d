import { once } from 'node:events';
import { freePort } from '@safecity/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ProviderSettings } from '../src/accounts/provider/provider-settings.js';
import type { RunningApi } from '../src/api.js';
import { Client, type Harness, PASSWORD, startHarness } from './harness.js';
import { CLIENT, type Forgery, startHostileProvider, startRealProvider } from './oidc-providers.js';

let harness: Harness;
let admin: Client;
const closing: (() => Promise<void>)[] = [];

const settingsOf = (issuer: string, publicUrl: string, changes: Partial<ProviderSettings> = {}): ProviderSettings => ({
  ...{ issuer, publicUrl, clientId: CLIENT.id, clientSecret: CLIENT.secret, name: { vi: 'Cổng định danh', en: 'City sign-in' } },
  ...changes,
});

/** Somebody's browser: keeps the cookies of each site, follows redirects one by one. */
class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  async get(address: string | URL): Promise<Response> {
    const url = new URL(address);
    const jar = this.#jars.get(url.origin) ?? new Map<string, string>();
    this.#jars.set(url.origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Follows redirects until one is wanted or there is none. Returns where it stands. */
  async follow(address: string, until: (url: URL) => boolean): Promise<URL> {
    let url = new URL(address);
    for (let hops = 0; hops < 12; hops++) {
      const location = (await this.get(url)).headers.get('location');
      if (location === null) return url;
      url = new URL(location, url);
      if (until(url)) return url;
    }
    throw new Error(`too many redirects, the last to ${url.href}`);
  }

  cookie(origin: string): string {
    return `safecity_session=${this.#jars.get(origin)?.get('safecity_session') ?? ''}`;
  }
}

const session = async (api: RunningApi, browser: Browser) => {
  const response = await fetch(`${api.url}/api/v1/session`, { headers: { cookie: browser.cookie(api.url) } });
  return { status: response.status, body: (await response.json()) as { user: Record<string, unknown>; csrfToken: string } };
};
const lastRefusal = async () =>
  (await harness.sql`SELECT detail FROM audit WHERE action = 'session.refused' ORDER BY seq DESC LIMIT 1`)[0]?.['detail'] as {
    code: string;
    reason: string;
  };

async function apiWith(issuer: (publicUrl: string) => Promise<string>, changes: Partial<ProviderSettings> = {}, nowMs?: () => number) {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const provider = settingsOf(await issuer(publicUrl), publicUrl, changes);
  const api = await harness.startApi({ port, publicUrl, provider, ...(nowMs ? { nowMs } : {}) });
  closing.unshift(() => api.close());
  return api;
}

beforeAll(async () => {
  harness = await startHarness();
  admin = await harness.client('admin');
});
afterAll(async () => {
  for (const close of closing) await close();
  await harness?.stop();
});

describe('a certified provider', () => {
  let api: RunningApi;
  let provider: Awaited<ReturnType<typeof startRealProvider>>;
  let person = '';
  const start = (query = '') => `${api.url}/api/v1/session/provider${query}`;
  beforeAll(async () => {
    api = await apiWith(
      async (publicUrl) => {
        const route = `${publicUrl}/api/v1/session/provider`;
        const uris = { redirectUri: `${route}/callback`, signedOutUri: `${publicUrl}/`, logoutUri: `${route}/logout` };
        provider = await startRealProvider({ ...uris, person: () => person });
        closing.push(provider.close);
        return provider.issuer;
      },
      { usernameClaim: 'preferred_username', passwordUsers: ['admin'] },
    );
  });

  it('signs in who is bound by user name once, from then on by subject, without our second factor, and out at both', async () => {
    person = 'sub-operator-b';
    const browser = new Browser();
    const end = await browser.follow(start('?returnTo=/alerts/1'), (url) => url.pathname.startsWith('/alerts'));
    expect(end.href).toBe(`${api.url}/alerts/1`);
    const { status, body } = await session(api, browser);
    expect([status, body.user['username'], body.user['byProvider']]).toEqual([200, 'operator-b', true]);
    await harness.sql`UPDATE users SET username = 'renamed-b' WHERE username = 'operator-b'`;
    const again = new Browser();
    await again.follow(start(), (url) => url.pathname === '/');
    expect((await session(api, again)).body.user['username']).toBe('renamed-b');
    await harness.sql`UPDATE users SET username = 'operator-b' WHERE username = 'renamed-b'`;
    const signedOut = await fetch(`${api.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie: browser.cookie(api.url), 'x-csrf-token': body.csrfToken },
    });
    const { signOutUrl } = (await signedOut.json()) as { signOutUrl: string };
    expect(signOutUrl).toContain('/session/end?id_token_hint=ey');
    expect((await browser.get(signOutUrl)).status).toBe(200);
    expect((await session(api, browser)).status).toBe(401);
    const kept = await harness.sql<
      { sealed: string }[]
    >`SELECT sealed_provider_token AS sealed FROM sessions WHERE sealed_provider_token IS NOT NULL`;
    expect(kept.every(({ sealed }) => !sealed.startsWith('ey'))).toBe(true);
  });

  it('ends a session here when it ends one there, closes its WebSockets at once, and no other session', async () => {
    person = 'sub-operator-b';
    const browsers = [new Browser(), new Browser()] as const;
    for (const browser of browsers) await browser.follow(start(), (url) => url.pathname === '/');
    const rows = await harness.sql<{ sid: string | null }[]>`
      SELECT provider_sid AS sid FROM sessions WHERE provider_subject = 'sub-operator-b' ORDER BY created_at_ms DESC LIMIT 2`;
    const [sid, other] = rows.map((row) => row.sid);
    expect([typeof sid, other === sid]).toEqual(['string', false]);
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/alerts/stream`, {
      headers: { cookie: browsers[1].cookie(api.url), origin: api.url },
    });
    await once(socket, 'open');
    const ended = once(socket, 'close');
    await provider.endSession('sub-operator-b', sid as string);
    // Nobody looks for ended sessions in less than 30 s.
    expect((await ended)[0]).toBe(1008);
    expect([(await session(api, browsers[1])).status, (await session(api, browsers[0])).status]).toEqual([401, 200]);
    const [entry] =
      await harness.sql`SELECT subject, detail FROM audit WHERE action = 'session.ended-by-provider' ORDER BY seq DESC LIMIT 1`;
    expect(entry).toEqual({ subject: 'user:operator-b', detail: { issuer: provider.issuer, subject: 'sub-operator-b', sid } });
  });

  it('binds by a one-time link, which works once and for its account', async () => {
    const manager = admin.at(api.url);
    const newcomer = { username: 'by-link', displayName: 'By link', role: 'operator', unitId: 'ward-a' };
    await manager.json('POST', '/users', newcomer, 201);
    const { url } = await manager.json<{ url: string }>('POST', '/users/by-link/invitation', undefined, 201);
    person = 'sub-somebody-else';
    const browser = new Browser();
    await browser.follow(url, (at) => at.pathname === '/');
    expect((await session(api, browser)).body.user['username']).toBe('by-link');
    const refused = await new Browser().follow(start(), (at) => at.pathname === '/');
    expect(refused.search).toBe('');
    person = 'sub-a-thief';
    const thief = await new Browser().follow(url, (at) => at.pathname === '/');
    expect(thief.search).toBe('?refused=API_OIDC_INVITATION');
    const users = await manager.json<{ users: { username: string; provider: boolean }[] }>('GET', '/users');
    expect(users.users.find(({ username }) => username === 'by-link')?.provider).toBe(true);
    await manager.json('POST', '/users/by-link/account', { provider: false });
    expect((await session(api, browser)).status).toBe(401);
    expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_INVITATION' });
  });

  it.each([
    ['who has no account', 'sub-nobody-known', 'API_OIDC_UNKNOWN'],
    ['who bears the name of an emergency account', 'sub-admin', 'API_OIDC_UNKNOWN'],
    ['who bears the name of an account bound to another', 'other-sub-operator-b', 'API_OIDC_BOUND'],
  ])('refuses %s', async (_name, who, code) => {
    person = who;
    const browser = new Browser();
    const end = await browser.follow(start(), (url) => url.pathname === '/');
    expect([end.search, (await session(api, browser)).status]).toEqual([`?refused=${code}`, 401]);
    expect(await lastRefusal()).toMatchObject({ code });
  });

  it('leaves passwords to emergency accounts, and says so only to who knows the password', async () => {
    const signIn = async (username: string, password: string) => {
      const response = await new Client(api.url).request('POST', '/session', { username, password });
      return [response.status, ((await response.json()) as { code?: string }).code];
    };
    expect(await signIn('operator-a', PASSWORD)).toEqual([403, 'API_PASSWORD_LOGIN_OFF']);
    expect(await signIn('operator-a', 'not the password')).toEqual([401, 'API_LOGIN_FAILED']);
    expect(await signIn('admin', PASSWORD)).toEqual([200, undefined]);
    expect(await (await fetch(`${api.url}/api/v1/session/options`)).json()).toMatchObject({
      provider: { name: { en: 'City sign-in' } },
      passwords: 'some',
    });
  });
});

describe('a hostile provider, or a hostile way back', () => {
  let api: RunningApi;
  let hostile: Awaited<ReturnType<typeof startHostileProvider>>;
  let nowMs = Date.now();
  beforeAll(async () => {
    hostile = await startHostileProvider();
    closing.push(hostile.close);
    api = await apiWith(
      async () => hostile.issuer,
      {},
      () => nowMs,
    );
    const users = await harness.sql<{ id: string }[]>`SELECT id FROM users WHERE username = 'operator-a'`;
    await harness.sql`INSERT INTO provider_identities VALUES (${hostile.issuer}, 'sub-operator-a', ${users[0]?.id as string}, 0)`;
  });
  beforeEach(() => {
    nowMs = Date.now();
    hostile.told.forgery = {};
  });

  /** Begins a sign-in; the provider knows its nonce. */
  async function begin(browser: Browser): Promise<URLSearchParams> {
    const location = (await browser.get(`${api.url}/api/v1/session/provider`)).headers.get('location') as string;
    const { searchParams } = new URL(location);
    hostile.told.nonce = searchParams.get('nonce') ?? '';
    return new URLSearchParams({ state: searchParams.get('state') ?? '', code: 'any', iss: hostile.issuer });
  }
  const back = async (browser: Browser, query: URLSearchParams) =>
    (await browser.get(`${api.url}/api/v1/session/provider/callback?${query}`)).headers.get('location');

  it('is believed when everything holds', async () => {
    const browser = new Browser();
    expect(await back(browser, await begin(browser))).toBe('/');
    expect((await session(api, browser)).body.user['username']).toBe('operator-a');
  });

  it.each<[string, Forgery, RegExp]>([
    ['a wrong nonce', { claims: { nonce: 'another' } }, /nonce/],
    ['another audience', { claims: { aud: 'another-client' } }, /aud/],
    ['a token that has expired', { claims: { exp: Math.floor(Date.now() / 1000) - 3600 } }, /exp/],
    ['a token of another issuer', { claims: { iss: 'https://evil.example' } }, /iss/],
    ['a key that is not published', { strangeKey: true }, /does not hold/],
    ['no signature', { unsigned: true }, /does not hold/],
    ['a code that it refuses', { refuses: true }, /invalid_grant/],
  ])('with %s is refused and recorded', async (_name, forgery, reason) => {
    const browser = new Browser();
    const query = await begin(browser);
    hostile.told.forgery = forgery;
    expect(await back(browser, query)).toBe('/?refused=API_OIDC_TOKEN');
    expect((await session(api, browser)).status).toBe(401);
    const refusal = await lastRefusal();
    expect([refusal.code, refusal.reason]).toEqual(['API_OIDC_TOKEN', expect.stringMatching(reason)]);
  });

  it('refuses a state that comes twice, late, to another browser, or never began', async () => {
    const browser = new Browser();
    const query = await begin(browser);
    const copy = new Browser();
    await begin(copy);
    expect(await back(copy, query)).toBe('/?refused=API_OIDC_STATE');
    expect(await back(browser, query)).toBe('/?refused=API_OIDC_STATE');
    const twice = await begin(browser);
    expect(await back(browser, twice)).toBe('/');
    expect(await back(browser, twice)).toBe('/?refused=API_OIDC_STATE');
    const late = await begin(browser);
    nowMs += 10 * 60_000;
    expect(await back(browser, late)).toBe('/?refused=API_OIDC_STATE');
    expect(await back(browser, new URLSearchParams({ state: 'made-up', code: 'x' }))).toBe('/?refused=API_OIDC_STATE');
    expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_STATE' });
  });

  it('refuses an answer of another provider, and one that says no', async () => {
    const browser = new Browser();
    const mixed = await begin(browser);
    mixed.set('iss', 'https://evil.example');
    expect(await back(browser, mixed)).toBe('/?refused=API_OIDC_ISSUER');
    const denied = await begin(browser);
    denied.delete('code');
    denied.set('error', 'access_denied');
    expect(await back(browser, denied)).toBe('/?refused=API_OIDC_DENIED');
    expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_DENIED' });
  });

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', '/\t/evil.example', '/api/v1/session', 'wall'])(
    'does not lead to %s afterwards',
    async (returnTo) => {
      const response = await fetch(`${api.url}/api/v1/session/provider?returnTo=${encodeURIComponent(returnTo)}`, { redirect: 'manual' });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'API_OIDC_RETURN']);
      expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_RETURN' });
    },
  );

  describe('a logout token', () => {
    const hand = async (token: string) => {
      const body = new URLSearchParams({ logout_token: token });
      const response = await fetch(`${api.url}/api/v1/session/provider/logout`, { method: 'POST', body });
      return { status: response.status, cached: response.headers.get('cache-control'), text: await response.text() };
    };
    const signedIn = async () => {
      const browser = new Browser();
      await back(browser, await begin(browser));
      return browser;
    };

    it('of a subject ends all of its sessions, once', async () => {
      const [browser, desk] = [await signedIn(), await harness.client('operator-a')];
      const token = await hostile.logoutToken({});
      expect(await hand(token)).toEqual({ status: 200, cached: 'no-store', text: '' });
      expect((await session(api, browser)).status).toBe(401);
      // Signed in with a password: the provider has no say in it.
      expect((await desk.request('GET', '/session')).status).toBe(200);
      const later = await signedIn();
      expect((await hand(token)).status).toBe(400);
      expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_LOGOUT', reason: expect.stringMatching(/jti/) });
      nowMs += 11 * 60_000;
      expect((await hand(token)).status).toBe(400);
      expect((await session(api, later)).status).toBe(200);
    });

    const past = Math.floor(Date.now() / 1000) - 3600;
    it.each<[string, Record<string, unknown>, Forgery, RegExp]>([
      ['another audience', { aud: 'another-client' }, {}, /aud/],
      ['another issuer', { iss: 'https://evil.example' }, {}, /iss/],
      ['a time that is past', { exp: past }, {}, /exp/],
      ['no end', { exp: undefined }, {}, /exp/],
      ['a beginning long ago', { iat: past }, {}, /iat/],
      ['a nonce', { nonce: 'n' }, {}, /nonce/],
      ['no event', { events: undefined }, {}, /events/],
      ['another event', { events: { 'http://schemas.openid.net/event/other': {} } }, {}, /events/],
      ['no id', { jti: undefined }, {}, /jti/],
      ['nobody', { sub: undefined }, {}, /sub/],
      ['a session that is no text', { sid: 7 }, {}, /sid/],
      ['a key that is not published', {}, { strangeKey: true }, /SIGNATURE/],
      ['no signature', {}, { unsigned: true }, /ALG|ALLOWED/],
      ["the client's own secret", {}, { ownSecret: true }, /ALG|ALLOWED/],
    ])('with %s ends nothing and is recorded', async (_name, claims, forgery, reason) => {
      const browser = await signedIn();
      const { status, text } = await hand(await hostile.logoutToken(claims, forgery));
      expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([400, 'API_OIDC_LOGOUT']);
      expect(await lastRefusal()).toMatchObject({ code: 'API_OIDC_LOGOUT', reason: expect.stringMatching(reason) });
      expect((await session(api, browser)).status).toBe(200);
    });

    it('is no token at all, or none, or no form', async () => {
      expect((await hand('not.a.token')).status).toBe(400);
      const post = (body: string, type: string) =>
        fetch(`${api.url}/api/v1/session/provider/logout`, { method: 'POST', body, headers: { 'content-type': type } });
      expect((await post('', 'application/x-www-form-urlencoded')).status).toBe(400);
      expect((await post('{"logout_token":"x"}', 'application/json')).status).toBe(415);
    });
  });

  it('that is away is said to be, and passwords go on', async () => {
    const away = await apiWith(async () => 'http://127.0.0.1:9');
    const response = await fetch(`${away.url}/api/v1/session/provider`, { redirect: 'manual' });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'API_OIDC_UNREACHABLE']);
    await new Client(away.url).login('operator-a');
  });
});
