import { type AlertMessage, buckets, type RuleTypeId, ruleTypeFacts, type Suppression, type SuppressionTally } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { SuppressionView } from '../src/suppressions/suppression-schemas.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

const HOUR_MS = 3_600_000;

async function anAlertOf(type: RuleTypeId, changes: object = {}): Promise<AlertMessage> {
  const finding = aFinding({ type, ruleId: 'fence', ruleName: 'Hàng rào', class: 'person', box: [0.4, 0.4, 0.6, 0.8], ...changes });
  const message = anAlert({ type, kind: ruleTypeFacts(type).kind, findings: [finding] });
  await takeAlert(harness.sql, message, Date.now());
  return message;
}
const path = ({ alertId }: AlertMessage) => `/alerts/${alertId}/suppress`;
const inHours = (hours: number) => ({ untilMs: Date.now() + hours * HOUR_MS });
const published = async (id: string) =>
  waitFor(async () => (await (await bus.kv(buckets.suppressions)).get(id))?.json<Suppression>(), { what: 'the suppression on the bus' });
const listed = async (client: Client, query = '') =>
  (await client.json<{ suppressions: SuppressionView[] }>('GET', `/suppressions${query}`)).suppressions;

describe('suppress here', () => {
  it('hides the rule, the class and the place of the alert, tells rules, and says until when', async () => {
    const alert = await anAlertOf('intrusion');
    const view = await operator.json<SuppressionView>('POST', path(alert), inHours(8));
    expect(view).toMatchObject({
      ...{ alertId: alert.alertId, cameraId: 'cam-a', ruleId: 'fence', ruleName: 'Hàng rào', class: 'person', type: 'intrusion' },
      ...{ createdBy: 'operator-a', active: true, hidden: 0, lastHiddenMs: null, liftedBy: null },
    });
    expect(view.polygon.flat().map((value) => Math.round(value * 100))).toEqual([30, 20, 70, 20, 70, 100, 30, 100]);
    const { id, cameraId, ruleId, polygon, fromMs, untilMs } = view;
    expect(await published(id)).toEqual({ id, cameraId, ruleId, class: 'person', polygon, fromMs, untilMs });
    const audit = await harness.sql`SELECT actor, action FROM audit WHERE subject = ${`suppression:${id}`}`;
    expect([...audit]).toEqual([{ actor: 'operator-a', action: 'suppression.created' }]);
  });

  it.each<{ name: string; type: RuleTypeId; hours: number; by: string; status: number }>([
    { name: 'one shift', type: 'intrusion', hours: 8, by: 'operator-a', status: 200 },
    { name: 'longer, by an operator', type: 'intrusion', hours: 8.1, by: 'operator-a', status: 403 },
    { name: 'longer, by a shift lead', type: 'intrusion', hours: 100, by: 'lead-a', status: 200 },
    { name: 'longer than a week', type: 'intrusion', hours: 169, by: 'lead-a', status: 400 },
    { name: 'an end that has passed', type: 'intrusion', hours: -1, by: 'lead-a', status: 400 },
    { name: 'fire, by an operator', type: 'fire', hours: 1, by: 'operator-a', status: 403 },
    { name: 'smoke, by an operator', type: 'smoke', hours: 1, by: 'operator-a', status: 403 },
    { name: 'a collision, by an operator', type: 'collision', hours: 1, by: 'operator-a', status: 403 },
    { name: 'a person down, by an operator', type: 'person-down', hours: 1, by: 'operator-a', status: 403 },
    { name: 'fire, by a shift lead', type: 'fire', hours: 1, by: 'lead-a', status: 200 },
    { name: 'by another unit', type: 'intrusion', hours: 1, by: 'operator-b', status: 404 },
    { name: 'by the emergency centre', type: 'fire', hours: 1, by: 'eoc', status: 403 },
    { name: 'a violation, by an operator', type: 'red-light', hours: 1, by: 'operator-a', status: 403 },
    { name: 'a violation, by a shift lead', type: 'red-light', hours: 1, by: 'lead-a', status: 403 },
    { name: 'a violation, by traffic police', type: 'red-light', hours: 1, by: 'lead', status: 403 },
    { name: 'a camera that is offline', type: 'camera-offline', hours: 1, by: 'operator-a', status: 400 },
  ])('$name: $status', async ({ type, hours, by, status }) => {
    const alert = await anAlertOf(type);
    expect((await (await harness.client(by)).request('POST', path(alert), inHours(hours))).status).toBe(status);
  });

  it('takes a polygon and a class, and refuses a polygon that crosses itself', async () => {
    const alert = await anAlertOf('intrusion');
    const bowTie = [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
    ];
    await operator.json('POST', path(alert), { ...inHours(1), polygon: bowTie }, 400);
    const polygon = [
      [0, 0],
      [1, 0],
      [1, 1],
    ];
    const view = await operator.json<SuppressionView>('POST', path(alert), { ...inHours(1), polygon, class: 'bicycle' });
    expect(view).toMatchObject({ polygon, class: 'bicycle' });
  });
});

describe('what is hidden', () => {
  it('is counted and listed, in the own unit only', async () => {
    const alert = await anAlertOf('intrusion');
    const { id } = await operator.json<SuppressionView>('POST', path(alert), inHours(1));
    const tally: SuppressionTally = {
      suppressionId: id,
      hidden: 3,
      lastAtMs: 5000,
      findings: [{ id: 'f', atMs: 5000, text: { vi: 'người', en: 'person' } }],
    };
    const tallies = await bus.kv(buckets.suppressionTallies);
    await tallies.put(id, 'no json');
    await tallies.put(id, JSON.stringify(tally));
    const view = await waitFor(async () => (await listed(operator)).find((one) => one.id === id && one.hidden > 0));
    expect(view).toMatchObject({ hidden: 3, lastHiddenMs: 5000, hiddenFindings: tally.findings });
    await tallies.put(id, JSON.stringify({ ...tally, hidden: 2 }));
    await tallies.put(id, JSON.stringify({ ...tally, hidden: 4 }));
    await waitFor(async () => (await listed(operator)).some((one) => one.id === id && one.hidden === 4));
    expect((await listed(await harness.client('operator-b'))).map((one) => one.id)).not.toContain(id);
  });

  it('can be lifted once, and is told to rules again after NATS has lost it', async () => {
    const alert = await anAlertOf('intrusion');
    const { id } = await operator.json<SuppressionView>('POST', path(alert), inHours(1));
    await (await harness.client('operator-b')).json('POST', `/suppressions/${id}/lift`, {}, 404);
    const lifted = await operator.json<SuppressionView>('POST', `/suppressions/${id}/lift`, {});
    expect(lifted).toMatchObject({ active: false, liftedBy: 'operator-a' });
    expect(lifted.untilMs).toBeLessThanOrEqual(Date.now());
    await operator.json('POST', `/suppressions/${id}/lift`, {}, 409);
    expect((await listed(operator, '?active=true')).map((one) => one.id)).not.toContain(id);
    expect((await listed(operator, '?active=false')).map((one) => one.id)).toContain(id);
    const told = await waitFor(async () => ((await published(id)).untilMs === lifted.untilMs ? published(id) : null));
    await (await bus.kv(buckets.suppressions)).purge(id);
    await (await harness.startApi()).close();
    expect(await published(id)).toEqual(told);
  });
});
