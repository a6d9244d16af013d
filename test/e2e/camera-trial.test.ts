import {
  type CameraSimulator,
  generateClip,
  type OfferedProfile,
  type RunningOnvifDevice,
  startCameraSimulator,
  startOnvifDevice,
} from '@safecity/fixtures';
import { type RunningWorker, startIngestWorker } from '@safecity/ingest';
import { type Bus, CameraNetworks, connectBus } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, type Client, type Harness, quiet, SITE, startHarness } from '../../vms-api/test/harness.js';

const directory = temporaryDirectory('trial');
const PASSWORD = 'p4ss-of-the-camera';
const credentials = { username: 'viewer', password: PASSWORD };
let harness: Harness;
let bus: Bus;
let worker: RunningWorker;
let simulator: CameraSimulator;
let device: RunningOnvifDevice;
let admin: Client;
beforeAll(async () => {
  const clip = await generateClip({ durationS: 4, fps: 10, gopS: 1, directory: directory.path });
  simulator = await startCameraSimulator({ cameras: [{ path: 'gate', clip, credentials }, { path: 'wall', clip }] }); // biome-ignore format: two cameras
  const profile: OfferedProfile = {
    ...{ token: 'main', name: 'Main', url: simulator.url('gate'), codec: 'H264' },
    ...{ widthPx: 640, heightPx: 360, fps: 10 },
  };
  device = await startOnvifDevice({ profiles: [profile], credentials });
  harness = await startHarness({ ...SITE, cameras: [] });
  admin = await harness.client('admin');
  bus = await connectBus({ url: harness.natsUrl, name: 'ingest-1', logger: quiet });
  worker = await startIngestWorker({
    ...{ bus, key: harness.key, dataDir: directory.path, workerId: 'ingest-1', transcodes: 0, logger: quiet },
    inference: { model: () => null, infer: () => Promise.reject(new Error('not asked for')) },
    pipeline: { session: { networks: CameraNetworks.parse('127.0.0.1/32') } },
  });
});
afterAll(async () => {
  await worker?.close();
  await bus?.close();
  await device?.close();
  await simulator?.close();
  await harness?.stop();
  directory.remove();
});

type Result = { ok: boolean; problem?: { code: string }; jpegBase64?: string };
const tryCamera = (body: object, status = 200) => admin.json<Result>('POST', '/cameras/test', body, status);

describe('a camera that is tried before it is saved', () => {
  it('is found by ONVIF, connected, shown, saved, and its view kept', async () => {
    const asked = { address: device.address, credentials };
    await waitFor(async () => (await admin.request('POST', '/onvif/streams', asked)).status === 200, { what: 'ingest to be announced' });
    const { profiles } = await admin.json<{ profiles: OfferedProfile[] }>('POST', '/onvif/streams', asked);
    expect(profiles).toMatchObject([{ name: 'Main', url: simulator.url('gate'), fps: 10 }]);
    const source = { url: profiles[0]?.url as string };
    const good = await tryCamera({ source, credentials });
    expect(good).toMatchObject({ ok: true, family: 'h264', fps: 10, gopMs: 1000 });
    expect(Buffer.from(good.jpegBase64 ?? '', 'base64').subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    await admin.json('POST', '/cameras', { camera: aCamera({ id: 'gate', source }), credentials }, 201);
    // Now its stored password is used, for its own host.
    expect(await tryCamera({ cameraId: 'gate' })).toMatchObject({ ok: true });
    await waitFor(async () => (await admin.request('PUT', '/cameras/gate/reference-picture')).status === 200, {
      timeoutMs: 15_000,
      what: 'a picture of the camera',
    });
    const item = await admin.json<{ referencePicture: object; camera: object }>('GET', '/cameras/gate');
    expect(item.referencePicture).toMatchObject({ takenBy: 'admin' });
    expect((await admin.request('GET', '/cameras/gate/reference-picture')).headers.get('content-type')).toBe('image/jpeg');
    const masked = { ...item.camera, privacyMasks: [{ id: 'm', name: 'M', polygon: [[0, 0], [0.1, 0], [0, 0.1]] }] }; // biome-ignore format: three corners
    expect(await admin.json('PUT', '/cameras/gate', { camera: masked })).toMatchObject({ referencePicture: null });
    await admin.json('GET', '/cameras/gate/reference-picture', undefined, 404);
  });

  it('tells what is wrong by code, and no password', async () => {
    const answers = await Promise.all([
      tryCamera({ source: { url: simulator.url('gate') }, credentials: { username: 'viewer', password: `${PASSWORD}-wrong` } }),
      tryCamera({ source: { url: 'rtsp://10.1.2.3/x' } }),
      admin.json<Result>('POST', '/onvif/streams', { address: 'http://169.254.169.254/latest', credentials }),
    ]);
    expect(answers.map(({ problem }) => problem?.code)).toEqual([
      'INGEST_CAMERA_UNAUTHORIZED',
      'INGEST_CAMERA_ADDRESS_REFUSED',
      'INGEST_CAMERA_ADDRESS_REFUSED',
    ]);
    const log = await harness.sql`SELECT payload FROM audit WHERE payload LIKE '%camera.tested%' OR payload LIKE '%onvif.asked%'`;
    expect(log.length).toBeGreaterThan(4);
    expect(JSON.stringify([answers, [...log]])).not.toContain(PASSWORD);
  });

  it('keeps the stored password from another host', async () => {
    const tried = await tryCamera({ cameraId: 'gate', source: { url: simulator.url('gate').replace('127.0.0.1', 'localhost') } });
    expect(tried.ok).toBe(false);
    await tryCamera({}, 400);
    await tryCamera({ cameraId: 'gate', stream: 'sub' }, 400);
    await tryCamera({ source: { url: 'file:///etc/passwd' } }, 400);
    await (await harness.client('admin-b')).json('POST', '/cameras/test', { cameraId: 'gate' }, 404);
    await (await harness.client('operator-a')).json('POST', '/cameras/test', { cameraId: 'gate' }, 403);
  });

  it('is refused by the API already where the API knows the networks', async () => {
    const api = await harness.startApi({ cameraNetworks: CameraNetworks.parse('10.0.0.0/8') });
    const ask = (path: string, body: object) => admin.at(api.url).json<Result>('POST', path, body);
    const answers = [
      await ask('/cameras/test', { source: { url: simulator.url('wall') } }),
      await ask('/onvif/streams', { address: device.address }),
    ];
    await api.close();
    expect(answers.map(({ problem }) => problem?.code)).toEqual(['INGEST_CAMERA_ADDRESS_REFUSED', 'INGEST_CAMERA_ADDRESS_REFUSED']);
  });

  it('waits for its turn', async () => {
    const statuses = await Promise.all(
      Array.from(
        { length: 5 },
        async () => (await admin.request('POST', '/cameras/test', { source: { url: simulator.url('wall') } })).status,
      ),
    );
    expect(statuses.sort()).toEqual([200, 200, 200, 429, 429]);
  });
});
