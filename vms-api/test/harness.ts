import { join } from 'node:path';
import { createLogger, loadOrCreateKey } from '@safecity/platform';
import { startTestNats, startTestPostgres, temporaryDirectory } from '@safecity/platform/testing';
import { WebSocket } from 'ws';
import { addGrant } from '../src/accounts/grants.js';
import { hashPassword } from '../src/accounts/passwords.js';
import type { Role } from '../src/accounts/roles.js';
import { type ApiOptions, type RunningApi, startApi } from '../src/api.js';
import { openDatabase, type Sql } from '../src/database/connection.js';
import type { AppOptions } from '../src/server/app.js';
import { provisionSite, type Site } from '../src/site/provision.js';

export const PASSWORD = 'correct horse battery';

export const quiet = createLogger('test', { write: (line) => void (process.env['SHOW_LOGS'] && process.stderr.write(line)) });

/** Two units side by side below the city. */
export const SITE: Site = {
  facts: {
    sender: 'safecity.test.example.vn',
    senderName: { vi: 'Trung tâm thử nghiệm', en: 'Test centre' },
    zoneOffsetMinutes: 420,
    restriction: 'EOC only',
  },
  units: [
    { id: 'city', name: { vi: 'Thành phố', en: 'City' } },
    { id: 'ward-a', parentId: 'city', name: { vi: 'Phường A', en: 'Ward A' } },
    { id: 'ward-b', parentId: 'city', name: { vi: 'Phường B', en: 'Ward B' } },
  ],
  cameras: [aCamera({ id: 'cam-a', unitId: 'ward-a' }), aCamera({ id: 'cam-b', unitId: 'ward-b' })],
};

const USERS: [username: string, role: Role, unitId: string][] = [
  ['admin', 'administrator', 'city'],
  ['operator-a', 'operator', 'ward-a'],
  ['operator-b', 'operator', 'ward-b'],
  ['lead-a', 'shift-lead', 'ward-a'],
  ['admin-b', 'administrator', 'ward-b'],
  ['eoc', 'eoc', 'city'],
  ['auditor', 'auditor', 'city'],
  ['gateway', 'gateway', 'ward-a'],
  ['reviewer-a', 'reviewer', 'ward-a'],
  ['lead', 'review-lead', 'city'],
];

/** Users whose hashes cost next to nothing: the real cost has its own test. */
async function addUsers(sql: Sql): Promise<void> {
  const hash = await hashPassword(PASSWORD, { N: 16, r: 1, p: 1 });
  for (const [username, role, unitId] of USERS) {
    const rows = await sql<{ id: string }[]>`INSERT INTO users (username, display_name, unit_id, password_hash, created_at_ms)
      VALUES (${username}, ${username}, ${unitId}, ${hash}, 0) RETURNING id`;
    await addGrant(sql, rows[0]?.id as string, { role, unitId }, { name: 'test', atMs: 0 });
  }
}

export function aCamera(changes: Record<string, unknown> = {}): { id: string } & Record<string, unknown> {
  return {
    id: 'cam-1',
    name: `Camera ${changes['id'] ?? 'cam-1'}`,
    unitId: 'city',
    simulated: true,
    location: { latitude: 10.9804, longitude: 106.6745, address: 'Ngã tư Sở Sao' },
    source: { url: 'rtsp://127.0.0.1:8554/cam1' },
    zones: [
      {
        id: 'zone-1',
        name: 'Junction',
        polygon: [
          [0.1, 0.1],
          [0.9, 0.1],
          [0.9, 0.9],
        ],
      },
    ],
    rules: [{ id: 'rule-1', name: 'Crowd', type: 'crowd-occupancy', zoneId: 'zone-1', minCount: 5 }],
    ...changes,
  };
}

/** One signed-in user: keeps the cookie, adds the CSRF token. */
export class Client {
  readonly #url: string;
  cookie = '';
  csrfToken = '';

  constructor(url: string) {
    this.#url = url;
  }

  async login(username: string, password = PASSWORD): Promise<this> {
    const response = await this.request('POST', '/session', { username, password });
    if (response.status !== 200) throw new Error(`sign-in failed: ${response.status} ${await response.text()}`);
    this.cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
    this.csrfToken = ((await response.json()) as { csrfToken: string }).csrfToken;
    return this;
  }

  /** The same session at another address. */
  at(url: string): Client {
    return Object.assign(new Client(url), { cookie: this.cookie, csrfToken: this.csrfToken });
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const all: Record<string, string> = { ...headers };
    if (this.cookie) all['cookie'] = this.cookie;
    if (this.csrfToken && all['x-csrf-token'] === undefined) all['x-csrf-token'] = this.csrfToken;
    if (body !== undefined) all['content-type'] = 'application/json';
    return fetch(`${this.#url}/api/v1${path}`, { method, headers: all, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** The JSON of an answer that must have `status`. */
  async json<T>(method: string, path: string, body?: unknown, status = 200): Promise<T> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${method} ${path} answered ${response.status} instead of ${status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  socket(path: string, headers: Record<string, string> = {}): WebSocket {
    const url = `${this.#url.replace('http', 'ws')}/api/v1${path}`;
    return new WebSocket(url, { headers: { cookie: this.cookie, origin: this.#url, ...headers } });
  }
}

/** The HTTP status with which a WebSocket was refused, or 101. */
export function socketStatus(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('open', () => {
      resolve(101);
      socket.close();
    });
  });
}

export interface Harness {
  databaseUrl: string;
  natsUrl: string;
  dataDirectory: string;
  key: Buffer;
  sql: Sql;
  api: RunningApi;
  /** A user signed in once: sessions outlive a restart of the API. */
  client(username: string): Promise<Client>;
  startApi(changes?: Partial<ApiOptions>, appOptions?: AppOptions): Promise<RunningApi>;
  stop(): Promise<void>;
}

/** Real NATS and PostgreSQL with `SITE` in them, and an API on a free port whose answers are checked. */
export async function startHarness(site: Site = SITE): Promise<Harness> {
  const [nats, postgres] = await Promise.all([startTestNats(), startTestPostgres()]);
  const data = temporaryDirectory('api');
  const keyFile = join(data.path, 'key');
  const key = loadOrCreateKey(keyFile);
  await provisionSite({ databaseUrl: postgres.url, keyFile, site });
  const base: ApiOptions = {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    dataDirectory: data.path,
    key,
    host: '127.0.0.1',
    port: 0,
    settings: { version: '0.0.0-test', demo: true, secureCookies: false },
    logger: quiet,
  };
  // One client asks in a second what a person asks in an hour.
  const rateLimits = { session: 100_000, sessionMedia: 100_000 };
  const start = (changes: Partial<ApiOptions> = {}, appOptions: AppOptions = {}) =>
    startApi({ ...base, ...changes }, { checkAnswers: true, rateLimits, ...appOptions });
  const sql = openDatabase(postgres.url, { name: 'test', maxConnections: 3 });
  await addUsers(sql);
  const sessions = new Map<string, Client>();
  const harness: Harness = {
    databaseUrl: postgres.url,
    natsUrl: nats.url,
    dataDirectory: data.path,
    key,
    sql,
    api: await start(),
    client: async (username) => {
      const session = sessions.get(username) ?? (await new Client(harness.api.url).login(username));
      sessions.set(username, session);
      return session.at(harness.api.url);
    },
    startApi: start,
    stop: async () => {
      await harness.api.close();
      await sql.end({ timeout: 5 });
      await Promise.all([nats.stop(), postgres.stop()]);
      data.remove();
    },
  };
  return harness;
}
