import type { AlertMessage } from '@safecity/contracts';
import { connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { Dispatcher } from '../src/dispatch/dispatcher.js';
import { startDispatch } from '../src/dispatch/start.js';
import { aFinding, anAlert, nextRevision } from '../src/testing/builders.js';
import { aStill, JPEG, startFakeIngest } from './fake-ingest.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';
import { Inbox, parsed, addDestination as storeDestination } from './inbox.js';

let harness: Harness;
let operator: Client;
let inbox: Inbox;
let dispatch: { close(): Promise<void> } | undefined;
beforeAll(async () => {
  harness = await startHarness();
  operator = await harness.client('operator-a');
});
afterAll(() => harness?.stop());

beforeEach(async () => {
  inbox = new Inbox();
  await inbox.start();
  await harness.sql`DELETE FROM deliveries`;
  await harness.sql`DELETE FROM outbox`;
  await harness.sql`DELETE FROM destinations`;
  await addDestination('eoc', inbox.url);
});
afterEach(async () => {
  await dispatch?.close();
  dispatch = undefined;
  await inbox.stop();
});

const addDestination = (...facts: [id: string, url: string, changes?: { mode?: string; kinds?: string[]; unitId?: string }]) =>
  storeDestination(harness.sql, ...facts);

const take = (message: AlertMessage) => takeAlert(harness.sql, message, Date.now());
const closed = (message: AlertMessage) => nextRevision(message, { phase: 'closed', endMs: message.updatedMs + 1000 });
const start = async () => {
  dispatch = await startDispatch({ databaseUrl: harness.databaseUrl, natsUrl: harness.natsUrl, key: harness.key, logger: quiet });
};
const detail = (message: AlertMessage) => operator.json<AlertDetail>('GET', `/alerts/${message.alertId}`);

/** A dispatcher that hardly waits between tries. */
async function startImpatient(): Promise<void> {
  const bus = await connectBus({ url: harness.natsUrl, name: 'impatient', logger: quiet });
  const dispatcher = new Dispatcher({ sql: harness.sql, bus, key: harness.key, logger: quiet, pollMs: 20, backOffMs: () => 20 });
  dispatcher.start();
  dispatch = {
    close: async () => {
      await dispatcher.close();
      await bus.close();
    },
  };
}

describe('what is sent', () => {
  it('tells of opening and end, in order, in both languages, as an exercise', async () => {
    const message = anAlert();
    await take(message);
    await take(nextRevision(message));
    await take(closed(nextRevision(message)));
    await start();
    const [opened, over] = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(opened).toMatchObject({
      sender: 'safecity.test.example.vn',
      status: 'Exercise',
      msgType: 'Alert',
      scope: 'Restricted',
      restriction: 'EOC only',
      incidents: [message.alertId],
      references: [],
    });
    expect(opened?.note).toContain('EXERCISE');
    expect(opened?.infos.map(({ language, event }) => [language, event])).toEqual([
      ['vi-VN', 'Đám đông vượt ngưỡng'],
      ['en-US', 'Crowd over limit'],
    ]);
    expect(opened?.infos[0]).toMatchObject({
      categories: ['Safety'],
      responseTypes: ['Assess'],
      urgency: 'Immediate',
      severity: 'Severe',
      certainty: 'Likely',
      eventCodes: [
        { valueName: 'urn:safecity:incident-type', value: 'crowd-occupancy' },
        { valueName: 'APCO-NENA-2.103', value: 'CIVDIS' },
      ],
      headline: 'Đám đông vượt ngưỡng – Ngã tư Sở Sao',
      areas: [{ areaDesc: 'Ngã tư Sở Sao', circles: [{ latitude: 10.9804, longitude: 106.6745, radiusKm: 0.1 }] }],
    });
    expect(over).toMatchObject({
      msgType: 'Update',
      references: [{ sender: opened?.sender, identifier: opened?.identifier, sent: opened?.sent }],
      incidents: [message.alertId],
    });
    expect(over?.infos[0]).toMatchObject({ responseTypes: ['AllClear'], urgency: 'Past' });
    expect(inbox.received[0]?.contentType).toBe('application/cap+xml; charset=utf-8');
    const { deliveries } = await waitFor(async () => {
      const alert = await detail(message);
      return alert.deliveries.every(({ state }) => state === 'sent') ? alert : null;
    });
    expect(deliveries).toMatchObject([
      { destination: 'EOC', messageType: 'Alert', attempts: 1, receipt: 'R-1', lastError: null },
      { destination: 'EOC', messageType: 'Update', attempts: 1, receipt: 'R-1' },
    ]);
  });

  it.each([
    ['simulated to an actual destination', { simulated: true }, 'actual', 'Exercise'],
    ['simulated to an exercise destination', { simulated: true }, 'exercise', 'Exercise'],
    ['real to an exercise destination', { simulated: false }, 'exercise', 'Exercise'],
    ['real to an actual destination', { simulated: false }, 'actual', 'Actual'],
  ])('marks what is no emergency: %s', async (_name, changes, mode, status) => {
    await harness.sql`UPDATE destinations SET mode = ${mode}`;
    await take(anAlert(changes));
    await start();
    const [message] = await waitFor(() => (inbox.taken().length > 0 ? inbox.taken() : null));
    expect([message?.status, message?.note !== undefined]).toEqual([status, status === 'Exercise']);
  });

  it('sends an update when the severity changes and none for a tick', async () => {
    const message = anAlert({ severity: 'medium', confidence: 0.5 });
    await take(message);
    await take(nextRevision(message));
    await take({ ...nextRevision(message), revision: 3, severity: 'critical' });
    await start();
    const messages = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(messages.map(({ msgType, infos: [info] }) => [msgType, info?.severity, info?.urgency, info?.certainty])).toEqual([
      ['Alert', 'Moderate', 'Expected', 'Possible'],
      ['Update', 'Extreme', 'Immediate', 'Possible'],
    ]);
  });

  it('says in an update that something graver leads, and opens it to a centre that had no part in it before', async () => {
    await addDestination('police', inbox.url, { kinds: ['violation'] });
    const finding = aFinding({ type: 'wrong-way', ruleId: 'against' });
    const message = anAlert({ kind: 'violation', type: 'wrong-way', severity: 'high', findings: [finding] });
    await take(message);
    await operator.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    const driver = aFinding({ type: 'wrong-way-driver', ruleId: 'driver' });
    await take(nextRevision(message, { kind: 'incident', type: 'wrong-way-driver', severity: 'critical', findings: [driver, finding] }));
    await start();
    const messages = await waitFor(() => (inbox.taken().length === 3 ? inbox.taken() : null));
    expect(messages.map(({ msgType, infos: [info] }) => [msgType, info?.event]).sort()).toEqual([
      ['Alert', 'Xe đi ngược chiều nguy hiểm'],
      ['Alert', 'Đi ngược chiều'],
      ['Update', 'Xe đi ngược chiều nguy hiểm'],
    ]);
    expect(messages.find(({ msgType }) => msgType === 'Update')?.infos[0]?.description).toContain('Đồng thời: Đi ngược chiều.');
    const alert = await waitFor(async () => {
      const found = await detail(message);
      return found.deliveries.every(({ state }) => state === 'sent') ? found : null;
    });
    expect(alert).toMatchObject({ state: 'new', kind: 'incident', type: 'wrong-way-driver' });
    expect(alert.history.map(({ action }) => action)).toEqual(['raised', 'acknowledge', 'lead-changed']);
    expect(alert.deliveries.map(({ destination, messageType }) => [destination, messageType])).toEqual([
      ['POLICE', 'Alert'],
      ['POLICE', 'Update'],
      ['EOC', 'Alert'],
    ]);
  });

  it('tells the centre of one incident once, though two cameras see it', async () => {
    const home = anAlert({ type: 'collision', severity: 'critical' });
    const other = anAlert({ type: 'collision', severity: 'critical', cameraId: 'cam-b' });
    await take(home);
    await take({ ...other, mergedInto: home.alertId });
    const attached = [{ alertId: other.alertId, cameraId: 'cam-b' }];
    await take(nextRevision(home, { attached }));
    await take(nextRevision(other, { mergedInto: home.alertId, phase: 'closed', endMs: other.updatedMs }));
    await start();
    const messages = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(messages.map(({ msgType, incidents }) => [msgType, incidents])).toEqual([
      ['Alert', [home.alertId]],
      ['Update', [home.alertId, other.alertId]],
    ]);
    expect(messages[1]?.infos[1]?.description).toContain('Cameras that see it too: cam-b.');
  });

  it('tells a centre that knows both where the second one went, and that it is back when they are taken apart', async () => {
    const [home, other] = [anAlert({ type: 'collision' }), anAlert({ type: 'stalled-vehicle' })];
    await take(home);
    await take(other);
    const merged = nextRevision(other, { type: 'collision', mergedInto: home.alertId });
    await take(merged);
    const { mergedInto: _gone, ...apart } = nextRevision(merged);
    await take(apart);
    await start();
    const own = () => inbox.taken().filter(({ incidents }) => incidents[0] === other.alertId);
    const messages = await waitFor(() => (own().length === 3 ? own() : null));
    expect(messages.map(({ msgType, infos: [info] }) => [msgType, info?.responseTypes, info?.headline])).toEqual([
      ['Alert', ['Assess'], 'Xe dừng bất thường – Ngã tư Sở Sao'],
      ['Update', ['None'], 'Đã gộp: Va chạm giao thông – Ngã tư Sở Sao'],
      ['Update', ['Assess'], 'Va chạm giao thông – Ngã tư Sở Sao'],
    ]);
    expect(messages[1]?.incidents).toEqual([other.alertId, home.alertId]);
  });

  it('opens what was told with another incident when it is taken out of it', async () => {
    const home = anAlert({ type: 'collision' });
    const other = anAlert({ type: 'collision', mergedInto: home.alertId });
    await take(home);
    await take(other);
    const { mergedInto: _gone, ...apart } = nextRevision(other);
    await take(apart);
    await start();
    const messages = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(messages.map(({ msgType }) => msgType)).toEqual(['Alert', 'Alert']);
    expect((await detail(other)).history.map(({ action }) => action)).toEqual(['raised', 'taken-apart']);
  });

  it('cancels a false alarm, and says nothing after that', async () => {
    const message = anAlert();
    await take(message);
    await operator.json('POST', `/alerts/${message.alertId}/false-alarm`, { reasonCode: 'advert' });
    await take(closed(message));
    await start();
    const messages = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(messages.map(({ msgType }) => msgType)).toEqual(['Alert', 'Cancel']);
    expect(messages[1]?.infos[0]).toMatchObject({ certainty: 'Unlikely', responseTypes: ['None'] });
    expect(messages[1]?.infos[0]?.parameters).toContainEqual({ valueName: 'verifiedBy', value: 'operator:operator-a' });
    await waitFor(async () => (await detail(message)).deliveries.every(({ state }) => state === 'sent'));
    expect((await detail(message)).deliveries.length).toBe(2);
  });

  it('sends only kinds and units that the destination asked for, and nothing for an acknowledgement', async () => {
    await addDestination('ward-b', inbox.url, { unitId: 'ward-b' });
    const message = anAlert();
    await take(message);
    await take(anAlert({ kind: 'security', type: 'intrusion' }));
    await operator.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    const rows = await harness.sql`SELECT destination_id, alert_id FROM deliveries`;
    expect([...rows]).toEqual([{ destination_id: 'eoc', alert_id: message.alertId }]);
  });

  it('waits a moment for the pictures, and sends them', async () => {
    const bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
    const reservationId = '0b6b2f0e-1111-4222-8333-444455556666';
    ingest.pictures.set('raised.jpg', JPEG);
    ingest.reservation = { reservationId, cameraId: 'cam-a', stills: [aStill('raised')], pending: [], failed: [] };
    const message = anAlert({ reservationId, findings: [aFinding({ moments: [{ name: 'raised', atMs: 1000 }] })] });
    await take(message);
    await start();
    const [sent] = await waitFor(() => (inbox.taken().length > 0 ? inbox.taken() : null));
    const { evidence } = await detail(message);
    expect(sent?.infos[0]?.resources).toEqual([
      {
        resourceDesc: 'Ảnh raised 1970-01-01T07:00:01+07:00',
        mimeType: 'image/jpeg',
        // The address gives the masked copy, which nobody has asked for yet: no size and no digest of another file.
        uri: `${harness.api.url}${evidence[0]?.url}`,
      },
    ]);
    const sha256 = sent?.infos[0]?.parameters.find(({ valueName }) => valueName === 'sha256')?.value;
    expect(sha256).toContain(evidence[0]?.sha256);
    await ingest.close();
    await bus.close();
  });

  it('sends pictures that come late as one update', async () => {
    const bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
    const reservationId = '0b6b2f0e-1111-4222-8333-444455557777';
    const message = anAlert({ reservationId, findings: [aFinding({ moments: [{ name: 'raised', atMs: 1000 }] })] });
    await take(message);
    await harness.sql`UPDATE deliveries SET next_attempt_ms = 0`;
    await start();
    await waitFor(() => inbox.taken().length === 1);
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
    ingest.pictures.set('raised.jpg', JPEG);
    ingest.reservation = { reservationId, cameraId: 'cam-a', stills: [aStill('raised')], pending: [], failed: [] };
    const messages = await waitFor(() => (inbox.taken().length === 2 ? inbox.taken() : null));
    expect(messages.map(({ msgType, infos: [info] }) => [msgType, info?.resources.length])).toEqual([
      ['Alert', 0],
      ['Update', 1],
    ]);
    await ingest.close();
    await bus.close();
  });
});

describe('delivery', () => {
  it('delivers once after a centre was down, the same bytes each time, each alert in its order', async () => {
    const messages = [anAlert(), anAlert(), anAlert()];
    inbox.answer = () => ({ status: inbox.received.length % 2 === 0 ? 503 : 0 });
    await startImpatient();
    for (const message of messages) await take(message);
    for (const message of messages) await take(closed(message));
    await waitFor(() => inbox.received.length >= 8, { what: 'failed tries' });
    inbox.answer = () => ({ status: 200, body: 'taken' });
    await waitFor(() => inbox.taken().length >= 6, { what: 'six messages' });
    await waitFor(async () => (await harness.sql`SELECT 1 FROM deliveries WHERE state <> 'sent'`).length === 0);
    const bodies = new Map<string, Set<string>>();
    for (const { body } of inbox.received) {
      const { identifier } = parsed(body);
      bodies.set(identifier, (bodies.get(identifier) ?? new Set()).add(body));
    }
    expect([...bodies.values()].map((set) => set.size)).toEqual([1, 1, 1, 1, 1, 1]);
    const taken = inbox.taken();
    expect(taken.length).toBe(6);
    for (const message of messages) {
      const own = taken.filter(({ incidents }) => incidents[0] === message.alertId).map(({ msgType }) => msgType);
      expect(own).toEqual(['Alert', 'Update']);
    }
  });

  it('is not held back by one alert that is stuck', async () => {
    const [stuck, free] = [anAlert(), anAlert()];
    inbox.answer = (body) => ({ status: body.includes(stuck.alertId) ? 500 : 200 });
    await startImpatient();
    await take(stuck);
    await take(closed(stuck));
    await take(free);
    const sent = () => inbox.received.filter(({ body }) => body.includes(stuck.alertId)).map(({ body }) => parsed(body).msgType);
    // Either may be tried first: both have been due since they were taken.
    await waitFor(() => inbox.taken().length === 1 && sent().length > 0, { what: 'the free alert, and a try of the stuck one' });
    expect(inbox.taken()[0]?.incidents).toEqual([free.alertId]);
    expect(new Set(sent())).toEqual(new Set(['Alert']));
  });

  it.each([
    [400, 'failed', 1],
    [422, 'failed', 1],
    [404, 'failed', 1],
    [409, 'failed', 1],
  ])('gives up at status %i and says why', async (status, state, attempts) => {
    inbox.answer = () => ({ status, body: 'no such operation' });
    const message = anAlert();
    await take(message);
    await start();
    const alert = await waitFor(async () => {
      const found = await detail(message);
      return found.deliveries[0]?.state === 'waiting' ? null : found;
    });
    expect(alert.deliveries).toMatchObject([
      { state, attempts, receipt: null, nextAttemptMs: null, lastError: `HTTP ${status}: no such operation` },
    ]);
    expect(inbox.received.length).toBe(1);
  });

  it.each([408, 425, 429, 500, 503, 302])('tries again at status %i', async (status) => {
    inbox.answer = () => ({ status: inbox.received.length === 0 ? status : 200 });
    await startImpatient();
    const message = anAlert();
    await take(message);
    await waitFor(() => inbox.taken().length === 1);
    expect(inbox.received.map((received) => received.status)).toEqual([status, 200]);
  });

  it('takes a conflict at a repeated try for its own message', async () => {
    inbox.answer = () => ({ status: inbox.received.length === 0 ? 0 : 409, body: 'have it' });
    await startImpatient();
    const message = anAlert();
    await take(message);
    const alert = await waitFor(async () => {
      const found = await detail(message);
      return found.deliveries[0]?.state === 'sent' ? found : null;
    });
    expect(alert.deliveries[0]).toMatchObject({ attempts: 2, receipt: 'duplicate: have it' });
  });

  it('does not send what has expired', async () => {
    await harness.sql`UPDATE destinations SET expires_after_ms = 1`;
    inbox.answer = () => ({ status: 500 });
    await startImpatient();
    const message = anAlert();
    await take(message);
    const alert = await waitFor(async () => {
      const found = await detail(message);
      return found.deliveries[0]?.state === 'failed' ? found : null;
    });
    expect(alert.deliveries[0]?.lastError).toBe('expired before the destination took it');
  });

  it('sends what was committed before the process died, without being woken', async () => {
    const message = anAlert();
    // The API died after its commit: nobody publishes the wake-up.
    await take(message);
    await start();
    await waitFor(() => inbox.taken().length === 1);
    await dispatch?.close();
    // Dispatch died after the centre took the message and before it wrote that down: the lease runs out.
    await harness.sql`UPDATE deliveries SET state = 'waiting', next_attempt_ms = 0, delivered_at_ms = NULL`;
    inbox.answer = () => ({ status: 200, body: '{"receiptId":"R-1","duplicate":true}' });
    await start();
    await waitFor(async () => (await detail(message)).deliveries[0]?.state === 'sent');
    expect(inbox.received[1]?.body).toBe(inbox.received[0]?.body);
    expect(inbox.received.length).toBe(2);
  });

  it('never sends one message twice when two dispatchers work at once', async () => {
    const first = await startDispatch({ databaseUrl: harness.databaseUrl, natsUrl: harness.natsUrl, key: harness.key, logger: quiet });
    await start();
    await Promise.all(Array.from({ length: 20 }, () => take(anAlert())));
    await waitFor(async () => (await harness.sql`SELECT 1 FROM deliveries WHERE state <> 'sent'`).length === 0);
    expect(new Set(inbox.taken().map(({ identifier }) => identifier)).size).toBe(20);
    expect(inbox.received.length).toBe(20);
    await first.close();
  });
});
