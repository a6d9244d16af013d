import { type AlertDecision, type AlertMessage, buckets } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { ALERT_STATES, type Alert, type AlertDetail, type AlertState, type DispatchDestination } from '../src/alerts/alert-schemas.js';
import { type Decision, TRANSITIONS } from '../src/alerts/alert-state.js';
import { startDispatch } from '../src/dispatch/start.js';
import { anAlert, nextRevision } from '../src/testing/builders.js';
import { Follower } from './follower.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';
import { addDestination, Inbox } from './inbox.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
let lead: Client;
let inbox: Inbox;
let dispatch: { close(): Promise<void> };
beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  [operator, lead] = await Promise.all([harness.client('operator-a'), harness.client('lead-a')]);
  inbox = new Inbox();
  await inbox.start();
  dispatch = await startDispatch({ databaseUrl: harness.databaseUrl, natsUrl: harness.natsUrl, key: harness.key, logger: quiet });
});
afterAll(async () => {
  await dispatch?.close();
  await inbox?.stop();
  await bus?.close();
  await harness?.stop();
});
beforeEach(async () => {
  await harness.sql`DELETE FROM alert_dispatches`;
  await harness.sql`DELETE FROM deliveries`;
  await harness.sql`DELETE FROM outbox`;
  await harness.sql`DELETE FROM destinations`;
  inbox.answer = () => ({ status: 200, body: '{"receiptId":"R-1"}' });
});

async function raised(changes: Partial<AlertMessage> = {}): Promise<AlertMessage> {
  const message = anAlert(changes);
  await takeAlert(harness.sql, message, Date.now());
  return message;
}
const detail = ({ alertId }: AlertMessage) => operator.json<AlertDetail>('GET', `/alerts/${alertId}`);
const post = <T = Alert>(message: AlertMessage, verb: string, body: object = {}, status = 200, by = operator) =>
  by.json<T>('POST', `/alerts/${message.alertId}/${verb}`, body, status);
const give = <T = Alert>(message: AlertMessage, username: string | null, status = 200, by = operator) =>
  by.json<T>('PUT', `/alerts/${message.alertId}/assignee`, { username }, status);
/** What the EOC got about an alert: type, what it asks for, how sure it is. */
const told = ({ alertId }: AlertMessage) =>
  inbox
    .taken()
    .filter(({ incidents }) => incidents[0] === alertId)
    .map(({ msgType, infos: [info] }) => [msgType, info?.responseTypes[0], info?.certainty]);

const BODIES: Record<Decision['action'], object> = {
  acknowledge: {},
  confirm: {},
  dispatch: { destinationId: 'eoc' },
  resolve: {},
  'false-alarm': { reasonCode: 'other' },
};
const ACTIONS = Object.keys(TRANSITIONS) as Decision['action'][];

describe('transitions', () => {
  it.each(ALERT_STATES)('from %s, for those who may decide and those who may not', async (state) => {
    await addDestination(harness.sql, 'eoc', inbox.url, { kinds: ['camera'] });
    const actual: [string, number][] = [];
    const wanted: [string, number][] = [];
    for (const action of ACTIONS) {
      for (const username of ['operator-a', 'lead-a', 'admin', 'operator-b', 'auditor', 'eoc', 'reviewer-a']) {
        const message = await raised({ kind: 'camera', type: 'camera-offline' });
        await harness.sql`UPDATE alerts SET state = ${state} WHERE id = ${message.alertId}`;
        const client = await harness.client(username);
        const { status } = await client.request('POST', `/alerts/${message.alertId}/${action}`, BODIES[action]);
        actual.push([`${username} ${action}`, status]);
        const decides = TRANSITIONS[action].from.includes(state) ? 200 : 409;
        const own = ['operator-a', 'lead-a', 'admin'].includes(username);
        wanted.push([`${username} ${action}`, own ? decides : username === 'operator-b' ? 404 : 403]);
      }
    }
    expect(actual).toEqual(wanted);
  });

  it('notes when each step was first taken and by whom, in history and audit, and tells rules', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    const message = await raised();
    await post(message, 'confirm', { comment: 'two cars' });
    await post(message, 'dispatch', BODIES.dispatch, 200, lead);
    const alert = await post(message, 'resolve', { comment: ' cleared ' });
    expect(alert).toMatchObject({ state: 'resolved', acknowledgedBy: 'operator-a', acknowledgedAtMs: alert.confirmedAtMs });
    expect(alert.dispatchedAtMs).toBeGreaterThanOrEqual(alert.confirmedAtMs ?? Number.NaN);
    expect(alert.resolvedAtMs).toBeGreaterThanOrEqual(alert.dispatchedAtMs ?? Number.NaN);
    const { history } = await detail(message);
    expect(history.slice(1).map(({ actor, action, toState, comment, object }) => [actor, action, toState, comment, object])).toEqual([
      ['operator-a', 'confirm', 'confirmed', 'two cars', null],
      ['lead-a', 'dispatch', 'dispatched', null, 'EOC'],
      ['operator-a', 'resolve', 'resolved', 'cleared', null],
    ]);
    const audit = await harness.sql`SELECT action FROM audit WHERE subject = ${`alert:${message.alertId}`} ORDER BY seq`;
    expect(audit.map(({ action }) => action)).toEqual(['alert.confirmed', 'alert.dispatched', 'alert.resolved']);
    const decisions = await bus.kv(buckets.decisions);
    const heard = await waitFor(async () => {
      const decision = (await decisions.get(message.alertId))?.json<AlertDecision>();
      return decision?.state === 'resolved' ? decision : null;
    });
    await post(message, 'comments', { text: 'the tow truck left' });
    await decisions.purge(message.alertId);
    await (await harness.startApi()).close();
    expect((await decisions.get(message.alertId))?.json()).toEqual(heard);
  });

  it('serves two operators one after the other, and tells the second who was first', async () => {
    const message = await raised();
    const answers = await Promise.all([
      operator.request('POST', `/alerts/${message.alertId}/confirm`, {}),
      lead.request('POST', `/alerts/${message.alertId}/false-alarm`, { reasonCode: 'shadow' }),
      lead.request('POST', `/alerts/${message.alertId}/confirm`, {}),
    ]);
    const { history } = await detail(message);
    const refused = answers.find(({ status }) => status === 409) as Response;
    const { message: told } = (await refused.json()) as { message: string };
    // Whichever came first: a confirmed alert can still be called false, so up to two of the three are served.
    const firsts = history.slice(1).map(({ toState, actor }) => `the alert is ${toState} (by ${actor}) already`);
    expect(answers.filter(({ status }) => status === 200).length).toBe(history.length - 1);
    expect(
      firsts.some((first) => told.includes(first)),
      `${told}; ${firsts.join('; ')}`,
    ).toBe(true);
  });

  it('leaves violations to the review, and holds for what is told with the alert', async () => {
    const violation = await raised({ kind: 'violation', type: 'red-light' });
    for (const action of ['confirm', 'dispatch', 'resolve', 'false-alarm'] as const)
      expect(await post<{ code: string }>(violation, action, BODIES[action], 409)).toMatchObject({ code: 'API_REVIEW_ONLY' });
    await post(violation, 'acknowledge');
    const home = await raised();
    const other = await raised({ mergedInto: home.alertId });
    await post(home, 'confirm');
    await post(home, 'resolve');
    expect(await detail(other)).toMatchObject({ state: 'resolved', acknowledgedBy: 'operator-a' });
  });

  it('asks for another look when what was resolved becomes graver', async () => {
    const message = await raised({ severity: 'medium' });
    await post(message, 'acknowledge');
    await post(message, 'resolve');
    await takeAlert(harness.sql, nextRevision(message), Date.now());
    expect((await detail(message)).state).toBe('resolved');
    await takeAlert(harness.sql, { ...nextRevision(message), revision: 3, severity: 'critical' }, Date.now());
    expect(await detail(message)).toMatchObject({ state: 'new', resolvedAtMs: null });
  });
});

describe('dispatch', () => {
  it('offers what reaches the unit and takes the kind, without addresses', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    await addDestination(harness.sql, 'fire', inbox.url, { kinds: ['incident', 'security'] });
    await addDestination(harness.sql, 'ward-b-desk', inbox.url, { kinds: ['security'], unitId: 'ward-b' });
    const message = await raised({ kind: 'security', type: 'intrusion' });
    const { destinations } = await operator.json<{ destinations: DispatchDestination[] }>('GET', `/alerts/${message.alertId}/destinations`);
    expect(destinations).toEqual([{ id: 'fire', name: 'FIRE', centre: 'emergency', mode: 'exercise', informed: true }]);
    for (const destinationId of ['eoc', 'ward-b-desk', 'nowhere'])
      expect(await post(message, 'dispatch', { destinationId }, 404)).toMatchObject({ code: 'API_NOT_FOUND' });
    expect((await detail(message)).state).toBe('new');
  });

  it('records a destination that has it already and sends nothing twice; the receipt is shown as it comes', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    const message = await raised({ simulated: false });
    await waitFor(() => told(message).length === 1);
    const alert = await post(message, 'dispatch', BODIES.dispatch);
    expect(alert.dispatches).toMatchObject([{ destinationId: 'eoc', destination: 'EOC', by: 'operator-a' }]);
    expect(await post<{ message: string }>(message, 'dispatch', BODIES.dispatch, 409, lead)).toMatchObject({
      message: 'the alert was dispatched to EOC already (by operator-a): choose another destination',
    });
    const done = await waitFor(async () => {
      const page = await detail(message);
      return page.deliveries.length === 2 && page.deliveries.every(({ state }) => state === 'sent') ? page : null;
    });
    expect(done.dispatches).toMatchObject([{ state: 'sent', receipt: 'R-1', deliveredMs: expect.any(Number) }]);
    expect(told(message)).toEqual([
      ['Alert', 'Assess', 'Likely'],
      ['Update', 'Assess', 'Observed'],
    ]);
  });

  it('sends to one that has had nothing, an exercise for what is simulated, and again after a refusal', async () => {
    await addDestination(harness.sql, 'police', inbox.url, { mode: 'actual', automatic: false });
    const message = await raised({ simulated: true });
    inbox.answer = () => ({ status: 403, body: 'closed' });
    const { eventId } = await post(message, 'acknowledge');
    await post(message, 'dispatch', { destinationId: 'police' });
    const follower = new Follower(operator, eventId);
    const shown = () => follower.alerts.at(-1)?.dispatches[0];
    await waitFor(() => shown()?.state === 'failed');
    expect(shown()?.lastError).toBe('HTTP 403: closed');
    inbox.answer = () => ({ status: 200, body: '{"receiptId":"R-9"}' });
    await post(message, 'dispatch', { destinationId: 'police' }, 200, lead);
    await waitFor(() => shown()?.state === 'sent');
    expect(shown()).toMatchObject({ by: 'lead-a', receipt: 'R-9' });
    follower.close();
    expect(inbox.taken().filter(({ incidents }) => incidents[0] === message.alertId)).toMatchObject([
      { status: 'Exercise', msgType: 'Alert' },
    ]);
  });

  it('is refused for what is told with another alert', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    const home = await raised();
    const other = await raised({ mergedInto: home.alertId });
    const { message } = await post<{ message: string }>(other, 'dispatch', BODIES.dispatch, 409);
    expect(message).toBe(`the alert is told with another one: dispatch ${home.alertId}`);
  });
});

describe('resolve', () => {
  it('tells the centre that it is over, once, though rules see its end later', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    const message = await raised();
    await post(message, 'acknowledge');
    await post(message, 'resolve');
    await takeAlert(harness.sql, nextRevision(message, { severity: 'medium' }), Date.now());
    await takeAlert(
      harness.sql,
      { ...nextRevision(message), severity: 'medium', revision: 3, phase: 'closed', endMs: Date.now() },
      Date.now(),
    );
    await waitFor(async () => (await detail(message)).deliveries.every(({ state }) => state === 'sent'));
    expect(told(message)).toEqual([
      ['Alert', 'Assess', 'Likely'],
      ['Update', 'AllClear', 'Observed'],
    ]);
    expect(await detail(message)).toMatchObject({ state: 'resolved', ongoing: false });
  });

  it('tells of the end to one that was sent it after its end, and not again to one that knows', async () => {
    await addDestination(harness.sql, 'eoc', inbox.url);
    const message = await raised();
    await takeAlert(harness.sql, nextRevision(message, { phase: 'closed', endMs: message.updatedMs }), Date.now());
    await harness.sql`UPDATE alerts SET confirmed_at_ms = 1 WHERE id = ${message.alertId}`;
    await addDestination(harness.sql, 'police', inbox.url);
    await post(message, 'dispatch', { destinationId: 'police' });
    await post(message, 'resolve');
    await waitFor(async () => (await detail(message)).deliveries.every(({ state }) => state === 'sent'));
    const { deliveries } = await detail(message);
    expect(deliveries.map(({ destination, messageType }) => [destination, messageType])).toEqual([
      ['EOC', 'Alert'],
      ['EOC', 'Update'],
      ['POLICE', 'Alert'],
      ['POLICE', 'Update'],
    ]);
    expect(told(message).filter(([, response]) => response === 'AllClear').length).toBe(2);
  });
});

describe('in hand', () => {
  it('is taken, given, released; only a shift lead takes it from another', async () => {
    const message = await raised();
    expect(await give(message, 'operator-a')).toMatchObject({ assignee: 'operator-a', state: 'new' });
    const admin = await harness.client('admin');
    await give(message, 'lead-a');
    expect(await give<{ code: string }>(message, 'operator-a', 409)).toMatchObject({ code: 'API_ASSIGNED' });
    expect(await give<{ code: string }>(message, null, 409)).toMatchObject({ code: 'API_ASSIGNED' });
    expect((await give(message, 'operator-a', 200, admin)).assignee).toBe('operator-a');
    expect((await give(message, null)).assignee).toBeNull();
    const { history } = await detail(message);
    expect(history.slice(1).map(({ actor, action, object }) => [actor, action, object])).toEqual([
      ['operator-a', 'assign', 'operator-a'],
      ['operator-a', 'assign', 'lead-a'],
      ['admin', 'assign', 'operator-a'],
      ['operator-a', 'release', 'operator-a'],
    ]);
  });

  it.each(['operator-b', 'auditor', 'eoc', 'nobody'])('is not given to %s, who may not decide about it', async (username) => {
    expect(await give<{ code: string }>(await raised(), username, 409)).toMatchObject({ code: 'API_ASSIGNEE' });
  });

  it('lists who can take it, and finds what somebody has', async () => {
    const message = await raised();
    const { people } = await operator.json<{ people: { username: string }[] }>('GET', `/alerts/${message.alertId}/assignees`);
    expect(people.map(({ username }) => username)).toEqual(['admin', 'lead-a', 'operator-a']);
    await give(message, 'operator-a');
    const { alerts } = await lead.json<{ alerts: Alert[] }>('GET', '/alerts?assignee=operator-a');
    expect(alerts.map(({ id }) => id)).toContain(message.alertId);
    expect(alerts.every(({ assignee }) => assignee === 'operator-a')).toBe(true);
    await post(message, 'false-alarm', BODIES['false-alarm']);
    expect(await give<{ code: string }>(message, null, 409)).toMatchObject({ code: 'API_ALERT_STATE' });
  });

  it('takes remarks in any state, and a client that comes back sees every change', async () => {
    const message = await raised();
    const { eventId } = await detail(message);
    await give(message, 'operator-a');
    await post(message, 'false-alarm', BODIES['false-alarm']);
    await post(message, 'comments', { text: ' a balloon ' });
    await post(message, 'comments', { text: '  ' }, 400);
    const follower = new Follower(lead, eventId);
    await waitFor(() => follower.alerts.some(({ id }) => id === message.alertId));
    follower.close();
    expect(follower.alerts.find(({ id }) => id === message.alertId)).toMatchObject({ state: 'false-alarm', assignee: 'operator-a' });
    expect((await detail(message)).history.at(-1)).toMatchObject({ action: 'comment', comment: 'a balloon', toState: 'false-alarm' });
  });
});

describe('what an alert was before', () => {
  it.each<[AlertState, AlertState]>([
    ['acknowledged', 'new'],
    ['confirmed', 'confirmed'],
    ['dispatched', 'dispatched'],
    ['false-alarm', 'false-alarm'],
  ])('%s is %s after it has become graver', async (before, after) => {
    const message = await raised({ severity: 'low' });
    await harness.sql`UPDATE alerts SET state = ${before} WHERE id = ${message.alertId}`;
    await takeAlert(harness.sql, nextRevision(message, { severity: 'high' }), Date.now());
    expect((await detail(message)).state).toBe(after);
  });
});
