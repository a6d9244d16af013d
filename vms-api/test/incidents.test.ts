import { type AlertMessage, type AlertSplit, buckets } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockAlert } from '../src/alerts/alert-clock.js';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert, AlertDetail } from '../src/alerts/alert-schemas.js';
import { aFinding, anAlert, nextRevision } from '../src/testing/builders.js';
import { aCamera, type Client, type Harness, quiet, SITE, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
beforeAll(async () => {
  harness = await startHarness({ ...SITE, cameras: [...(SITE.cameras ?? []), aCamera({ id: 'cam-a2', unitId: 'ward-a' })] });
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

const take = (message: AlertMessage) => takeAlert(harness.sql, message, Date.now());
const detail = ({ alertId }: AlertMessage) => operator.json<AlertDetail>('GET', `/alerts/${alertId}`);

/** One incident that two cameras see, as rules tells it. */
async function merged(): Promise<{ home: AlertMessage; other: AlertMessage }> {
  const home = anAlert({ type: 'collision', severity: 'critical' });
  const other = anAlert({ type: 'collision', severity: 'critical', cameraId: 'cam-a2', mergedInto: home.alertId });
  await take(home);
  await take(other);
  const together = nextRevision(home, { attached: [{ alertId: other.alertId, cameraId: 'cam-a2' }] });
  await take(together);
  return { home: together, other };
}

describe('an incident of two cameras', () => {
  it('is one row, and its page has what the other camera saw', async () => {
    const { home, other } = await merged();
    const { alerts } = await operator.json<{ alerts: Alert[] }>('GET', '/alerts?limit=500');
    expect(alerts.map(({ id }) => id)).toContain(home.alertId);
    expect(alerts.map(({ id }) => id)).not.toContain(other.alertId);
    const page = await detail(home);
    expect(page.attached).toEqual([{ alertId: other.alertId, cameraId: 'cam-a2' }]);
    expect(page.merged.map(({ id, cameraName, mergedInto }) => [id, cameraName, mergedInto])).toEqual([
      [other.alertId, 'Camera cam-a2', home.alertId],
    ]);
    expect(page.history.map(({ action }) => action)).toEqual(['raised', 'cameras-changed']);
    expect((await detail(other)).mergedInto).toBe(home.alertId);
  });

  it('shows plates of no camera to who may see none', async () => {
    const plate = { text: '51F12345', confidence: 0.97, format: 'car', colour: 'white', looks: 3, agreeing: 2, atMs: 1 } as const;
    const home = anAlert({ type: 'collision', severity: 'critical' });
    const findings = [aFinding({ type: 'collision', cameraId: 'cam-a2', plate })];
    await take(home);
    await take(anAlert({ type: 'collision', cameraId: 'cam-a2', mergedInto: home.alertId, findings }));
    const plates = async (client: Client) =>
      (await client.json<AlertDetail>('GET', `/alerts/${home.alertId}`)).merged[0]?.findings.map((finding) => finding.plate?.text);
    expect([await plates(operator), await plates(await harness.client('eoc'))]).toEqual([['51F12345'], [undefined]]);
  });

  it('is decided as one', async () => {
    const { home, other } = await merged();
    await operator.json('POST', `/alerts/${home.alertId}/false-alarm`, { reasonCode: 'shadow' });
    expect(await detail(other)).toMatchObject({ state: 'false-alarm', history: [{ action: 'raised' }, { action: 'false-alarm' }] });
    const told = await waitFor(async () => (await (await bus.kv(buckets.decisions)).get(other.alertId))?.json());
    expect(told).toMatchObject({ alertId: other.alertId, cameraId: 'cam-a2', state: 'false-alarm' });
  });

  it('leaves alone what somebody else decided about one of its alerts meanwhile', async () => {
    const { home, other } = await merged();
    let decided: Promise<Response> | undefined;
    await harness.sql.begin(async (transaction) => {
      await lockAlert(transaction, other.alertId);
      await transaction`UPDATE alerts SET state = 'false-alarm' WHERE id = ${other.alertId}`;
      decided = operator.request('POST', `/alerts/${home.alertId}/acknowledge`, {});
      await waitFor(async () => (await transaction`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).length > 0);
    });
    expect((await decided)?.status).toBe(200);
    expect([(await detail(home)).state, (await detail(other)).state]).toEqual(['acknowledged', 'false-alarm']);
  });

  it('is taken apart by an operator, and rules hears of it, also when it was away', async () => {
    const { home, other } = await merged();
    await operator.json('POST', `/alerts/${home.alertId}/split`, {}, 409);
    await (await harness.client('eoc')).json('POST', `/alerts/${other.alertId}/split`, {}, 403);
    await (await harness.client('operator-b')).json('POST', `/alerts/${other.alertId}/split`, {}, 404);
    await operator.json('POST', `/alerts/${other.alertId}/split`, { comment: 'two crashes' });
    const key = `${other.alertId}.split`;
    const decisions = await bus.kv(buckets.decisions);
    const told = await waitFor(async () => (await decisions.get(key))?.json<AlertSplit>());
    expect(told).toMatchObject({ alertId: other.alertId, cameraId: 'cam-a2', splitFrom: home.alertId, role: 'operator' });
    await decisions.purge(key);
    await (await harness.startApi()).close();
    expect((await decisions.get(key))?.json()).toEqual(told);
    const { mergedInto: _gone, ...apart } = nextRevision(other);
    await take(apart);
    expect(await detail(other)).toMatchObject({ mergedInto: null, state: 'new' });
    expect((await detail(other)).history.map(({ action, comment }) => [action, comment])).toEqual([
      ['raised', null],
      ['split', 'two crashes'],
      ['taken-apart', null],
    ]);
    expect((await detail(home)).merged).toEqual([]);
    const audit = await harness.sql`SELECT actor, action, detail FROM audit WHERE subject = ${`alert:${other.alertId}`}`;
    expect([...audit]).toEqual([{ actor: 'operator-a', action: 'alert.split', detail: { from: home.alertId, comment: 'two crashes' } }]);
  });
});
