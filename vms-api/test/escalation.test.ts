import type { AlertMessage } from '@safecity/contracts';
import { connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert, AlertDetail } from '../src/alerts/alert-schemas.js';
import { Dispatcher } from '../src/dispatch/dispatcher.js';
import type { EscalationOverview, EscalationSettings } from '../src/escalation/escalation-schemas.js';
import { DEFAULT_AFTER_SECONDS } from '../src/escalation/escalation-settings.js';
import { EscalationWorker } from '../src/escalation/escalation-worker.js';
import { anAlert, nextRevision } from '../src/testing/builders.js';
import { Follower } from './follower.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';
import { addDestination, Inbox } from './inbox.js';

let harness: Harness;
let operator: Client;
let admin: Client;
let nowMs: number;
let workers: EscalationWorker[];
beforeAll(async () => {
  harness = await startHarness();
  [operator, admin] = await Promise.all([harness.client('operator-a'), harness.client('admin')]);
  const options = { sql: harness.sql, logger: quiet, nowMs: () => nowMs, onDeliveries: () => undefined };
  // Two processes on one database.
  workers = [new EscalationWorker(options), new EscalationWorker(options)];
});
afterAll(() => harness?.stop());
beforeEach(async () => {
  nowMs = Date.now();
  await harness.sql`UPDATE alerts SET state = 'acknowledged'`;
  await harness.sql`DELETE FROM escalation_settings`;
});

async function raised(changes: Partial<AlertMessage> = {}): Promise<AlertMessage> {
  const message = anAlert({ severity: 'critical', ...changes });
  await takeAlert(harness.sql, message, nowMs);
  return message;
}
/** So many seconds pass, and both processes look. */
async function pass(seconds: number): Promise<number> {
  nowMs += seconds * 1000;
  const taken = await Promise.all(workers.map((worker) => worker.escalateDue()));
  return taken.reduce((sum, count) => sum + count, 0);
}
const detail = ({ alertId }: AlertMessage) => admin.json<AlertDetail>('GET', `/alerts/${alertId}`);
const levelOf = async (message: AlertMessage) => (await detail(message)).escalationLevel;
const never = { critical: [], high: [], medium: [], low: [] };
const set = <T = EscalationSettings>(unitId: string, body: object, status = 200, by = admin) =>
  by.json<T>('PUT', `/units/${unitId}/escalation`, { afterSeconds: never, destinationId: null, ...body }, status);

describe('an alert that nobody acknowledges', () => {
  it.each([
    { severity: 'critical', levels: [0, 1, 1, 2, 2] },
    { severity: 'high', levels: [0, 0, 0, 1, 2] },
    { severity: 'medium', levels: [0, 0, 0, 0, 0] },
    { severity: 'low', levels: [0, 0, 0, 0, 0] },
  ] as const)('of severity $severity is escalated in its time', async ({ severity, levels }) => {
    const message = await raised({ severity });
    const seen: number[] = [];
    // After 59.999 s, 60 s, 179.999 s, 180 s and 600 s.
    for (const seconds of [59.999, 0.001, 119.999, 0.001, 420]) {
      await pass(seconds);
      seen.push(await levelOf(message));
    }
    expect(seen).toEqual(levels);
  });

  it('is escalated once a level though two processes look at the same time, and the stream carries it', async () => {
    const messages = await Promise.all(Array.from({ length: 20 }, () => raised()));
    const follower = new Follower(operator, (await detail(messages[0] as AlertMessage)).eventId - 1);
    await follower.opened();
    expect(await pass(60)).toBe(20);
    expect(await pass(1)).toBe(0);
    const marked = await waitFor(() => {
      const found = follower.alerts.filter(({ escalationLevel }) => escalationLevel === 1);
      return found.length >= 20 ? found : null;
    });
    follower.close();
    expect(new Set(marked.map(({ id }) => id))).toEqual(new Set(messages.map(({ alertId }) => alertId)));
    expect(marked.every(({ escalatedAtMs }) => escalatedAtMs === nowMs - 1000)).toBe(true);
    const { history } = await detail(messages[0] as AlertMessage);
    expect(history.map(({ actor, action }) => [actor, action])).toEqual([
      ['system', 'raised'],
      ['system', 'escalated'],
    ]);
    const { alerts } = await operator.json<{ alerts: Alert[] }>('GET', '/alerts?escalated=true&limit=500');
    expect(alerts.length).toBe(20);
  });

  it('ends with the acknowledgement, and begins anew when it must be looked at again', async () => {
    const message = await raised({ severity: 'high' });
    await operator.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    expect(await pass(3600)).toBe(0);
    await takeAlert(harness.sql, nextRevision(message, { severity: 'critical' }), nowMs);
    expect(await pass(59)).toBe(0);
    expect(await pass(1)).toBe(1);
    await operator.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    const { alerts } = await operator.json<{ alerts: Alert[] }>('GET', '/alerts?escalated=true&limit=500');
    expect(alerts).toEqual([]);
    expect(await pass(3600)).toBe(0);
  });

  it.each([
    ['a violation', { kind: 'violation', type: 'red-light' }],
    ['one that is told with another', { mergedInto: '00000000-0000-4000-8000-000000000000' }],
  ] as const)('is not escalated when it is %s', async (_name, changes) => {
    await raised(changes);
    expect(await pass(3600)).toBe(0);
  });
});

describe('the second level', () => {
  it('tells a destination: an alert to one that has none, an update to one that has it', async () => {
    const inbox = new Inbox();
    await inbox.start();
    const bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
    const dispatch = new Dispatcher({ sql: harness.sql, bus, key: harness.key, logger: quiet, nowMs: () => nowMs, pollMs: 50 });
    dispatch.start();
    await addDestination(harness.sql, 'city-desk', inbox.url, { kinds: ['incident', 'security'] });
    await set('city', { afterSeconds: { ...never, critical: [10, 20] }, destinationId: 'city-desk' });
    const known = await raised();
    await harness.sql`UPDATE destinations SET enabled = false`;
    const unknown = await raised();
    const camera = await raised({ kind: 'camera', type: 'camera-offline' });
    await harness.sql`UPDATE destinations SET enabled = true`;
    await pass(10);
    expect(await pass(10)).toBe(3);
    const messages = await waitFor(() => (inbox.taken().length === 3 ? inbox.taken() : null));
    await dispatch.close();
    await bus.close();
    await inbox.stop();
    const of = ({ alertId }: AlertMessage) => messages.filter(({ incidents }) => incidents[0] === alertId);
    expect(of(known).map(({ msgType }) => msgType)).toEqual(['Alert', 'Update']);
    expect(of(unknown).map(({ msgType }) => msgType)).toEqual(['Alert']);
    expect(of(camera)).toEqual([]);
    expect(of(unknown)[0]?.infos[1]?.description).toContain('No operator has acknowledged it for 20 s.');
    expect((await detail(unknown)).history.at(-1)).toMatchObject({ action: 'escalated-again', object: 'CITY-DESK' });
    expect((await detail(camera)).history.at(-1)).toMatchObject({ action: 'escalated-again', object: null });
  });
});

describe('settings', () => {
  it('hold below the unit until a unit further down says otherwise', async () => {
    await set('city', { afterSeconds: { ...never, low: [5] } });
    await set('ward-b', { afterSeconds: { ...never, low: [15] } });
    const [a, b] = [await raised({ severity: 'low' }), await raised({ severity: 'low', cameraId: 'cam-b' })];
    await pass(5);
    expect([await levelOf(a), await levelOf(b)]).toEqual([1, 0]);
    await pass(10);
    expect([await levelOf(a), await levelOf(b)]).toEqual([1, 1]);
    const read = (unitId: string) => admin.json<EscalationSettings>('GET', `/units/${unitId}/escalation`);
    expect(await read('ward-a')).toMatchObject({ fromUnitId: 'city', changedBy: 'admin', afterSeconds: { low: [5] } });
    const overview = async (by: Client) => (await by.json<EscalationOverview>('GET', '/escalation')).units;
    const none = { critical: 0, high: 0, medium: 0 };
    expect(await overview(admin)).toEqual([
      expect.objectContaining({ unitId: 'city', fromUnitId: 'city', waiting: { ...none, low: 0 }, escalated: { ...none, low: 0 } }),
      expect.objectContaining({ unitId: 'ward-a', fromUnitId: 'city', waiting: { ...none, low: 1 }, escalated: { ...none, low: 1 } }),
      expect.objectContaining({
        unitId: 'ward-b',
        fromUnitId: 'ward-b',
        waiting: { ...none, low: 1 },
        afterSeconds: { ...never, low: [15] },
      }),
    ]);
    expect((await overview(await harness.client('admin-b'))).map(({ unitId }) => unitId)).toEqual(['ward-b']);
    expect(await admin.json('DELETE', '/units/ward-b/escalation')).toMatchObject({ fromUnitId: 'city' });
    await admin.json('DELETE', '/units/city/escalation?reason=as+before');
    expect(await read('ward-b')).toMatchObject({ fromUnitId: null, afterSeconds: DEFAULT_AFTER_SECONDS });
    expect(await overview(admin)).toContainEqual(expect.objectContaining({ unitId: 'ward-a', fromUnitId: null, changedBy: null }));
    const audit = await harness.sql`SELECT subject, detail FROM audit WHERE action = 'escalation.changed' ORDER BY seq DESC LIMIT 2`;
    expect(audit.map(({ subject }) => subject)).toEqual(['unit:city', 'unit:ward-b']);
    expect(audit[0]).toMatchObject({ detail: { inherits: true, reason: 'as before' } });
  });

  it('are refused when they cannot be meant', async () => {
    const message = 'the second level must come after the first';
    expect(await set('city', { afterSeconds: { ...never, high: [60, 60] } }, 400)).toEqual({
      code: 'API_INVALID',
      message: `afterSeconds/high/1: ${message}`,
      problems: [{ path: 'afterSeconds/high/1', code: 'level-order', message }],
    });
    const short = await set<{ problems: object[] }>('city', { reason: 'x' }, 400);
    expect(short.problems).toMatchObject([{ path: 'reason', code: 'minLength', params: { limit: 3 } }]);
    await set('city', { afterSeconds: { ...never, high: [1, 2, 3] } }, 400);
    await set('city', { afterSeconds: { critical: [1] } }, 400);
    await set('city', { destinationId: 'nowhere' }, 404);
    await set('ward-a', {}, 403, operator);
    await set('ward-a', {}, 404, await harness.client('admin-b'));
  });
});
