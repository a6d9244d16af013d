import { buckets, type CameraConfig, encodeLiveMessage, type LiveHeader, subjects } from '@safecity/contracts';
import { type Bus, connectBus, openSecret } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, provisionSite, setPassword } from '../src/index.js';
import { type FakeIngest, JPEG, startFakeIngest } from './fake-ingest.js';
import { aCamera, Client, type Harness, quiet, SITE, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let admin: Client;
let ingest: FakeIngest;
beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  admin = await harness.client('admin');
  ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'cam-b']);
});
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

interface Item {
  camera: CameraConfig;
  hasCredentials: boolean;
  openAlerts: number;
  status: { state: string; problem?: { code: string } } | null;
}

const OPERATOR = {
  username: 'late-operator',
  displayName: 'Late',
  role: 'operator',
  unitId: 'ward-a',
  password: 'a long password',
} as const;

async function published(id: string): Promise<CameraConfig | null> {
  const entry = await (await bus.kv(buckets.cameras)).get(id);
  return entry?.operation === 'PUT' ? entry.json<CameraConfig>() : null;
}

describe('cameras', () => {
  it('publishes provisioned cameras at the start', async () => {
    expect(await published('cam-a')).toMatchObject({ id: 'cam-a', unitId: 'ward-a', revision: 1 });
  });

  it('creates, changes and deletes with live effect, and keeps every version', async () => {
    const created = await admin.json<Item>('POST', '/cameras', { camera: aCamera({ id: 'gate-1' }) }, 201);
    expect(created).toMatchObject({
      camera: { id: 'gate-1', revision: 1, detection: { modelId: 'nanodet-g' } },
      hasCredentials: false,
      openAlerts: 0,
    });
    expect(await published('gate-1')).toMatchObject({ revision: 1 });
    const changed = await admin.json<Item>('PUT', '/cameras/gate-1', { camera: { ...created.camera, name: 'Gate' } });
    expect(changed.camera).toMatchObject({ name: 'Gate', revision: 2 });
    expect(await published('gate-1')).toMatchObject({ name: 'Gate', revision: 2 });
    await admin.json('DELETE', '/cameras/gate-1', undefined, 204);
    expect(await published('gate-1')).toBeNull();
    await admin.json('GET', '/cameras/gate-1', undefined, 404);
    const versions =
      await harness.sql`SELECT revision, deleted, changed_by FROM camera_versions WHERE camera_id = 'gate-1' ORDER BY revision`;
    expect([...versions]).toEqual([1, 2, 3].map((revision) => ({ revision, deleted: revision === 3, changed_by: 'admin' })));
    const again = await admin.json<Item>('POST', '/cameras', { camera: aCamera({ id: 'gate-1' }) }, 201);
    expect(again.camera.revision).toBe(4);
    await admin.json('DELETE', '/cameras/gate-1', undefined, 204);
    // With the id somebody of another unit would have the versions, tracks and recordings of before.
    const stranger = await harness.client('admin-b');
    const taken = aCamera({ id: 'gate-1', unitId: 'ward-b' });
    expect(await stranger.json('POST', '/cameras', { camera: taken }, 409)).toMatchObject({ code: 'API_CAMERA_EXISTS' });
    const csv = 'id,name,url,unit\ngate-1,Gate,rtsp://127.0.0.1/x,ward-b';
    const report = await stranger.json<{ rows: object[] }>('POST', '/cameras-import', { csv, apply: 'good-rows' });
    expect(report.rows).toMatchObject([{ action: 'refused', problems: [{ column: 'id' }] }]);
  });

  it('takes down when somebody said that a camera stands at a preset, and lets nobody else set that', async () => {
    const presets = [
      { id: 'gate', name: 'Cổng', taughtAtMs: 1 },
      { id: 'road', name: 'Đường' },
    ];
    const created = await admin.json<Item>('POST', '/cameras', { camera: aCamera({ id: 'ptz', presets }) }, 201);
    expect(created.camera.presets).toEqual(presets.map(({ id, name }) => ({ id, name })));
    const before = Date.now();
    const taught = await admin.json<Item>('POST', '/cameras/ptz/presets/road/taught');
    const [, road] = taught.camera.presets ?? [];
    expect(road?.taughtAtMs).toBeGreaterThanOrEqual(before);
    expect(await published('ptz')).toMatchObject({ revision: 2, presets: [{ id: 'gate' }, road] });
    const renamed = { ...taught.camera, presets: [{ id: 'road', name: 'Phố', taughtAtMs: 5 }] };
    const changed = await admin.json<Item>('PUT', '/cameras/ptz', { camera: renamed });
    expect(changed.camera.presets).toEqual([{ ...road, name: 'Phố' }]);
    const [entry] = await harness.sql`SELECT actor, subject, detail FROM audit WHERE action = 'camera.preset-taught'`;
    expect(entry).toMatchObject({ actor: 'admin', subject: 'camera:ptz', detail: { presetId: 'road', revision: 2 } });
    await admin.json('POST', '/cameras/ptz/presets/gate/taught', undefined, 404);
    const operator = await harness.client('operator-a');
    await operator.json('POST', '/cameras/ptz/presets/road/taught', undefined, 403);
    const stranger = await harness.client('admin-b');
    await stranger.json('POST', '/cameras/ptz/presets/road/taught', undefined, 404);
    await admin.json('DELETE', '/cameras/ptz', undefined, 204);
  });

  it('refuses a change that is based on an old revision', async () => {
    const { camera } = await admin.json<Item>('POST', '/cameras', { camera: aCamera({ id: 'stale' }) }, 201);
    await admin.json('PUT', '/cameras/stale', { camera });
    const answer = await admin.json<{ code: string; message: string }>('PUT', '/cameras/stale', { camera }, 409);
    expect(answer).toEqual({ code: 'API_CAMERA_STALE', message: 'the camera is at revision 2, the change was based on 1: load it again' });
    expect((await admin.json<{ code: string }>('POST', '/cameras', { camera }, 409)).code).toBe('API_CAMERA_EXISTS');
  });

  it('lets one of two changes through that come at once', async () => {
    const { camera } = await admin.json<Item>('POST', '/cameras', { camera: aCamera({ id: 'race' }) }, 201);
    const answers = await Promise.all(
      [1, 2, 3].map((n) => admin.request('PUT', '/cameras/race', { camera: { ...camera, name: `N${n}` } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('keeps the address of the sub-stream when the camera is saved as it was read', async () => {
    const source = { url: 'rtsp://192.0.2.7/main', detectUrl: 'rtsp://192.0.2.7/sub' };
    const created = await admin.json<Item>('POST', '/cameras', { camera: { ...aCamera({ id: 'two-streams' }), source } }, 201);
    expect(created.camera.source).toEqual({ ...source, transport: 'tcp' });
    const { camera } = await admin.json<Item>('GET', '/cameras/two-streams');
    await admin.json('PUT', '/cameras/two-streams', { camera: { ...camera, name: 'Two' } });
    expect(await published('two-streams')).toMatchObject({ name: 'Two', revision: 2, source });
    await admin.json('DELETE', '/cameras/two-streams', undefined, 204);
  });

  it('seals credentials for ingest and shows them to nobody', async () => {
    const credentials = { username: 'viewer', password: 'p@ss:word' };
    const created = await admin.request('POST', '/cameras', { camera: aCamera({ id: 'locked' }), credentials });
    const text = await created.text();
    expect(text).not.toContain('sealedCredentials');
    const item = JSON.parse(text) as Item;
    expect(item.hasCredentials).toBe(true);
    const sealed = (await published('locked'))?.source.sealedCredentials as string;
    expect(openSecret(harness.key, sealed)).toBe('viewer:p@ss:word');
    const kept = await admin.json<Item>('PUT', '/cameras/locked', { camera: item.camera });
    expect(kept.hasCredentials).toBe(true);
    const moved = { ...kept.camera, source: { url: 'rtsp://192.0.2.66/steal', transport: 'tcp' } };
    const refused = await admin.json<{ message: string }>('PUT', '/cameras/locked', { camera: moved }, 400);
    expect(refused.message).toContain('enter user name and password again');
    const sub = { ...kept.camera, source: { ...kept.camera.source, detectUrl: 'rtsp://192.0.2.66/steal' } };
    await admin.json('PUT', '/cameras/locked', { camera: sub }, 400);
    const removed = await admin.json<Item>('PUT', '/cameras/locked', { camera: kept.camera, credentials: null });
    expect(removed.hasCredentials).toBe(false);
    expect((await published('locked'))?.source.sealedCredentials).toBeUndefined();
  });

  it.each([
    [
      'a self-crossing zone',
      {
        zones: [
          {
            id: 'zone-1',
            name: 'Bow',
            polygon: [
              [0, 0],
              [1, 1],
              [1, 0],
              [0, 1],
            ],
          },
        ],
      },
      'crosses itself',
    ],
    ['an unknown rule', { rules: [{ id: 'r', name: 'R', type: 'teleport' }] }, 'unknown rule type "teleport"'],
    ['credentials in the address', { source: { url: 'rtsp://user:a/secret@host/1' } }, 'source/url'],
    ['a rule on a missing zone', { zones: [] }, '"zone-1" does not exist on this camera'],
    ['an unknown key', { colour: 'red' }, 'unknown key colour'],
    ['an id that is no id', { id: 'a b' }, 'id:'],
  ])('refuses %s and says where', async (_name, changes, expected) => {
    const answer = await admin.json<{ code: string; message: string }>(
      'POST',
      '/cameras',
      { camera: aCamera({ id: 'bad', ...changes }) },
      400,
    );
    expect(answer.message).toContain(expected);
    expect(answer.message).not.toContain('secret');
  });

  it('writes what is owed to NATS when it finds the bucket behind, lost or with strangers in it', async () => {
    const bucket = await bus.kv(buckets.cameras);
    await bucket.delete('cam-a');
    await bucket.put('stranger', JSON.stringify({ id: 'stranger', revision: 1 }));
    await harness.sql`UPDATE cameras SET revision = revision + 1 WHERE id = 'cam-b'`;
    const second = await harness.startApi();
    expect(await published('cam-a')).toMatchObject({ id: 'cam-a' });
    expect(await published('stranger')).toBeNull();
    expect(await published('cam-b')).toMatchObject({ revision: 2 });
    await second.close();
  });

  it('names the port that is in use and leaves nothing running', async () => {
    const port = Number(new URL(harness.api.url).port);
    await expect(harness.startApi({ port })).rejects.toMatchObject({
      code: 'API_PORT_IN_USE',
      message: `port ${port} on 127.0.0.1 is in use: stop the other program or choose another --port`,
    });
    const left = async () =>
      (
        await harness.sql`SELECT 1 FROM pg_stat_activity
      WHERE application_name = 'safecity-api' AND datname = current_database()`
      ).length;
    await waitFor(async () => (await left()) <= 11, { what: 'the connections of the refused start to end' });
  });

  it('provisions what is missing and leaves what an operator made', async () => {
    await harness.sql`UPDATE cameras SET config = jsonb_set(config, '{name}', '"Renamed"') WHERE id = 'cam-a'`;
    const options = { databaseUrl: harness.databaseUrl, keyFile: `${harness.dataDirectory}/key` };
    const result = await provisionSite({
      ...options,
      site: { ...SITE, users: [OPERATOR], cameras: [...(SITE.cameras ?? []), aCamera({ id: 'late' })] },
    });
    expect(result).toEqual({ units: [], users: ['late-operator'], destinations: [], cameras: ['late'] });
    const again = { ...OPERATOR, password: 'another password' };
    expect((await provisionSite({ ...options, site: { ...SITE, users: [again] } })).users).toEqual([]);
    await new Client(harness.api.url).login('late-operator', OPERATOR.password);
    expect((await admin.json<Item>('GET', '/cameras/cam-a')).camera.name).toBe('Renamed');
    await waitFor(() => published('late'), { what: 'the late camera in the bucket' });
  });

  it('creates the first administrator once and changes passwords', async () => {
    const { databaseUrl } = harness;
    expect(await createUser({ databaseUrl, username: 'first', role: 'administrator', onlyIfNoUsers: true })).toBeNull();
    const made = await createUser({ databaseUrl, username: 'first', role: 'administrator' });
    expect(made?.password.length).toBeGreaterThanOrEqual(20);
    const [entry] = await harness.sql`SELECT actor, detail FROM audit WHERE action = 'user.created' AND subject = 'user:first'`;
    expect(entry).toEqual({ actor: 'command-line', detail: { role: 'administrator', unitId: 'city' } });
    await expect(createUser({ databaseUrl, username: 'First', role: 'operator' })).rejects.toMatchObject({ code: 'API_USER_EXISTS' });
    await expect(setPassword({ databaseUrl, username: 'first', password: 'short' })).rejects.toMatchObject({ code: 'API_PASSWORD_WEAK' });
    await expect(setPassword({ databaseUrl, username: 'none' })).rejects.toMatchObject({ code: 'API_USER_UNKNOWN' });
  });
});

describe('a camera that is tried before it is saved', () => {
  it.each([
    ['/cameras/test', { source: { url: 'rtsp://>' } }, 'source/url'],
    ['/onvif/streams', { address: 'http://Q%' }, 'address'],
  ])('%s refuses %o, whose host cannot be read', async (path, body, name) => {
    const admin = await harness.client('admin');
    const answer = await admin.json<{ code: string; message: string }>('POST', path, body, 400);
    expect(answer).toMatchObject({ code: 'API_INVALID', message: expect.stringContaining(name) });
  });
});

describe('what comes from ingest', () => {
  it('passes pictures on, with their capture time', async () => {
    const response = await waitFor(async () => {
      const answer = await admin.request('GET', '/cameras/cam-a/still?width=640');
      return answer.status === 200 ? answer : null;
    });
    expect([response.headers.get('content-type'), response.headers.get('x-captured-at-ms')]).toEqual(['image/jpeg', '1234']);
    expect(Buffer.from(await response.arrayBuffer()).equals(JPEG)).toBe(true);
    expect(ingest.requests.at(-1)).toBe('/cameras/cam-a/still?width=640');
    const none = await admin.json<{ code: string }>('GET', '/cameras/late/still', undefined, 503);
    expect(none.code).toBe('API_NO_INGEST');
  });

  it.each(['', '?as=mpeg1'])('joins live video%s through and ends with it', async (form) => {
    const socket = admin.socket(`/cameras/cam-a/live${form}`);
    const received: Buffer[] = [];
    socket.on('message', (data: Buffer) => received.push(data));
    await waitFor(() => ingest.viewers() === 1);
    expect(ingest.requests.at(-1)).toBe(`/cameras/cam-a/live${form}`);
    const header: LiveHeader = { type: 'init', codec: 'avc1.64001f', widthPx: 640, heightPx: 360, simulated: true };
    const message = encodeLiveMessage(header, JPEG);
    ingest.live(message);
    await waitFor(() => received.length === 1);
    expect(received[0]?.equals(Buffer.from(message))).toBe(true);
    socket.close();
    await waitFor(() => ingest.viewers() === 0, { what: 'the connection to ingest to end' });
  });

  it('shows tracks and statuses of the own cameras only', async () => {
    const operator = await harness.client('operator-a');
    const socket = operator.socket('/overlay');
    const received: { kind: string; frame?: { cameraId: string }; status?: { cameraId: string } }[] = [];
    socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
    await new Promise((resolve) => socket.once('open', resolve));
    const frame = { capturedAtMs: 1, tracks: [], occupancy: {}, signals: {} };
    const status = { state: 'online', newestPictureMs: 1, atMs: Date.now(), achievedFps: 5, bitrateBps: 1, reconnects: 0 };
    await waitFor(() => {
      for (const cameraId of ['cam-b', 'cam-a']) {
        bus.publishJson(subjects.tracks(cameraId), { ...frame, cameraId });
        bus.publishJson(subjects.cameraStatus(cameraId), { ...status, cameraId });
      }
      return received.some(({ kind }) => kind === 'tracks') && received.some(({ kind }) => kind === 'status');
    });
    expect(new Set(received.map((message) => message.frame?.cameraId ?? message.status?.cameraId))).toEqual(new Set(['cam-a']));
    expect((await admin.json<Item>('GET', '/cameras/cam-a')).status).toMatchObject({ state: 'online' });
    socket.close();
  });
});
