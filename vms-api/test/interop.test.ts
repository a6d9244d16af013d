import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { subjects } from '@safecity/contracts';
import { CameraNetworks, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { Aedes } from 'aedes';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { tokenGrants } from '../src/accounts/tokens.js';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { startDispatch } from '../src/dispatch/start.js';
import { aFinding, anAlert, nextRevision } from '../src/testing/builders.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let admin: Client;
beforeAll(async () => {
  harness = await startHarness();
  admin = await harness.client('admin');
});
afterAll(() => harness?.stop());

const take = (message: ReturnType<typeof anAlert>) => takeAlert(harness.sql, message, Date.now());
const aDestination = (changes: object = {}) => ({
  ...{ id: 'hook', name: 'Traffic centre', url: 'http://127.0.0.1:9/', mode: 'exercise', kinds: ['incident'], expiresAfterMs: 3_600_000 },
  ...{ format: 'webhook', unitId: 'city', centre: 'police', automatic: true },
  ...changes,
});

type Received = { headers: IncomingHttpHeaders; body: string; status: number };

/** A centre that takes webhooks, once it has refused `refusals` of them. */
async function startCentre(refusals: number): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const status = received.length < refusals ? 503 : 200;
    received.push({ headers: request.headers, body, status });
    response.writeHead(status).end('taken');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, server };
}

describe('webhooks', () => {
  it('carry what CAP says as JSON, signed, and the same id and bytes when they come again', async () => {
    const { url, received, server } = await startCentre(1);
    const { secret } = await admin.json<{ secret: string }>('POST', '/destinations', aDestination({ url }), 201);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const message = anAlert();
    await take(message);
    await take(nextRevision(message, { phase: 'closed', endMs: message.updatedMs + 1000 }));
    const dispatch = await startDispatch({ databaseUrl: harness.databaseUrl, natsUrl: harness.natsUrl, key: harness.key, logger: quiet });
    await waitFor(() => received.length === 3);
    await dispatch.close();
    server.close();
    const [refused, opened, ended] = received as [Received, Received, Received];
    expect(opened.headers['webhook-id']).toBe(refused.headers['webhook-id']);
    expect(opened.body).toBe(refused.body);
    const said = received.map(({ body, headers }) => new Webhook(secret).verify(body, headers as unknown as Record<string, string>));
    expect(said[1]).toMatchObject({
      type: 'incident.opened',
      data: { alertId: message.alertId, exercise: true, type: 'crowd-occupancy', camera: { id: 'cam-a' }, severity: 'high' },
    });
    expect(said[2]).toMatchObject({ type: 'incident.ended', data: { alertId: message.alertId } });
    const forged = { ...ended.headers, 'webhook-timestamp': opened.headers['webhook-timestamp'], 'webhook-id': 'other' };
    expect(() => new Webhook(secret).verify(ended.body, forged as unknown as Record<string, string>)).toThrow();
    await harness.sql`UPDATE destinations SET enabled = false`;
  });

  it('tell their secret once, keep it sealed, and get a new one on request', async () => {
    const made = await admin.json<{ secret: string }>('POST', '/destinations', aDestination({ id: 'sealed' }), 201);
    const listed = await (await admin.request('GET', '/destinations')).text();
    const rows = await harness.sql<{ row: string }[]>`SELECT to_jsonb(d)::text AS row FROM destinations d`;
    expect(listed + rows.map(({ row }) => row).join('')).not.toContain(made.secret);
    const renewed = await admin.json<{ secret: string }>('PATCH', '/destinations/sealed', { renewSecret: true });
    expect(renewed.secret).not.toBe(made.secret);
    const changed = await admin.json<object>('PATCH', '/destinations/sealed', { enabled: false, name: 'Off' });
    expect(changed).toEqual({ destination: { ...aDestination({ id: 'sealed', name: 'Off' }), enabled: false } });
  });

  it.each([
    ['an id that is taken', { id: 'sealed' }, 409, 'API_DESTINATION_EXISTS'],
    ['an address with a password', { url: 'https://user:word@centre.example/' }, 400, 'API_INVALID'],
    ['another protocol', { url: 'file:///etc/passwd' }, 400, 'API_INVALID'],
    ['a unit that is not there', { unitId: 'nowhere' }, 404, 'API_NOT_FOUND'],
  ])('refuse %s', async (_what, changes, status, code) => {
    expect(await admin.json('POST', '/destinations', aDestination({ id: 'bad', ...changes }), status)).toMatchObject({ code });
  });

  it('go to no address inside that the site has not named', async () => {
    const networks = CameraNetworks.parse('10.9.0.0/16', async () => ['10.8.0.1'], 'SAFECITY_DESTINATION_NETWORKS');
    const api = await harness.startApi({ destinationNetworks: networks });
    const strict = admin.at(api.url);
    for (const url of ['http://127.0.0.1:8080/', 'http://[::1]/', 'http://169.254.169.254/latest', 'https://inside.example/']) {
      const answer = await strict.json<{ message: string }>('POST', '/destinations', aDestination({ id: 'inside', url }), 400);
      expect(answer.message).toContain('SAFECITY_DESTINATION_NETWORKS');
    }
    await strict.json('POST', '/destinations', aDestination({ id: 'inside', url: 'http://10.9.1.1/' }), 201);
    await api.close();
  });
});

describe('the address of a destination', () => {
  const SETTING = 'SAFECITY_DESTINATION_NETWORKS';
  /** A name that stands for this machine, from its `after`th look-up on. */
  const rebinding = (after: number) => {
    let looks = 0;
    return async () => [++looks > after ? '127.0.0.1' : '8.8.8.8'];
  };
  it.each([
    { what: 'written as one of this machine', host: '127.0.0.1', allowed: '', after: 0, arrives: false },
    { what: 'behind a name that stands for this machine', host: 'centre.example', allowed: '', after: 0, arrives: false },
    { what: 'behind a name that has changed since it was looked at', host: 'centre.example', allowed: '', after: 1, arrives: false },
    { what: 'in a network that is allowed', host: 'centre.example', allowed: '127.0.0.0/8', after: 0, arrives: true },
  ])('$what is looked at when it is connected to', async ({ host, allowed, after, arrives }) => {
    const { url, received, server } = await startCentre(0);
    const { host: real, port } = new URL(url);
    const id = `looked-at-${after}-${host.length}-${allowed.length}`;
    await admin.json('POST', '/destinations', aDestination({ id, url: url.replace(real, `${host}:${port}`) }), 201);
    const message = anAlert();
    await take(message);
    const destinationNetworks = CameraNetworks.parse(allowed, rebinding(after), SETTING);
    const { databaseUrl, natsUrl, key } = harness;
    const dispatch = await startDispatch({ databaseUrl, natsUrl, key, destinationNetworks, logger: quiet });
    const [delivery] = await waitFor(async () => {
      const rows = await harness.sql<{ state: string; last_error: string | null }[]>`
        SELECT state, last_error FROM deliveries WHERE destination_id = ${id} AND state <> 'waiting'`;
      return rows.length > 0 ? rows : null;
    });
    await dispatch.close();
    server.close();
    await harness.sql`UPDATE destinations SET enabled = false`;
    expect([delivery?.state, received.map(({ headers }) => headers.host)]).toEqual(
      arrives ? ['sent', [`${host}:${port}`]] : ['failed', []],
    );
    if (!arrives) expect(delivery?.last_error).toMatch(new RegExp(`^API_DESTINATION_ADDRESS: .*${SETTING}`));
  });
});

const aFrame = (cameraId: string) => ({
  ...{ cameraId, capturedAtMs: Date.now(), occupancy: {}, signals: {} },
  tracks: [{ id: 'k1-7', class: 'car', score: 0.9, box: [0.1, 0.1, 0.2, 0.2], stationaryMs: 0, findings: [] }],
});

async function publishFrame(cameraId: string): Promise<void> {
  const bus = await connectBus({ url: harness.natsUrl, name: 'rules', logger: quiet });
  bus.nc.publish(subjects.tracks(cameraId), JSON.stringify(aFrame(cameraId)));
  await bus.nc.flush();
  await bus.close();
}

describe('the metadata stream', () => {
  const sockets: WebSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });

  async function open(query: string, headers: Record<string, string>): Promise<string[]> {
    const texts: string[] = [];
    const socket = new WebSocket(`${harness.api.url.replace('http', 'ws')}/api/v1/metadata?${query}`, { headers });
    socket.on('message', (data) => texts.push(String(data)));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    sockets.push(socket);
    return texts;
  }

  it('gives another system, by its token, objects and events of its own unit as ONVIF', async () => {
    const body = { name: 'traffic-centre', unitId: 'ward-a', expiresAtMs: Date.now() + 3_600_000 };
    const { token, secret } = await admin.json<{ token: { id: string }; secret: string }>('POST', '/tokens', body, 201);
    const headers = { authorization: `Bearer ${secret}` };
    const [xml, json] = [await open('', headers), await open('as=json&cameras=cam-a', headers)];
    const [mine, theirs] = [anAlert(), anAlert({ cameraId: 'cam-b', findings: [aFinding({ cameraId: 'cam-b' })] })];
    await take(theirs);
    await take(mine);
    await waitFor(async () => {
      await publishFrame('cam-b');
      await publishFrame('cam-a');
      return [xml, json].every(
        (texts) => texts.some((text) => text.includes('VideoAnalytics')) && texts.some((text) => text.includes('AlertId')),
      );
    });
    expect(xml.find((text) => text.includes('AlertId'))).toContain('tns1:RuleEngine/CountAggregation/OccupancyCounter');
    const event = json.map((text) => JSON.parse(text)).find(({ topic }) => topic.includes('onvif-ej'));
    expect(event).toMatchObject({ topic: expect.stringMatching(/^cam-a\/onvif-ej\//), payload: { Data: { AlertId: mine.alertId } } });
    expect([...xml, ...json].join('')).not.toContain('cam-b');
    expect([...xml, ...json].join('')).not.toContain(theirs.alertId);
    expect(await tokenGrants(harness.sql, { userId: token.id }, Date.now())).toHaveLength(1);
    expect(await tokenGrants(harness.sql, { userId: token.id }, body.expiresAtMs)).toEqual([]);
    await admin.request('DELETE', `/tokens/${token.id}`);
    await waitFor(() => sockets.every(({ readyState }) => readyState === WebSocket.CLOSED));
  });
});

/** A broker that can be unplugged. */
class Broker {
  readonly received: { topic: string; payload: string }[] = [];
  #server: TcpServer | undefined;
  #aedes: Aedes | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.on('publish', ({ topic, payload }) => {
      if (!topic.startsWith('$SYS')) this.received.push({ topic, payload: payload.toString() });
    });
    this.#aedes = aedes;
    const server = createTcpServer(aedes.handle);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Takes what comes from now on and acknowledges none of it. */
  fallSilent(): void {
    if (this.#aedes)
      this.#aedes.authorizePublish = (_client, { topic, payload }) => void this.received.push({ topic, payload: payload.toString() });
  }

  /** A client may connect again in the middle of this, and must not keep the server open. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
    await new Promise<void>((resolve) => (this.#aedes ? this.#aedes.close(resolve) : resolve()));
  }

  /** Ids of the alerts whose events came. */
  alerts(): string[] {
    return this.received.filter(({ topic }) => topic.includes('/onvif-ej/')).map(({ payload }) => JSON.parse(payload).Data.AlertId);
  }
}

describe('an MQTT broker', () => {
  it('gets events in order and objects, misses none while it is away, and no violation', async () => {
    const broker = new Broker();
    await broker.start();
    const mqtt = { url: `mqtt://127.0.0.1:${broker.port}`, prefix: 'city', framesPerS: 30 };
    const [api, second] = [await harness.startApi({ mqtt }), await harness.startApi({ mqtt })];
    await waitFor(async () => (await harness.sql`SELECT 1 FROM event_cursors`).length === 1);
    const first = anAlert();
    await take(first);
    await waitFor(() => broker.alerts().length === 1);
    expect(broker.received[0]?.topic).toMatch(/^city\/cam-a\/onvif-ej\/RuleEngine\/CountAggregation\/OccupancyCounter\/&1\/1\/[\w-]+$/);
    await waitFor(async () => {
      await publishFrame('cam-a');
      return broker.received.some(({ topic }) => topic === 'city/cam-a/onvif-mj/VideoAnalytics/1/objects');
    });
    await broker.stop();
    const violation = anAlert({ kind: 'violation', type: 'red-light', findings: [aFinding({ type: 'red-light' })] });
    const missed = [anAlert(), anAlert(), anAlert()];
    for (const message of [violation, ...missed]) await take(message);
    await broker.start();
    await waitFor(() => broker.alerts().length >= 4, { timeoutMs: 20_000 });
    // At least once: what was on its way when the broker went may come twice.
    const told = broker.alerts().filter((id, index, all) => all.indexOf(id) === index);
    expect(told).toEqual([first, ...missed].map(({ alertId }) => alertId));
    await Promise.all([api.close(), second.close()]);
    await broker.stop();
  });

  it('that acknowledges nothing does not keep a closing API open', async () => {
    const broker = new Broker();
    await broker.start();
    const api = await harness.startApi({ mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, prefix: 'silent', framesPerS: 0 } });
    await waitFor(async () => (await harness.sql`SELECT 1 FROM event_cursors WHERE sink = 'mqtt:silent'`).length === 1);
    broker.fallSilent();
    const alert = anAlert();
    await take(alert);
    await waitFor(() => broker.alerts().length === 1);
    await api.close();
    await broker.stop();
    expect(broker.alerts()).toEqual([alert.alertId]);
  });
});
