import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert } from '../src/alerts/alert-schemas.js';
import type { RunningApi } from '../src/api.js';
import type { CameraFlag } from '../src/flags/flag-schemas.js';
import { anAlert, nextRevision } from '../src/testing/builders.js';
import { aCamera, type Client, type Harness, SITE, startHarness } from './harness.js';

const MINUTE_MS = 60_000;

let harness: Harness;
let api: RunningApi;
let nowMs = Date.parse('2026-11-28T14:30:00+07:00');
const as = async (username: string): Promise<Client> => (await harness.client(username)).at(api.url);

beforeAll(async () => {
  harness = await startHarness({
    ...SITE,
    units: [...SITE.units, { id: 'block-a', parentId: 'ward-a', name: 'Block A' }],
    cameras: [...(SITE.cameras ?? []), aCamera({ id: 'cam-block', unitId: 'block-a' })],
  });
  // Sessions were opened by the clock of the wall; they outlive a test that begins at the same time.
  nowMs = Math.max(nowMs, Date.now());
  api = await harness.startApi({ nowMs: () => nowMs });
});
afterAll(async () => {
  await api?.close();
  await harness?.stop();
});

const flag = async (cameraId: string, minutes: number, username = 'operator-a', status = 201) =>
  (await as(username)).json<CameraFlag>(
    'POST',
    `/cameras/${cameraId}/flags`,
    { reason: 'Đám đông tụ tập', untilMs: nowMs + minutes * MINUTE_MS },
    status,
  );
const listed = async (username: string, query = '') =>
  (await (await as(username)).json<{ flags: CameraFlag[]; shiftEndsMs: number }>('GET', `/flags${query}`)).flags;
const idsOf = async (username: string, query = '') => (await listed(username, query)).map(({ id }) => id);

describe('a camera that a person flags', () => {
  it('says why, by whom and until when, and goes by itself; its history stays', async () => {
    const set = await flag('cam-a', 15);
    expect(set).toMatchObject({
      ...{ cameraId: 'cam-a', cameraName: 'Camera cam-a', source: 'person', setBy: 'operator-a', active: true, alert: null },
      ...{ fromMs: nowMs, untilMs: nowMs + 15 * MINUTE_MS, reason: { vi: 'Đám đông tụ tập', en: 'Đám đông tụ tập' } },
    });
    nowMs += 15 * MINUTE_MS - 1;
    expect(await idsOf('operator-a')).toContain(set.id);
    nowMs += 1;
    expect(await idsOf('operator-a')).not.toContain(set.id);
    expect(await listed('operator-a', '?over=true&cameraId=cam-a')).toMatchObject([{ id: set.id, active: false, liftedBy: null }]);
    await (await as('operator-a')).json('POST', `/flags/${set.id}/lift`, {}, 409);
  });

  it('is unflagged by hand by a colleague, and both stand in the audit log', async () => {
    const { id } = await flag('cam-a', 60);
    const lifted = await (await as('lead-a')).json<CameraFlag>('POST', `/flags/${id}/lift`, {});
    expect(lifted).toMatchObject({ active: false, liftedBy: 'lead-a', untilMs: nowMs });
    const audit = await harness.sql`SELECT actor, action FROM audit WHERE detail ->> 'flagId' = ${id} ORDER BY seq`;
    expect([...audit]).toEqual([
      { actor: 'operator-a', action: 'camera.flagged' },
      { actor: 'lead-a', action: 'camera.unflagged' },
    ]);
  });

  it('is marked for its unit and those above, not beside', async () => {
    const [own, sub, sibling] = [await flag('cam-a', 60), await flag('cam-block', 60), await flag('cam-b', 60, 'operator-b')];
    const mine = [own.id, sub.id, sibling.id];
    const seenBy = async (username: string) => (await idsOf(username)).filter((id) => mine.includes(id)).sort();
    expect(await seenBy('operator-a')).toEqual([own.id, sub.id].sort());
    expect(await seenBy('operator-b')).toEqual([sibling.id]);
    expect(await seenBy('eoc')).toEqual([...mine].sort());
    await (await as('operator-b')).json('POST', `/flags/${own.id}/lift`, {}, 404);
  });

  it.each([
    { name: 'of another unit', cameraId: 'cam-b', minutes: 5, username: 'operator-a', status: 404 },
    { name: 'by the emergency centre', cameraId: 'cam-a', minutes: 5, username: 'eoc', status: 403 },
    { name: 'until a moment that has passed', cameraId: 'cam-a', minutes: 0, username: 'operator-a', status: 400 },
    { name: 'for more than 30 days', cameraId: 'cam-a', minutes: 30 * 24 * 60 + 1, username: 'operator-a', status: 400 },
  ])('$name is refused: $status', async ({ cameraId, minutes, username, status }) => {
    await flag(cameraId, minutes, username, status);
  });

  it('is heard of by every open console, without a word about it', async () => {
    const socket = (await as('operator-a')).socket('/alerts/stream');
    const heard = new Promise((resolve) => socket.once('message', (bytes) => resolve(JSON.parse(String(bytes)))));
    await new Promise((resolve) => socket.once('open', resolve));
    await flag('cam-b', 1, 'operator-b');
    expect(await heard).toEqual({ changed: 'flags' });
    socket.close();
  });
});

describe('a grave alert', () => {
  it('marks its camera until it is handled and over', async () => {
    const message = anAlert({ cameraId: 'cam-a', severity: 'critical' });
    const take = (changes: object) => takeAlert(harness.sql, { ...message, ...changes }, nowMs);
    await take({});
    const client = await as('operator-a');
    const marks = async () => (await client.json<Alert>('GET', `/alerts/${message.alertId}`)).flagsCamera;
    expect(await listed('operator-a', '?cameraId=cam-a')).toContainEqual(
      expect.objectContaining({ id: message.alertId, source: 'alert', untilMs: null, setBy: null, reason: message.reason.text }),
    );
    await client.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    expect([await marks(), (await idsOf('operator-a')).includes(message.alertId)]).toEqual([true, true]);
    await take(nextRevision(message, { phase: 'closed', endMs: message.updatedMs }));
    expect([await marks(), (await idsOf('operator-a')).includes(message.alertId)]).toEqual([false, false]);
  });

  it('of medium severity marks nothing', async () => {
    const message = anAlert({ cameraId: 'cam-a', severity: 'medium' });
    await takeAlert(harness.sql, message, nowMs);
    expect(await idsOf('operator-a')).not.toContain(message.alertId);
  });
});

it('the end of the shift is told with the flags', async () => {
  const { shiftEndsMs } = await (await as('operator-a')).json<{ shiftEndsMs: number }>('GET', '/flags');
  expect(shiftEndsMs).toBeGreaterThan(nowMs);
  expect(shiftEndsMs).toBeLessThanOrEqual(nowMs + 8 * 60 * MINUTE_MS);
});
