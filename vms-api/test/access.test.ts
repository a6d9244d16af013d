import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../src/server/app.js';
import type { ApiServices } from '../src/services.js';
import { Client, type Harness, quiet, socketStatus, startHarness } from './harness.js';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

interface Answer {
  code: string;
  message: string;
}

interface DocumentedRoute {
  method: string;
  path: string;
}

/** Every documented route with parameters that exist in unit ward-a, so that only the permission can refuse. */
async function routes(): Promise<DocumentedRoute[]> {
  const document = harness.api.app.swagger() as unknown as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path
        .replace('/api/v1', '')
        .replace('{cameraId}', 'cam-a')
        .replace('{alertId}', '00000000-0000-4000-8000-000000000000')
        .replace('{caseId}', '00000000-0000-4000-8000-000000000000')
        .replace('{formId}', '00000000-0000-4000-8000-000000000000')
        .replace('{provisionId}', 'none')
        .replace('{templateId}', 'none')
        .replace('{trackKey}', 'cam-a.abc-0.1780000000000')
        .replace('{backtestId}', '00000000-0000-4000-8000-000000000000')
        .replace('{file}', 'raised-0123456789abcdef.jpg')
        .replaceAll(/\{\w+Id\}/g, '00000000-0000-4000-8000-000000000000')
        .replace('{username}', 'nobody'),
    })),
  );
}

const PUBLIC = [
  ...['POST /session', 'GET /session/options', 'GET /session/provider', 'GET /session/provider/callback', 'GET /health'],
  'POST /session/provider/logout',
];

describe('sessions', () => {
  it('refuses a wrong password and an unknown user in the same words', async () => {
    const client = new Client(harness.api.url);
    const wrong = await client.request('POST', '/session', { username: 'auditor', password: 'wrong password 1' });
    const unknown = await client.request('POST', '/session', { username: 'nobody-here', password: 'wrong password 1' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
  });

  it('sets a cookie that scripts and other sites cannot use', async () => {
    const response = await new Client(harness.api.url).request('POST', '/session', {
      username: 'ADMIN',
      password: 'correct horse battery',
    });
    expect(response.headers.get('set-cookie')).toMatch(/^safecity_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await response.json()).toMatchObject({ user: { username: 'admin', role: 'administrator', unitId: 'city' }, demo: true });
  });

  it('marks the cookie Secure behind TLS', async () => {
    const api = await harness.startApi({ settings: { version: 'x', demo: false, secureCookies: true } });
    const response = await new Client(api.url).request('POST', '/session', { username: 'admin', password: 'correct horse battery' });
    expect(response.headers.get('set-cookie')).toContain('; Secure');
    await api.close();
  });

  it.each([
    { trustedProxies: undefined, address: '127.0.0.1' },
    { trustedProxies: ['10.0.0.0/8'], address: '127.0.0.1' },
    { trustedProxies: ['127.0.0.0/8'], address: '203.0.113.7' },
  ])('knows a person behind a proxy by the address that a trusted one tells: $trustedProxies', async ({ trustedProxies, address }) => {
    const settings = { version: 'x', demo: false, secureCookies: false, ...(trustedProxies ? { trustedProxies } : {}) };
    const api = await harness.startApi({ settings });
    const body = { username: 'admin', password: 'correct horse battery' };
    await new Client(api.url).request('POST', '/session', body, { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' });
    const [entry] = await harness.sql`SELECT address FROM audit WHERE action = 'session.opened' ORDER BY seq DESC LIMIT 1`;
    expect(entry).toEqual({ address });
    await api.close();
  });

  it('asks for the CSRF token of the own session on whatever changes something', async () => {
    const operator = await new Client(harness.api.url).login('operator-a');
    const other = await harness.client('operator-b');
    for (const token of ['', 'x'.repeat(43), other.csrfToken]) {
      const response = await operator.request('DELETE', '/session', undefined, { 'x-csrf-token': token });
      expect([response.status, ((await response.json()) as Answer).code]).toEqual([403, 'API_CSRF']);
    }
    expect((await operator.request('DELETE', '/session')).status).toBe(204);
    expect((await operator.request('GET', '/session')).status).toBe(401);
  });

  it('blocks a user name after repeated failures, for longer each time, and a restart frees nobody', async () => {
    const nowMs = Date.now();
    const first = await harness.startApi({ nowMs: () => nowMs });
    const client = new Client(first.url);
    const attempt = () => client.request('POST', '/session', { username: 'admin-b', password: 'wrong password 1' });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await attempt()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    await first.close();
    const api = await harness.startApi({ nowMs: () => nowMs });
    const blocked = await new Client(api.url).request('POST', '/session', { username: 'Admin-B', password: 'correct horse battery' });
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    await api.close();
    await harness.sql`DELETE FROM login_throttle`;
  });

  it('keeps no token', async () => {
    const client = await harness.client('admin');
    const token = client.cookie.split('=')[1] as string;
    const rows = await harness.sql<{ text: string }[]>`SELECT encode(token_hash, 'escape') AS text FROM sessions`;
    expect(rows.every((row) => !row.text.includes(token))).toBe(true);
  });
});

describe('permissions', () => {
  it('lets nobody in without a session, but to sign in and to ask for health', async () => {
    const stranger = new Client(harness.api.url);
    const answers = [];
    for (const { method, path } of await routes()) {
      const response = await stranger.request(method, path, method === 'GET' || method === 'DELETE' ? undefined : {});
      answers.push([`${method} ${path}`, response.status]);
    }
    const open = answers.filter(([, status]) => status !== 401).map(([route]) => route);
    expect(open).toEqual(PUBLIC);
    expect(answers.length).toBeGreaterThan(14);
  });

  it('refuses WebSockets without a session, of another unit, or from another site', async () => {
    const stranger = new Client(harness.api.url);
    const operator = await harness.client('operator-a');
    const auditor = await harness.client('auditor');
    const evil = { origin: 'https://evil.example' };
    for (const path of ['/alerts/stream', '/overlay', '/cameras/cam-a/live', '/cameras/cam-a/live?as=mpeg1']) {
      expect([path, await socketStatus(stranger.socket(path))]).toEqual([path, 401]);
      expect([path, await socketStatus(operator.socket(path, evil))]).toEqual([path, 403]);
      expect([path, await socketStatus(operator.socket(path))]).toEqual([path, 101]);
    }
    expect(await socketStatus(operator.socket('/cameras/cam-b/live'))).toBe(404);
    expect(await socketStatus(operator.socket('/cameras/cam-b/live?as=mpeg1'))).toBe(404);
    expect(await socketStatus(operator.socket('/cameras/cam-a/live?as=theora'))).toBe(400);
    expect(await socketStatus(operator.socket('/overlay?cameras=cam-a,cam-b'))).toBe(404);
    expect(await socketStatus(auditor.socket('/overlay'))).toBe(403);
  });

  it('answers 404 for what belongs to another unit, exactly as for what does not exist', async () => {
    const other = await harness.client('admin-b');
    const camera = await other.request('GET', '/cameras/cam-a');
    const missing = await other.request('GET', '/cameras/cam-z');
    expect([camera.status, missing.status]).toEqual([404, 404]);
    expect((await camera.text()).replace('cam-a', 'cam-z')).toBe(await missing.text());
    for (const [method, path] of [
      ['PUT', '/cameras/cam-a'],
      ['DELETE', '/cameras/cam-a'],
      ['GET', '/cameras/cam-a/still'],
    ] as const) {
      const body = method === 'PUT' ? { camera: { ...(await adminCamera()), unitId: 'ward-b' } } : undefined;
      expect([method, path, (await other.request(method, path, body)).status]).toEqual([method, path, 404]);
    }
    const list = await other.json<{ cameras: { camera: { id: string } }[] }>('GET', '/cameras');
    expect(list.cameras.map(({ camera: { id } }) => id)).toEqual(['cam-b']);
  });

  it('refuses to start with a route that does not say who may use it', async () => {
    const settings = { version: 'x', demo: false, secureCookies: false };
    const app = await buildApp({ settings, logger: quiet, nowMs: Date.now } as unknown as ApiServices);
    expect(() => app.get('/api/v1/forgotten', async () => 'secret')).toThrow('route GET /api/v1/forgotten does not declare who may use it');
  });

  it('shows no stack and no internals in an error answer', async () => {
    const client = await harness.client('admin');
    const response = await client.request('POST', '/cameras', { camera: { id: 'x' } });
    expect(Object.keys((await response.json()) as Answer)).toEqual(['code', 'message', 'problems']);
    const missing = await client.request('GET', '/no/such/path');
    expect([missing.status, ((await missing.json()) as Answer).code]).toEqual([404, 'API_NOT_FOUND']);
    const broken = await fetch(`${harness.api.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, ((await broken.json()) as Answer).code]).toEqual([400, 'API_INVALID']);
  });
});

async function adminCamera(): Promise<Record<string, unknown>> {
  const admin = await harness.client('admin');
  return (await admin.json<{ camera: Record<string, unknown> }>('GET', '/cameras/cam-a')).camera;
}

describe('console files', () => {
  const directory = temporaryDirectory('console');
  let url: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    mkdirSync(join(directory.path, 'assets'));
    writeFileSync(join(directory.path, 'index.html'), '<html>console</html>');
    writeFileSync(join(directory.path, 'assets', 'main-abc.js'), 'let a;');
    const api = await harness.startApi({ settings: { version: 'x', demo: false, secureCookies: false, consoleDirectory: directory.path } });
    url = api.url;
    stop = api.close;
  });
  afterAll(async () => {
    await stop?.();
    directory.remove();
  });

  it.each([
    ['/', 200, 'text/html; charset=utf-8'],
    ['/wall/cam-a?x=1', 200, 'text/html; charset=utf-8'],
    ['/assets/main-abc.js', 200, 'application/javascript; charset=utf-8'],
    ['/assets/gone.js', 404, 'application/json; charset=utf-8'],
    ['/api/v1/nothing', 404, 'application/json; charset=utf-8'],
    ['/%2e%2e/%2e%2e/etc/passwd.txt', 404, 'application/json; charset=utf-8'],
    ['/assets/..%2f..%2fpackage.json', 403, 'application/json; charset=utf-8'],
  ])('answers %s with %i', async (path, status, type) => {
    const response = await fetch(url + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
  });

  it('lets the page play video it fills itself, and nothing from elsewhere', async () => {
    const response = await fetch(url);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("media-src 'self' blob:");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect([response.headers.get('cache-control'), (await fetch(`${url}/assets/main-abc.js`)).headers.get('cache-control')]).toEqual([
      'public, max-age=0',
      'public, max-age=31536000, immutable',
    ]);
  });
});
