import { CameraNetworks } from '@safecity/platform';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, Client, type Harness, PASSWORD, socketStatus, startHarness } from './harness.js';

let harness: Harness;
let admin: Client;
beforeAll(async () => {
  harness = await startHarness();
  admin = await harness.client('admin');
});
afterAll(() => harness?.stop());

const NEW = { username: 'newcomer', displayName: 'Newcomer', password: PASSWORD, role: 'operator', unitId: 'ward-a' };
type Answer = { code: string; message: string };

async function refused(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as Answer).code];
}

describe('people', () => {
  it('are added, get and lose roles, and are disabled, with an entry for each', async () => {
    await admin.json('POST', '/users', NEW, 201);
    const newcomer = await new Client(harness.api.url).login('newcomer');
    expect((await newcomer.request('GET', '/tracks')).status).toBe(200);
    expect(await refused(await newcomer.request('GET', '/users'))).toEqual([403, 'API_FORBIDDEN']);
    const user = await admin.json<{ grants: { id: string; role: string }[] }>('POST', '/users/newcomer/grants', {
      role: 'eoc',
      unitId: 'ward-b',
      cameraIds: ['cam-b'],
    });
    const operator = user.grants.find(({ role }) => role === 'operator');
    await admin.json('DELETE', `/users/newcomer/grants/${operator?.id}`);
    expect((await newcomer.request('GET', '/tracks')).status).toBe(403);
    expect((await newcomer.request('GET', '/cameras/cam-b')).status).toBe(200);
    await admin.json('POST', '/users/newcomer/account', { disabled: true, reason: 'has left the service' });
    expect((await newcomer.request('GET', '/cameras')).status).toBe(401);
    const rows = await harness.sql`SELECT action, detail FROM audit WHERE actor = 'admin' AND subject = 'user:newcomer' ORDER BY seq`;
    expect(rows.map(({ action }) => action)).toEqual(['user.created', 'role.granted', 'role.revoked', 'user.disabled']);
    expect(rows.at(-1)?.['detail']).toEqual({ reason: 'has left the service' });
  });

  it('are managed by who has their whole reach, and nobody manages themselves', async () => {
    const other = await harness.client('admin-b');
    await admin.json('POST', '/users', { ...NEW, username: 'both', unitId: 'ward-b' }, 201);
    await admin.json('POST', '/users/both/grants', { role: 'operator', unitId: 'ward-a' });
    expect(await refused(await other.request('POST', '/users/both/account', { password: 'another password 1' }))).toEqual([
      403,
      'API_FORBIDDEN',
    ]);
    expect(await refused(await other.request('POST', '/users/admin-b/grants', { role: 'auditor', unitId: 'ward-b' }))).toEqual([
      403,
      'API_FORBIDDEN',
    ]);
    expect(await refused(await other.request('POST', '/users/both/grants', { role: 'operator', unitId: 'ward-a' }))).toEqual([
      404,
      'API_NOT_FOUND',
    ]);
    expect(
      await refused(await other.request('POST', '/users/both/grants', { role: 'operator', unitId: 'ward-b', cameraIds: ['cam-a'] })),
    ).toEqual([404, 'API_NOT_FOUND']);
  });
});

describe('units', () => {
  it('are closed with successors, and rights in the old one reach them', async () => {
    for (const id of ['old', 'heir-1', 'heir-2'])
      await admin.json('POST', '/units', { id, parentId: 'city', name: { vi: id, en: id } }, 201);
    await admin.json('POST', '/users', { ...NEW, username: 'of-old', unitId: 'old' }, 201);
    await admin.json('POST', '/cameras', { camera: aCamera({ id: 'cam-old', unitId: 'old' }) }, 201);
    await admin.json('POST', '/cameras', { camera: aCamera({ id: 'cam-heir', unitId: 'heir-1' }) }, 201);
    const client = await new Client(harness.api.url).login('of-old');
    const cameras = async () =>
      (await client.json<{ cameras: { camera: { id: string } }[] }>('GET', '/cameras')).cameras.map(({ camera: { id } }) => id).sort();
    expect(await cameras()).toEqual(['cam-old']);
    const unit = await admin.json('POST', '/units/old/close', { successorIds: ['heir-1', 'heir-2'] });
    expect(unit).toMatchObject({ id: 'old', successorIds: ['heir-1', 'heir-2'] });
    expect(await cameras()).toEqual(['cam-heir', 'cam-old']);
    const response = await admin.request('POST', '/cameras', { camera: aCamera({ id: 'cam-late', unitId: 'old' }) });
    expect([response.status, ((await response.json()) as Answer).message]).toEqual([409, expect.stringContaining('take heir-1 or heir-2')]);
    expect(await refused(await admin.request('POST', '/units/old/close', { successorIds: [] }))).toEqual([409, 'API_UNIT_CLOSED']);
    const rows = await harness.sql`SELECT action FROM audit WHERE subject = 'unit:old' ORDER BY seq`;
    expect(rows.map(({ action }) => action)).toEqual(['unit.created', 'unit.closed']);
  });
});

describe('tokens', () => {
  const get = (secret: string, path: string, method = 'GET') =>
    fetch(`${harness.api.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${secret}` } });
  const create = (changes: object = {}) =>
    admin.json<{ token: { id: string }; secret: string }>(
      'POST',
      '/tokens',
      { name: 'eoc-link', unitId: 'ward-a', expiresAtMs: Date.now() + 3_600_000, ...changes },
      201,
    );

  it('let a program see incidents of its unit, and nothing else', async () => {
    const { token, secret } = await create();
    expect(((await (await get(secret, '/cameras')).json()) as { cameras: unknown[] }).cameras).toHaveLength(1);
    expect((await get(secret, '/cameras/cam-b')).status).toBe(404);
    expect(await refused(await get(secret, '/tracks'))).toEqual([403, 'API_FORBIDDEN']);
    expect(await refused(await get(secret, '/session'))).toEqual([403, 'API_FORBIDDEN']);
    expect(await refused(await get(`${secret}x`, '/cameras'))).toEqual([401, 'API_LOGIN_REQUIRED']);
    const kept = await harness.sql`SELECT encode(secret_hash, 'escape') AS text FROM api_tokens`;
    expect(kept.every(({ text }) => !String(text).includes(secret))).toBe(true);
    await admin.json('DELETE', `/tokens/${token.id}`, undefined, 204);
    expect((await get(secret, '/cameras')).status).toBe(401);
  });

  it('are rotated, with an overlap when that is wanted, and expire', async () => {
    const { token, secret } = await create({ name: 'rotating' });
    const second = await admin.json<{ secret: string }>('POST', `/tokens/${token.id}/rotate`, { overlapMs: 60_000 });
    expect([(await get(secret, '/cameras')).status, (await get(second.secret, '/cameras')).status]).toEqual([200, 200]);
    const third = await admin.json<{ secret: string }>('POST', `/tokens/${token.id}/rotate`, {});
    expect(await Promise.all([secret, second.secret, third.secret].map(async (text) => (await get(text, '/cameras')).status))).toEqual([
      401, 401, 200,
    ]);
    await harness.sql`UPDATE api_tokens SET expires_at_ms = ${Date.now()} WHERE id = ${token.id}`;
    expect((await get(third.secret, '/cameras')).status).toBe(401);
    expect(
      await refused(
        await admin.request('POST', '/tokens', { name: 'too-long', unitId: 'ward-a', expiresAtMs: Date.now() + 400 * 86_400_000 }),
      ),
    ).toEqual([400, 'API_INVALID']);
  });
});

const codeAt = (secret: string, atMs: number) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs });
const signInB = (body: object) =>
  new Client(harness.api.url).request('POST', '/session', { username: 'operator-b', password: PASSWORD, ...body });

describe('a second factor', () => {
  const nowMs = () => Date.now();
  const signIn = signInB;

  it('is set, asked for, works once, and a recovery code replaces it once', async () => {
    const client = await new Client(harness.api.url).login('operator-b');
    expect(await refused(await client.request('POST', '/session/second-factor', { password: 'not the password' }))).toEqual([
      403,
      'API_LOGIN_FAILED',
    ]);
    const { secret, url } = await client.json<{ secret: string; url: string }>('POST', '/session/second-factor', { password: PASSWORD });
    expect(url).toMatch(/^otpauth:\/\/totp\/Safecity:operator-b\?/);
    expect((await signIn({})).status).toBe(200);
    const code = codeAt(secret, nowMs());
    const wrong = code === '000000' ? '000001' : '000000';
    expect(await refused(await client.request('POST', '/session/second-factor/confirm', { code: wrong }))).toEqual([
      403,
      'API_LOGIN_FAILED',
    ]);
    const { recoveryCodes } = await client.json<{ recoveryCodes: string[] }>('POST', '/session/second-factor/confirm', { code });
    expect(recoveryCodes).toHaveLength(10);
    expect(await refused(await signIn({}))).toEqual([401, 'API_LOGIN_CODE']);
    expect(await refused(await signIn({ code }))).toEqual([401, 'API_LOGIN_FAILED']);
    expect((await signIn({ code: codeAt(secret, nowMs() + 30_000) })).status).toBe(200);
    expect((await signIn({ code: recoveryCodes[0] })).status).toBe(200);
    expect((await signIn({ code: recoveryCodes[0] })).status).toBe(401);
    const rows = await harness.sql<{ sealed_secret: string }[]>`SELECT sealed_secret FROM second_factors`;
    expect(rows[0]?.sealed_secret).not.toContain(secret);
    expect(await refused(await client.request('POST', '/session/second-factor', { password: PASSWORD }))).toEqual([
      409,
      'API_SECOND_FACTOR_STATE',
    ]);
    await client.json('POST', '/session/second-factor/remove', { password: PASSWORD, code: recoveryCodes[1] }, 204);
    expect((await signIn({})).status).toBe(200);
    await harness.sql`DELETE FROM login_throttle`;
  });

  it('tells nothing to who does not know the password', async () => {
    expect(await refused(await signIn({ password: 'not the password' }))).toEqual([401, 'API_LOGIN_FAILED']);
  });
});

describe('guesses', () => {
  it('at once are held like guesses one after the other: codes and passwords, and who guesses right is not let in between', async () => {
    const client = await new Client(harness.api.url).login('operator-b');
    const { secret } = await client.json<{ secret: string }>('POST', '/session/second-factor', { password: PASSWORD });
    await client.json('POST', '/session/second-factor/confirm', { code: codeAt(secret, Date.now()) });
    const right = new Set([-1, 0, 1, 2].map((step) => codeAt(secret, Date.now() + step * 30_000)));
    const wrong = Array.from({ length: 40 }, (_, index) => String(100_000 + index)).filter((code) => !right.has(code));
    // Between the guesses stands who knows the password and asks for the code: that must not forgive them.
    const answers = await Promise.all(wrong.flatMap((code) => [signInB({ code }), signInB({})]));
    const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Answer).code));
    const looked = codes.filter((code) => code === 'API_LOGIN_FAILED').length;
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThanOrEqual(5);
    expect(new Set(codes)).toEqual(
      new Set(['API_LOGIN_FAILED', 'API_LOGIN_BLOCKED', ...codes.filter((code) => code === 'API_LOGIN_CODE')]),
    );
    const remove = () => client.request('POST', '/session/second-factor/remove', { password: PASSWORD, code: '000000' });
    const removals = [];
    for (let i = 0; i < 6; i++) removals.push((await remove()).status);
    expect(removals.at(-1)).toBe(429);
    await harness.sql`DELETE FROM login_throttle`;
    await harness.sql`DELETE FROM second_factors`;
  });

  it('at tokens and session cookies are counted by address, and who has a right one goes on', async () => {
    const api = await harness.startApi({}, { rateLimits: { unknown: 5 } });
    const ask = (headers: Record<string, string>) => fetch(`${api.url}/api/v1/cameras`, { headers });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      statuses.push((await ask({ authorization: `Bearer safecity_${'x'.repeat(42)}${i}` })).status);
      statuses.push((await ask({ cookie: `safecity_session=${'x'.repeat(42)}${i}` })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect((await ask({ cookie: admin.cookie })).status).toBe(200);
    await api.close();
  });
});

describe('requests', () => {
  it('of one session are limited, pictures and sockets apart, and other sessions go on', async () => {
    const api = await harness.startApi({}, { rateLimits: { session: 10, sessionMedia: 3 } });
    const [script, person] = [admin.at(api.url), (await harness.client('operator-a')).at(api.url)];
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await script.request('GET', '/session')).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429]);
    const refusal = await script.request('GET', '/cameras');
    expect([refusal.status, refusal.headers.get('retry-after'), ((await refusal.json()) as Answer).code]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
      'API_RATE_LIMITED',
    ]);
    expect((await person.request('GET', '/session')).status).toBe(200);
    const media = [];
    for (let i = 0; i < 2; i++) media.push((await script.request('GET', '/cameras/cam-a/still')).status);
    media.push(await socketStatus(script.socket('/overlay')), await socketStatus(script.socket('/overlay')));
    expect(media).toEqual([503, 503, 101, 429]);
    await api.close();
  });
});

describe('the own account', () => {
  const account = (client: Client) =>
    client.json<{ secondFactor: boolean; password: boolean; sessions: { id: string; current: boolean }[] }>('GET', '/account');

  it('shows its sessions and ends the others, one by one or all', async () => {
    await harness.sql`DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'lead-a')`;
    const [here, there, elsewhere] = await Promise.all([0, 1, 2].map(() => new Client(harness.api.url).login('lead-a')));
    const { sessions, secondFactor, password } = await account(here as Client);
    expect([sessions.length, sessions.filter(({ current }) => current).length, secondFactor, password]).toEqual([3, 1, false, true]);
    const other = (await account(there as Client)).sessions.find(({ current }) => current)?.id;
    await here?.json('DELETE', `/account/sessions/${other}`, undefined, 204);
    expect((await there?.request('GET', '/session'))?.status).toBe(401);
    expect(await here?.json('DELETE', '/account/sessions')).toEqual({ ended: 1 });
    expect((await elsewhere?.request('GET', '/session'))?.status).toBe(401);
    const own = sessions.find(({ current }) => current)?.id;
    expect(await refused((await here?.request('DELETE', `/account/sessions/${own}`)) as Response)).toEqual([404, 'API_NOT_FOUND']);
  });

  it('gets another password from who knows the one before, and goes on while the other sessions end', async () => {
    const [here, there] = await Promise.all([0, 1].map(() => new Client(harness.api.url).login('lead-a')));
    const change = (body: object) => here?.request('POST', '/account/password', body) as Promise<Response>;
    expect(await refused(await change({ password: 'not the password', newPassword: 'another password 1' }))).toEqual([
      403,
      'API_LOGIN_FAILED',
    ]);
    expect(await refused(await change({ password: PASSWORD, newPassword: 'short' }))).toEqual([400, 'API_PASSWORD_WEAK']);
    expect((await change({ password: PASSWORD, newPassword: 'another password 1' })).status).toBe(204);
    expect([(await here?.request('GET', '/session'))?.status, (await there?.request('GET', '/session'))?.status]).toEqual([200, 401]);
    await new Client(harness.api.url).login('lead-a', 'another password 1');
  });
});

describe('sessions', () => {
  it('are new at each sign-in, and the one before in the browser ends', async () => {
    const first = await new Client(harness.api.url).login('operator-a');
    const before = first.at(harness.api.url);
    await first.login('operator-a');
    expect(first.cookie).not.toBe(before.cookie);
    expect([(await before.request('GET', '/session')).status, (await first.request('GET', '/session')).status]).toEqual([401, 200]);
    // What was learnt of the session before opens nothing in the next.
    expect(await refused(await first.request('DELETE', '/session', undefined, { 'x-csrf-token': before.csrfToken }))).toEqual([
      403,
      'API_CSRF',
    ]);
  });
});

describe('addresses of cameras', () => {
  it('lie in the networks of the site, or are public', async () => {
    const resolve = async () => ['10.0.0.7'];
    const api = await harness.startApi({ cameraNetworks: CameraNetworks.parse('192.168.7.0/24', resolve) });
    const client = admin.at(api.url);
    const add = (id: string, source: object) => client.request('POST', '/cameras', { camera: aCamera({ id, source }) });
    const outcomes = [];
    for (const source of [
      { url: 'rtsp://127.0.0.1:5432/x' },
      { url: 'rtsp://169.254.169.254/latest' },
      { url: 'rtsp://inside.example/x' },
      { url: 'rtsp://192.168.7.9/main', detectUrl: 'rtsp://192.168.8.9/sub' },
    ])
      outcomes.push((await (await add('cam-net', source)).json()) as Answer);
    expect(outcomes.map(({ code }) => code)).toEqual(['API_INVALID', 'API_INVALID', 'API_INVALID', 'API_INVALID']);
    expect(outcomes.map(({ message }) => message.split(' is not')[0])).toEqual([
      'source/url: 127.0.0.1',
      'source/url: 169.254.169.254',
      'source/url: inside.example (10.0.0.7)',
      'source/detectUrl: 192.168.8.9',
    ]);
    expect((await add('cam-net', { url: 'rtsp://192.168.7.9/main' })).status).toBe(201);
    await api.close();
  });
});

describe('bad input', () => {
  it.each<[string, string, RequestInit & { path: string }, number, RegExp]>([
    ['a time without a zone', 'GET', { path: '/alerts?fromMs=2025-07-01T00:00:00' }, 400, /fromMs: must be number/],
    [
      'a body that is no JSON',
      'POST',
      { path: '/users', body: '<xml/>', headers: { 'content-type': 'application/xml' } },
      415,
      /Unsupported Media Type|content/i,
    ],
    [
      'JSON that says it is text',
      'POST',
      { path: '/users', body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      /Unsupported Media Type|content/i,
    ],
    [
      '2 MB of JSON',
      'POST',
      { path: '/users', body: JSON.stringify({ a: 'x'.repeat(2_000_000) }), headers: { 'content-type': 'application/json' } },
      413,
      /large/i,
    ],
    [
      'a prototype',
      'POST',
      { path: '/users', body: '{"__proto__":{"a":1}}', headers: { 'content-type': 'application/json' } },
      400,
      /not valid JSON/,
    ],
    ['SQL', 'GET', { path: `/cameras/${encodeURIComponent("x' OR 1=1")}` }, 400, /cameraId/],
    ['a path', 'GET', { path: `/alerts/00000000-0000-4000-8000-000000000000/evidence/${encodeURIComponent('../../key')}` }, 400, /file/],
    ['a forged session', 'GET', { path: '/cameras', headers: { cookie: `safecity_session=${'A'.repeat(43)}` } }, 401, /sign in/],
    [
      'a compressed body',
      'POST',
      {
        path: '/users',
        body: new Uint8Array([31, 139, 8, 0]),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      },
      400,
      /JSON|token/i,
    ],
  ])('%s is refused precisely', async (_name, method, { path, headers, body }, status, message) => {
    const all = { cookie: admin.cookie, 'x-csrf-token': admin.csrfToken, ...(headers as Record<string, string>) };
    const response = await fetch(`${harness.api.url}/api/v1${path}`, { method, headers: all, ...(body == null ? {} : { body }) });
    const answer = (await response.json()) as Answer;
    expect([response.status, Object.keys(answer).filter((key) => key !== 'problems')]).toEqual([status, ['code', 'message']]);
    expect(answer.message).toMatch(message);
  });
});
