import type { CameraConfig } from '@safecity/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, type Client, type Harness, SITE, startHarness } from './harness.js';

let harness: Harness;
let admin: Client;
beforeAll(async () => {
  harness = await startHarness({ ...SITE, cameras: [] });
  admin = await harness.client('admin');
});
afterAll(() => harness?.stop());

interface Item {
  camera: CameraConfig;
  hasCredentials: boolean;
  certificate: string;
  lastChange: { by: string } | null;
}
interface Version {
  revision: number;
  name: string;
  deleted: boolean;
  changedBy: string;
  address: string | null;
  comment: string | null;
  credentials: string;
  restoredFrom: number | null;
}
interface Difference {
  credentialsChanged: boolean;
  differences: { path: string; before?: unknown; after?: unknown }[];
}

const SECRET = 'p4ss-w0rd-of-the-camera';
const add = (id: string, changes: object = {}, more: object = {}) =>
  admin.json<Item>('POST', '/cameras', { camera: aCamera({ id, ...changes }), ...more }, 201);
const versionsOf = async (id: string, client = admin) =>
  (await client.json<{ versions: Version[] }>('GET', `/cameras/${id}/versions`)).versions;

describe('versions of a camera', () => {
  it('keep who, when, from where and why, and what differs, but no secret', async () => {
    const { camera } = await add('v-1', {}, { comment: 'first' });
    const credentials = { username: 'viewer', password: SECRET };
    const [zone] = camera.zones;
    const lane = { id: 'lane-1', name: 'Lane', polygon: zone?.polygon, direction: [[0.1, 0.1], [0.9, 0.9]] }; // biome-ignore format: two points
    const changed = { ...camera, name: 'Gate', lanes: [lane], groups: ['Cổng'], directionDegrees: 90 };
    const saved = await admin.json<Item>('PUT', '/cameras/v-1', { camera: changed, credentials, comment: 'moved' });
    expect(saved).toMatchObject({ certificate: 'absent', lastChange: { by: 'admin' } });
    expect(await versionsOf('v-1')).toMatchObject([
      { revision: 2, name: 'Gate', changedBy: 'admin', address: '127.0.0.1', comment: 'moved', credentials: 'set', deleted: false },
      { revision: 1, name: 'Camera v-1', comment: 'first', credentials: 'kept', restoredFrom: null },
    ]);
    const text = await (await admin.request('GET', '/cameras/v-1/versions/2/differences?from=1')).text();
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text) as Difference).toEqual({
      from: 1,
      to: 2,
      credentialsChanged: true,
      differences: [
        { path: 'directionDegrees', after: 90 },
        { path: 'groups', after: ['Cổng'] },
        { path: 'lanes/lane-1', after: lane },
        { path: 'name', before: 'Camera v-1', after: 'Gate' },
      ],
    });
    const version = await admin.json<{ camera: CameraConfig }>('GET', '/cameras/v-1/versions/1');
    expect(version.camera).toMatchObject({ name: 'Camera v-1', revision: 1 });
    const stored = await harness.sql`SELECT config::text FROM camera_versions UNION ALL SELECT payload FROM audit`;
    expect(JSON.stringify([...stored])).not.toContain(SECRET);
  });

  it('come back as a new version, and the credentials stay at their host', async () => {
    const credentials = { username: 'viewer', password: SECRET };
    const { camera } = await add('v-2', {}, { credentials });
    await admin.json('PUT', '/cameras/v-2', { camera: { ...camera, name: 'Second' } });
    const stale = await admin.json<{ code: string }>('POST', '/cameras/v-2/versions/1/restore', { revision: 1 }, 409);
    expect(stale.code).toBe('API_CAMERA_STALE');
    const restored = await admin.json<Item>('POST', '/cameras/v-2/versions/1/restore', { revision: 2, comment: 'undo' });
    expect(restored).toMatchObject({ camera: { name: 'Camera v-2', revision: 3 }, hasCredentials: true });
    expect((await versionsOf('v-2'))[0]).toMatchObject({ revision: 3, restoredFrom: 1, comment: 'undo', credentials: 'kept' });
    const moved = { ...restored.camera, source: { url: 'rtsp://192.0.2.9/other', transport: 'tcp' } };
    await admin.json('PUT', '/cameras/v-2', { camera: moved, credentials: null });
    const back = await admin.json<Item>('POST', '/cameras/v-2/versions/3/restore', { revision: 4 });
    expect(back).toMatchObject({ camera: { source: { url: 'rtsp://127.0.0.1:8554/cam1' } }, hasCredentials: false });
  });

  it('cannot come back when what is checked today refuses them', async () => {
    await add('v-3');
    await harness.sql`UPDATE camera_versions SET config = jsonb_set(config, '{rules,0,type}', '"telepathy"') WHERE camera_id = 'v-3'`;
    const refused = await admin.json<{ code: string; message: string }>('POST', '/cameras/v-3/versions/1/restore', { revision: 1 }, 409);
    expect(refused).toMatchObject({
      code: 'API_CAMERA_VERSION_INVALID',
      message: expect.stringContaining('rules/0/type: unknown rule type'),
    });
    expect(await admin.json('GET', '/cameras/v-3/versions/1')).toMatchObject({ camera: { rules: [{ type: 'telepathy' }] } });
    await admin.json('GET', '/cameras/v-3/versions/9', undefined, 404);
    await admin.json('POST', '/cameras/v-3/versions/9/restore', { revision: 1 }, 404);
  });

  it('outlive the camera, which can be brought back', async () => {
    await add('v-4', {}, { credentials: { username: 'u', password: SECRET } });
    await admin.json('DELETE', `/cameras/v-4?comment=${encodeURIComponent('gỡ xuống')}`, undefined, 204);
    const { cameras } = await admin.json<{ cameras: (Version & { cameraId: string })[] }>('GET', '/deleted-cameras');
    expect(cameras).toMatchObject([{ cameraId: 'v-4', revision: 2, comment: 'gỡ xuống', credentials: 'removed' }]);
    expect(await versionsOf('v-4')).toHaveLength(2);
    const back = await admin.json<Item>('POST', '/cameras/v-4/versions/1/restore', { revision: 2 });
    expect(back).toMatchObject({ camera: { revision: 3 }, hasCredentials: false });
    expect((await admin.json<{ cameras: unknown[] }>('GET', '/deleted-cameras')).cameras).toEqual([]);
  });

  it('are seen by the unit of then and the unit of now, and by nobody else', async () => {
    const { camera } = await add('v-5', { unitId: 'ward-a' });
    await admin.json('PUT', '/cameras/v-5', { camera: { ...camera, unitId: 'ward-b' } });
    const [before, now] = [await harness.client('operator-a'), await harness.client('admin-b')];
    expect((await versionsOf('v-5', before)).map(({ revision, address }) => [revision, address])).toEqual([[1, null]]);
    expect((await versionsOf('v-5', now)).map(({ revision }) => revision)).toEqual([2, 1]);
    await before.json('GET', '/cameras/v-5/versions/2', undefined, 404);
    await (await harness.client('operator-b')).json('POST', '/cameras/v-5/versions/1/restore', { revision: 2 }, 403);
    await now.json('POST', '/cameras/v-5/versions/1/restore', { revision: 2 }, 404);
    await add('v-6', { unitId: 'ward-b' });
    await before.json('GET', '/cameras/v-6/versions', undefined, 404);
  });
});
