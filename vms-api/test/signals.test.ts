import { ControllerMessage, matches, subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let gateway: Client;
const heard: { subject: string; message: unknown }[] = [];

const told = { sentAtMs: 1_780_000_000_000, groups: [{ group: 'north', state: 'red', sinceMs: 1_779_999_999_000 }] };
const lamps = [{ state: 'red', region: [0.1, 0.1, 0.2, 0.2] }];
const controller = (controllerId: string) => ({ kind: 'controller', controllerId, group: 'north' });

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  bus.nc.subscribe(subjects.allControllers, {
    callback: (_error, { subject, data }) => heard.push({ subject, message: JSON.parse(new TextDecoder().decode(data)) }),
  });
  await bus.nc.flush();
  const admin = await harness.client('admin');
  const camera = (id: string, unitId: string, signal: object) =>
    admin.json('POST', '/cameras', { camera: aCamera({ id, unitId, signals: [{ id: 's', name: 's', ...signal }] }) }, 201);
  await camera('cam-north', 'ward-a', { source: controller('junction-1') });
  await camera('cam-south', 'ward-a', { source: { kind: 'picture', lamps }, check: controller('junction-2') });
  await camera('cam-border', 'ward-b', { source: controller('junction-3') });
  await camera('cam-border-a', 'ward-a', { source: controller('junction-3') });
  gateway = await harness.client('gateway');
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

describe('states that a controller tells by HTTP', () => {
  it.each(['junction-1', 'junction-2'])('go out as the message that others send on NATS: %s', async (id) => {
    await gateway.json('POST', `/signals/${id}`, told, 204);
    const sent = await waitFor(() => heard.find(({ subject }) => subject === `signals.controller.v1.${id}`));
    expect(sent.message).toEqual({ controllerId: id, ...told });
    expect(matches(ControllerMessage, sent.message)).toBe(true);
  });

  it('go on when somebody of another unit names their controller: the camera is refused', async () => {
    const stranger = await harness.client('admin-b');
    const signals = [{ id: 's', name: 's', source: controller('junction-1') }];
    const answer = await stranger.json('POST', '/cameras', { camera: aCamera({ id: 'cam-silencer', unitId: 'ward-b', signals }) }, 403);
    expect(answer).toMatchObject({ code: 'API_FORBIDDEN', message: expect.stringContaining('"junction-1"') });
    await gateway.json('POST', '/signals/junction-1', told, 204);
    const border = { ...aCamera({ id: 'cam-border', unitId: 'ward-b', signals: [{ ...signals[0], source: controller('junction-3') }] }) };
    await stranger.json('PUT', '/cameras/cam-border', { camera: { ...border, revision: 1 } });
  });

  it.each([
    { name: 'a controller that no camera names', path: '/signals/junction-9', body: told, status: 404 },
    { name: 'one on which a camera of another unit rests too', path: '/signals/junction-3', body: told, status: 404 },
    { name: 'no states', path: '/signals/junction-1', body: { ...told, groups: [] }, status: 400 },
    {
      name: 'a state that there is not',
      path: '/signals/junction-1',
      body: { ...told, groups: [{ group: 'north', state: 'blue' }] },
      status: 400,
    },
    { name: 'an id that is no part of a subject', path: '/signals/a.b', body: told, status: 400 },
  ])('are refused for $name', async ({ path, body, status }) => {
    const before = heard.length;
    expect((await gateway.request('POST', path, body)).status).toBe(status);
    await bus.nc.flush();
    expect(heard.length).toBe(before);
  });

  it('come from a gateway, which sees nothing, or an administrator, and nobody else', async () => {
    expect((await gateway.request('GET', '/cameras')).status).toBe(403);
    expect((await (await harness.client('operator-a')).request('POST', '/signals/junction-1', told)).status).toBe(403);
    expect((await (await harness.client('admin')).request('POST', '/signals/junction-3', told)).status).toBe(204);
  });
});
