import { subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { aCamera, type Client, type Harness, PASSWORD, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let ingest: FakeIngest;
let admin: Client;
beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'rules', logger: quiet });
  ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'moves', 'stays']);
  admin = await harness.client('admin');
  for (const id of ['moves', 'stays']) await admin.json('POST', '/cameras', { camera: aCamera({ id, unitId: 'ward-a' }) }, 201);
  await waitFor(async () => (await admin.request('GET', '/cameras/moves/still')).status === 200);
});
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

/** A socket, with the cameras of which something came on it. */
interface Seen {
  socket: WebSocket;
  texts: string[];
  closed: number | undefined;
}

async function open(client: Client, path: string, headers: Record<string, string> = {}): Promise<Seen> {
  const seen: Seen = { socket: client.socket(path, headers), texts: [], closed: undefined };
  seen.socket.on('message', (data) => seen.texts.push(String(data)));
  seen.socket.once('close', (code) => {
    seen.closed = code;
  });
  await new Promise((resolve, reject) => seen.socket.once('open', resolve).once('error', reject));
  return seen;
}

const publish = (cameraId: string) =>
  bus.publishJson(subjects.tracks(cameraId), { cameraId, capturedAtMs: Date.now(), tracks: [], occupancy: {}, signals: {} });

/** Waits until every socket has got a frame of `sign`, published after those of `cameraIds`; tells which cameras came on each. */
async function cameraIdsOn(sockets: Seen[], cameraIds: string[], sign: string): Promise<string[][]> {
  for (const seen of sockets) seen.texts.length = 0;
  await waitFor(() => {
    for (const id of [...cameraIds, sign]) publish(id);
    return sockets.every(({ texts }) => texts.some((text) => text.includes(`"${sign}"`)));
  });
  return sockets.map(({ texts }) => [...cameraIds, sign].filter((id) => texts.some((text) => text.includes(`"${id}"`))));
}

async function moveTo(unitId: string): Promise<void> {
  const { camera } = await admin.json<{ camera: object }>('GET', '/cameras/moves');
  await admin.json('PUT', '/cameras/moves', { camera: { ...camera, unitId } });
}

describe('open connections', () => {
  it('carry nothing of a camera that has moved to another unit, and carry it again once it is back', async () => {
    const operator = await harness.client('operator-a');
    const body = { name: 'traffic-centre', unitId: 'ward-a', expiresAtMs: Date.now() + 3_600_000 };
    const { token, secret } = await admin.json<{ token: { id: string }; secret: string }>('POST', '/tokens', body, 201);
    const bearer = { authorization: `Bearer ${secret}`, cookie: '' };
    const streams = [
      await open(operator, '/overlay'),
      await open(operator, '/overlay?cameras=moves,stays'),
      await open(operator, '/metadata', bearer),
      await open(operator, '/metadata?cameras=moves,stays', bearer),
    ];
    const [live, other] = [await open(operator, '/cameras/moves/live'), await open(operator, '/cameras/stays/live')];
    expect(await cameraIdsOn(streams, ['moves'], 'stays')).toEqual(streams.map(() => ['moves', 'stays']));

    await moveTo('ward-b');
    await waitFor(() => live.closed !== undefined);
    expect([live.closed, other.socket.readyState]).toEqual([1008, WebSocket.OPEN]);
    await waitFor(async () => (await cameraIdsOn(streams, ['moves'], 'stays')).flat().every((id) => id === 'stays'));

    await moveTo('ward-a');
    await waitFor(async () => (await cameraIdsOn(streams, ['moves'], 'stays')).every((ids) => ids.length === 2));

    await admin.json('DELETE', '/cameras/moves', undefined, 204);
    await waitFor(async () => (await cameraIdsOn(streams, ['moves'], 'stays')).flat().every((id) => id === 'stays'));
    await admin.request('DELETE', `/tokens/${token.id}`);
    await waitFor(() => streams.slice(2).every(({ closed }) => closed === 1008));
    expect(streams.slice(0, 2).map(({ closed }) => closed)).toEqual([undefined, undefined]);
    for (const { socket } of [...streams, other]) socket.close();
  });

  it('end when other rights hold, and when the session ends', async () => {
    const account = { username: 'both', displayName: 'Both', role: 'operator', unitId: 'ward-a', password: PASSWORD };
    await admin.json('POST', '/users', account, 201);
    const both = await harness.client('both');
    const paths = ['/overlay', '/alerts/stream', '/cameras/stays/live'];
    const first = await Promise.all(paths.map((path) => open(both, path)));
    await admin.json('POST', '/users/both/grants', { role: 'operator', unitId: 'ward-b' });
    await waitFor(() => first.every(({ closed }) => closed === 1008));
    const again = await Promise.all(paths.map((path) => open(both, path)));
    await both.json('DELETE', '/session', undefined, 204);
    await waitFor(() => again.every(({ closed }) => closed === 1008));
    await waitFor(() => ingest.viewers() === 0, { what: 'the connections to ingest to end' });
  });
});
