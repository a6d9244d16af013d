import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_KINDS, type AlertDecision, type AlertMessage, buckets, streams, subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert, AlertDetail } from '../src/alerts/alert-schemas.js';
import { AlertStreamHub } from '../src/alerts/alert-stream.js';
import { byteRange } from '../src/alerts/clip-routes.js';
import type { BoundedSocket } from '../src/server/bounded-socket.js';
import { aFinding, anAlert, nextRevision } from '../src/testing/builders.js';
import { aCroppedStill, aStill, type FakeIngest, JPEG, startFakeIngest } from './fake-ingest.js';
import { Follower } from './follower.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
let ingest: FakeIngest;
beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
  ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'cam-b']);
});
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

/** Publishes as rules does; a fresh id of the message defeats JetStream's own de-duplication. */
const publish = (message: unknown, messageId: string = randomUUID()) => bus.publishDurable(subjects.alerts('cam-a'), message, messageId);

const stored = (message: AlertMessage, by: Client = operator) =>
  waitFor(
    async () => {
      const response = await by.request('GET', `/alerts/${message.alertId}`);
      const alert = (await response.json()) as AlertDetail;
      return response.status === 200 && alert.updatedMs === message.updatedMs ? alert : null;
    },
    { what: `alert ${message.alertId}` },
  );

/** Waits until every message has been acknowledged. */
const allTaken = () =>
  waitFor(
    async () => {
      const { num_pending, num_ack_pending } = await bus.jsm.consumers.info(streams.alerts.name, 'vms-api');
      return num_pending === 0 && num_ack_pending === 0;
    },
    { what: 'every message to be acknowledged' },
  );

async function publishAndWait(changes: Partial<AlertMessage> = {}): Promise<{ message: AlertMessage; alert: AlertDetail }> {
  const message = anAlert(changes);
  await publish(message);
  return { message, alert: await stored(message) };
}

describe('intake', () => {
  it('stores an alert with its place, unit and history', async () => {
    const { message, alert } = await publishAndWait();
    expect(alert).toMatchObject({
      state: 'new',
      cameraName: 'Camera cam-a',
      place: 'Ngã tư Sở Sao',
      ongoing: true,
      endMs: null,
      raisedAtMs: message.findings[0]?.raisedAtMs,
      simulated: true,
      fineable: null,
      ...{ evidence: [], listedStill: null },
      acknowledgedBy: null,
      deliveries: [],
    });
    expect(alert.history).toMatchObject([{ actor: 'system', action: 'raised', fromState: null, toState: 'new' }]);
  });

  it('takes a message once, however often it comes', async () => {
    const message = anAlert();
    await Promise.all(Array.from({ length: 5 }, () => publish(message)));
    await stored(message);
    const newer = nextRevision(message, { phase: 'closed', endMs: message.updatedMs + 1000 });
    await publish(newer);
    await stored(newer);
    await publish(message);
    await allTaken();
    const alert = await stored(newer);
    expect(alert).toMatchObject({ ongoing: false, endMs: newer.endMs });
    expect(alert.history.map(({ action }) => action)).toEqual(['raised', 'ended']);
  });

  it.each([
    { name: 'asks for a look again when what had ended goes on', simulated: false, state: 'new', actions: ['raised', 'ended', 'reopened'] },
    {
      name: 'leaves a recording that begins again as it was decided',
      simulated: true,
      state: 'acknowledged',
      actions: ['raised', 'ended'],
    },
  ])('$name', async ({ simulated, state, actions }) => {
    const { message } = await publishAndWait({ simulated });
    const ended = nextRevision(message, { phase: 'closed', endMs: message.updatedMs + 1000 });
    await publish(ended);
    await stored(ended);
    await operator.request('POST', `/alerts/${message.alertId}/acknowledge`, {});
    const { endMs: _endMs, ...ongoing } = nextRevision(ended, { phase: 'updated', updatedMs: ended.updatedMs + 5000 });
    await publish(ongoing);
    const alert = await stored(ongoing);
    expect(alert).toMatchObject({ state, ongoing: true });
    expect(alert.history.filter(({ actor }) => actor === 'system').map(({ action }) => action)).toEqual(actions);
  });

  it('stores once when the same message is taken by several at once', async () => {
    const message = anAlert();
    const results = await Promise.all(Array.from({ length: 6 }, () => takeAlert(harness.sql, message, 1)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['stale', 'stale', 'stale', 'stale', 'stale', 'stored']);
  });

  it('loses nothing when the API dies between commit and acknowledgement', async () => {
    const message = anAlert();
    // What a crash leaves behind: the row is there and the message has not been acknowledged.
    await takeAlert(harness.sql, message, Date.now());
    await publish(message);
    const next = nextRevision(message, { severity: 'critical' });
    await publish(next);
    const alert = await stored(next);
    expect(alert.history.map(({ action }) => action)).toEqual(['raised', 'severity-changed']);
  });

  it('takes in what was published while no API ran', async () => {
    await harness.api.close();
    const messages = [anAlert(), anAlert(), anAlert()];
    for (const message of messages) await publish(message);
    harness.api = await harness.startApi();
    operator = await harness.client('operator-a');
    for (const message of messages) expect((await stored(message)).id).toBe(message.alertId);
  });

  it('puts a broken message aside and goes on', async () => {
    await publish({ alertId: 'nonsense' });
    await bus.nc.publish(subjects.alerts('cam-a'), new TextEncoder().encode('{'));
    const { alert } = await publishAndWait();
    expect(alert.state).toBe('new');
    await allTaken();
  });

  it('makes its consumer again when that was lost', async () => {
    await bus.jsm.consumers.delete(streams.alerts.name, 'vms-api');
    const { alert } = await publishAndWait();
    expect(alert.state).toBe('new');
  });

  it('gives an alert of an unknown camera to the top of the tree', async () => {
    const message = anAlert({ cameraId: 'never-seen' });
    await publish(message);
    const admin = await harness.client('admin');
    expect(await stored(message, admin)).toMatchObject({ cameraName: 'never-seen', place: null });
    await operator.json('GET', `/alerts/${message.alertId}`, undefined, 404);
  });
});

describe('lists and scope', () => {
  it('filters, pages and hides', async () => {
    const red = anAlert({
      kind: 'violation',
      type: 'red-light',
      findings: [aFinding({ type: 'red-light', raisedAtMs: 2_000_000_000_000 })],
    });
    const foreign = anAlert({ cameraId: 'cam-b' });
    for (const message of [red, foreign]) await publish(message);
    await stored(red);
    const otherOperator = await harness.client('operator-b');
    await stored(foreign, otherOperator);
    const ids = async (client: Client, query: string) =>
      (await client.json<{ alerts: Alert[] }>('GET', `/alerts${query}`)).alerts.map(({ id }) => id);
    expect(await ids(operator, '?kind=violation')).toEqual([red.alertId]);
    expect(await ids(operator, '?limit=1')).toEqual([red.alertId]);
    expect(await ids(operator, `?limit=500&beforeMs=2000000000000`)).not.toContain(red.alertId);
    expect(await ids(operator, '?state=resolved')).toEqual([]);
    expect(await ids(operator, `?type=${red.type}&severity=${red.severity}&text=camera%20CAM-A`)).toEqual([red.alertId]);
    expect(await ids(operator, `?type=${red.type}&severity=low`)).toEqual([]);
    expect(await ids(operator, `?type=${red.type}&text=${encodeURIComponent('a%m')}`)).toEqual([]);
    const raisedAtMs = red.findings[0]?.raisedAtMs ?? 0;
    expect(await ids(operator, `?type=${red.type}&fromMs=${raisedAtMs}`)).toEqual([red.alertId]);
    expect(await ids(operator, `?type=${red.type}&fromMs=${raisedAtMs + 1}`)).toEqual([]);
    expect(await ids(otherOperator, '')).toEqual([foreign.alertId]);
    expect(await ids(await harness.client('eoc'), '?limit=500')).not.toContain(red.alertId);
    await otherOperator.json('GET', `/alerts/${red.alertId}`, undefined, 404);
    await otherOperator.json('POST', `/alerts/${red.alertId}/acknowledge`, {}, 404);
    await operator.json('GET', '/alerts?limit=0', undefined, 400);
    await operator.json('GET', "/alerts?cameraId=' OR 1=1", undefined, 400);
  });
});

describe('decisions', () => {
  it('acknowledges once; the second operator is told', async () => {
    const { message } = await publishAndWait();
    const admin = await harness.client('admin');
    const path = `/alerts/${message.alertId}/acknowledge`;
    const answers = await Promise.all([operator.request('POST', path, { comment: 'seen' }), admin.request('POST', path, {})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const alert = await operator.json<AlertDetail>('GET', `/alerts/${message.alertId}`);
    expect(alert.state).toBe('acknowledged');
    expect(alert.history.at(-1)).toMatchObject({
      action: 'acknowledge',
      actor: alert.acknowledgedBy,
      fromState: 'new',
      toState: 'acknowledged',
    });
  });

  it('rejects a false alarm with its reason, and nothing is possible after it', async () => {
    const { message } = await publishAndWait();
    const path = `/alerts/${message.alertId}`;
    await operator.json('POST', `${path}/false-alarm`, { reasonCode: 'boredom' }, 400);
    const alert = await operator.json<Alert>('POST', `${path}/false-alarm`, { reasonCode: 'shadow', comment: 'cây' });
    expect(alert.state).toBe('false-alarm');
    const refused = await operator.json<{ message: string }>('POST', `${path}/acknowledge`, {}, 409);
    expect(refused.message).toBe('the alert is false-alarm (by operator-a) already: "acknowledge" is not possible any more');
    const detail = await operator.json<AlertDetail>('GET', path);
    expect(detail.history.at(-1)).toMatchObject({ comment: 'shadow: cây', toState: 'false-alarm' });
    const audit = await harness.sql`SELECT actor, action FROM audit WHERE subject = ${`alert:${message.alertId}`}`;
    expect([...audit]).toEqual([{ actor: 'operator-a', action: 'alert.false-alarm' }]);
    const { id } = detail;
    const told = await waitFor(async () => (await (await bus.kv(buckets.decisions)).get(id))?.json<AlertDecision>(), {
      what: 'the decision',
    });
    expect(told).toMatchObject({ alertId: id, cameraId: 'cam-a', state: 'false-alarm', role: 'operator' });
    await (await bus.kv(buckets.decisions)).purge(id);
    const again = await harness.startApi();
    await again.close();
    expect((await (await bus.kv(buckets.decisions)).get(id))?.json()).toEqual(told);
  });

  it('keeps the decision when rules send another revision', async () => {
    const { message } = await publishAndWait();
    await operator.json('POST', `/alerts/${message.alertId}/acknowledge`, {});
    const next = nextRevision(message);
    await publish(next);
    expect((await stored(next)).state).toBe('acknowledged');
  });
});

describe('stream', () => {
  it('tells of every change, first those after the event seen last', async () => {
    const { alert } = await publishAndWait();
    const missed = [anAlert(), anAlert({ cameraId: 'cam-b' }), anAlert()];
    for (const message of missed) await publish(message);
    await stored(missed[2] as AlertMessage);
    const follower = new Follower(operator, alert.eventId);
    await waitFor(() => follower.alerts.length === 2, { what: 'the missed alerts' });
    expect(follower.alerts.map(({ id }) => id).sort()).toEqual([missed[0]?.alertId, missed[2]?.alertId].sort());
    await operator.json('POST', `/alerts/${alert.id}/acknowledge`, {});
    await waitFor(() => follower.alerts.length === 3);
    expect(follower.alerts[2]).toMatchObject({ id: alert.id, state: 'acknowledged' });
    expect(follower.alerts[2]?.eventId).toBeGreaterThan(follower.alerts[1]?.eventId as number);
    follower.close();
  });

  it('misses nothing and repeats nothing while many write at once and the client comes and goes', async () => {
    const start = (await publishAndWait()).alert.eventId;
    const wanted = Array.from({ length: 60 }, () => anAlert());
    const seen = new Map<string, number>();
    let since = start;
    const writing = Promise.all(wanted.map((message) => takeAlert(harness.sql, message, Date.now())));
    while (seen.size < wanted.length) {
      const follower = new Follower(operator, since);
      const before = seen.size;
      await waitFor(() => follower.alerts.length > 0 || seen.size === wanted.length, { what: 'more alerts' });
      for (const alert of follower.alerts) {
        seen.set(alert.id, (seen.get(alert.id) ?? 0) + 1);
        expect(alert.eventId).toBeGreaterThan(since);
        since = alert.eventId;
      }
      follower.close();
      expect(seen.size).toBeGreaterThan(before);
    }
    await writing;
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
    expect(new Set(seen.keys())).toEqual(new Set(wanted.map(({ alertId }) => alertId)));
  });

  it('tells a console that has missed too much to read its list again, and goes on from there', async () => {
    await Promise.all([publishAndWait(), publishAndWait(), publishAndWait()]);
    const hub = new AlertStreamHub(harness.sql, quiet, 2);
    await hub.start();
    const told: Record<string, unknown>[] = [];
    const socket = {
      ...{ open: true, onClose: () => undefined, drained: async () => undefined },
      ...{ send: (text: string) => told.push(JSON.parse(text)), sendJson: (value: Record<string, unknown>) => told.push(value) },
    } as unknown as BoundedSocket;
    const scope = [{ unitIds: ['ward-a'], cameras: [], kinds: ALERT_KINDS, plates: true }];
    await hub.subscribe(socket, scope, 0);
    expect(told).toEqual([{ reload: expect.any(Number) }]);
    const { message } = await publishAndWait();
    const id = message.alertId;
    await waitFor(() => told.some(({ alert }) => (alert as Alert | undefined)?.id === id));
    await hub.close();
  });

  it('begins with what comes when no event is named', async () => {
    const follower = new Follower(operator);
    await follower.opened();
    const { message } = await publishAndWait();
    await waitFor(() => follower.alerts.length > 0);
    expect(follower.alerts.map(({ id }) => id)).toEqual([message.alertId]);
    follower.close();
  });
});

describe('clips', () => {
  it('are fetched after the pictures, checked, and served in ranges', async () => {
    const moments = [{ name: 'first', atMs: 1000 }];
    const { message } = await publishAndWait({ findings: [aFinding({ moments })], reservationId: randomUUID() });
    const bytes = Buffer.from('0123456789');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const facts = { codec: 'avc1.64001f', widthPx: 640, heightPx: 360, gaps: [], masked: true as const };
    const times = { wantedFromMs: 0, wantedToMs: 2000, fromMs: 10, toMs: 2000, durationMs: 2030, sizeBytes: 10 };
    const clip = { name: 'clip-first', file: 'clip-first.mp4', moments: ['first'], ...times, ...facts, sha256 };
    const base = { reservationId: message.reservationId as string, cameraId: 'cam-a', stills: [aStill('first')], pending: [], failed: [] };
    ingest.pictures.set('first.jpg', JPEG);
    ingest.pictures.set('clip-first.mp4', bytes);
    ingest.reservation = { ...base, pendingClips: ['clip-first'] };
    const path = `/alerts/${message.alertId}`;
    await waitFor(async () => (await operator.json<AlertDetail>('GET', path)).evidence.length === 1);
    ingest.reservation = { ...base, pendingClips: [], clips: [clip] };
    const stored = await waitFor(async () => (await operator.json<AlertDetail>('GET', path)).clips[0] ?? null);
    expect(stored).toMatchObject({ name: 'clip-first', fromMs: 10, durationMs: 2030, sizeBytes: 10, gaps: [], masked: true, sha256 });
    const unreasoned = stored.url.replace('/api/v1', '');
    expect((await operator.request('GET', unreasoned)).status).toBe(409);
    const url = `${unreasoned}?reason=asked+for`;
    const views = async () =>
      (await harness.sql`SELECT 1 FROM audit WHERE action = 'evidence.original-viewed' AND subject LIKE ${`alert:${message.alertId}/%`}`)
        .length;
    // All but one byte is a view too.
    for (const range of ['bytes=1-', 'bytes=2-']) expect((await operator.request('GET', url, undefined, { range })).status).toBe(206);
    expect(await views()).toBe(1);
    const whole = await operator.request('GET', url);
    expect(await views()).toBe(2);
    expect([whole.status, whole.headers.get('content-type'), await whole.text()]).toEqual([200, 'video/mp4', '0123456789']);
    expect((await (await harness.client('operator-b')).request('GET', url)).status).toBe(404);
    const job = await harness.sql`SELECT state FROM evidence_jobs WHERE alert_id = ${message.alertId}`;
    expect(job[0]).toMatchObject({ state: 'complete' });
  });

  it.each([
    ['bytes=0-3', { first: 0, last: 3 }],
    ['bytes=7-', { first: 7, last: 9 }],
    ['bytes=-2', { first: 8, last: 9 }],
    ['bytes=5-99', { first: 5, last: 9 }],
    ['bytes=10-', 'beyond'],
    ['bytes=-0', 'beyond'],
    ['bytes=4-2', null],
    ['items=0-1', null],
    [undefined, null],
  ])('range %s', (header, expected) => expect(byteRange(header, 10)).toEqual(expected));
});

describe('evidence', () => {
  const withMoments = (...names: string[]) => {
    const moments = names.map((name, i) => ({ name, atMs: 1000 + i, box: [0.1, 0.1, 0.2, 0.2] as [number, number, number, number] }));
    return { findings: [aFinding({ moments })], reservationId: randomUUID() };
  };

  it('fetches pictures when ingest has them, checks and serves them', async () => {
    const { message } = await publishAndWait(withMoments('first', 'raised'));
    const reservationId = message.reservationId as string;
    const base = { reservationId, cameraId: 'cam-a', stills: [], pending: ['first', 'raised'], failed: [] };
    ingest.reservation = base;
    ingest.pictures.set('first.jpg', JPEG);
    ingest.reservation = { ...base, stills: [aStill('first')], pending: ['raised'] };
    const path = `/alerts/${message.alertId}`;
    const partial = await waitFor(async () => {
      const alert = await operator.json<AlertDetail>('GET', path);
      return alert.evidence.length === 1 ? alert : null;
    });
    expect(partial.evidence[0]).toMatchObject({ moment: 'first', widthPx: 1920, box: [0.1, 0.1, 0.2, 0.2], note: null });
    ingest.reservation = {
      ...base,
      stills: [aStill('first')],
      pending: [],
      failed: [{ moment: 'raised', reason: 'gap in the recording' }],
    };
    const whole = await waitFor(async () => {
      const alert = await operator.json<AlertDetail>('GET', path);
      return alert.evidenceFailed.length === 1 ? alert : null;
    });
    expect(whole.evidenceFailed).toEqual([{ moment: 'raised', reason: 'gap in the recording' }]);
    expect(whole.eventId).toBeGreaterThan(partial.eventId);
    const path0 = whole.evidence[0]?.url.replace('/api/v1', '') as string;
    const url = `${path0}?reason=asked+for`;
    const picture = await operator.request('GET', url);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await picture.arrayBuffer()).equals(JPEG)).toBe(true);
    const other = await harness.client('operator-b');
    expect((await other.request('GET', url)).status).toBe(404);
    const file = join(harness.dataDirectory, 'evidence', message.alertId, path0.split('/').at(-1) as string);
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('x')]));
    expect((await operator.json<{ code: string }>('GET', url, undefined, 500)).code).toBe('API_EVIDENCE_HASH');
    rmSync(file);
    expect((await operator.request('GET', url)).status).toBe(404);
    const subject = `alert:${message.alertId}/%`;
    const views = await harness.sql`SELECT actor FROM audit WHERE action = 'evidence.original-viewed' AND subject LIKE ${subject}`;
    expect([...views]).toEqual([{ actor: 'operator-a' }]);
  });

  it('fetches the crop of a picture with it, enters it in the ledger and serves it; none with another hash', async () => {
    const { message } = await publishAndWait(withMoments('first'));
    const crop = Buffer.from('crop of the vehicle');
    const still = aCroppedStill('first', JPEG, crop);
    ingest.pictures.set('first.jpg', JPEG).set('first-crop.jpg', Buffer.from('another'));
    ingest.reservation = { reservationId: message.reservationId as string, cameraId: 'cam-a', stills: [still], pending: [], failed: [] };
    const path = `/alerts/${message.alertId}`;
    const refused = () =>
      harness.sql`SELECT 1 FROM evidence_jobs WHERE alert_id = ${message.alertId} AND last_error LIKE '%crop of moment first%'`;
    await waitFor(async () => (await refused()).length > 0);
    expect((await operator.json<AlertDetail>('GET', path)).evidence).toEqual([]);
    ingest.pictures.set('first-crop.jpg', crop);
    const [stored] = await waitFor(async () => {
      const { evidence } = await operator.json<AlertDetail>('GET', path);
      return evidence.length > 0 ? evidence : null;
    });
    expect(stored?.crop).toMatchObject({ box: [0.05, 0.05, 0.25, 0.25], widthPx: 384, heightPx: 216, sha256: still.crop?.sha256 });
    const served = await operator.request('GET', `${stored?.crop?.url.replace('/api/v1', '')}?reason=asked+for`);
    expect(Buffer.from(await served.arrayBuffer())).toEqual(crop);
    const entries =
      await harness.sql`SELECT payload FROM ledger WHERE subject = ${`alert:${message.alertId}`} AND kind = 'evidence.stored'`;
    expect(String(entries[0]?.['payload'])).toContain(still.crop?.sha256);
  });

  it('never stores a picture with another hash, and gives up with the reason', async () => {
    const reservation = withMoments('raised');
    ingest.reservation = {
      reservationId: reservation.reservationId,
      cameraId: 'cam-a',
      stills: [aStill('raised')],
      pending: [],
      failed: [],
    };
    ingest.pictures.set('raised.jpg', Buffer.from('another picture'));
    const { message } = await publishAndWait(reservation);
    await waitFor(
      async () =>
        (await harness.sql`SELECT 1 FROM evidence_jobs WHERE alert_id = ${message.alertId} AND last_error IS NOT NULL`).length > 0,
    );
    await harness.sql`UPDATE evidence_jobs SET give_up_at_ms = 0, next_attempt_ms = 0 WHERE alert_id = ${message.alertId}`;
    const alert = await waitFor(async () => {
      const found = await operator.json<AlertDetail>('GET', `/alerts/${message.alertId}`);
      return found.evidenceFailed.length > 0 ? found : null;
    });
    expect(alert.evidence).toEqual([]);
    expect(alert.evidenceFailed).toEqual([
      { moment: 'raised', reason: 'the picture of moment raised does not have the hash announced for it' },
    ]);
  });

  it('goes on after a restart, and opens again for new moments', async () => {
    const reservation = withMoments('first');
    ingest.reservation = null;
    const { message } = await publishAndWait(reservation);
    await harness.api.close();
    ingest.reservation = {
      reservationId: reservation.reservationId,
      cameraId: 'cam-a',
      stills: [aStill('first')],
      pending: [],
      failed: [],
    };
    ingest.pictures.set('first.jpg', JPEG);
    ingest.pictures.set('raised.jpg', JPEG);
    harness.api = await harness.startApi();
    operator = await harness.client('operator-a');
    const count = async () => (await operator.json<AlertDetail>('GET', `/alerts/${message.alertId}`)).evidence.length;
    await waitFor(async () => (await count()) === 1);
    ingest.reservation = { ...ingest.reservation, stills: [aStill('first'), aStill('raised')] };
    await publish(nextRevision(message, { findings: withMoments('first', 'raised').findings }));
    await waitFor(async () => (await count()) === 2);
    const jobs = await harness.sql`SELECT state FROM evidence_jobs WHERE alert_id = ${message.alertId}`;
    await waitFor(
      async () => (await harness.sql`SELECT 1 FROM evidence_jobs WHERE alert_id = ${message.alertId} AND state = 'complete'`).length === 1,
    );
    expect(jobs.length).toBe(1);
  });
});
