import { randomUUID } from 'node:crypto';
import { AlertSpan, deriveId, type EvidenceWanted, matches, EvidenceWanted as Schema, subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert, AlertDetail } from '../src/alerts/alert-schemas.js';
import type { RunningApi } from '../src/api.js';
import { startDispatch } from '../src/dispatch/start.js';
import type { Drill } from '../src/drills/drill-schemas.js';
import { anAlert } from '../src/testing/builders.js';
import { aStill, JPEG, startFakeIngest } from './fake-ingest.js';
import { aCamera, type Client, type Harness, quiet, SITE, startHarness } from './harness.js';
import { Inbox } from './inbox.js';

const HOUR_MS = 3_600_000;

let harness: Harness;
let bus: Bus;
let api: RunningApi;
let nowMs = Date.now();
let inbox: Inbox;
let dispatch: { close(): Promise<void> } | undefined;
const as = async (username: string): Promise<Client> => (await harness.client(username)).at(api.url);

beforeAll(async () => {
  // One real camera, because a recording alone would make everything an exercise.
  const cameras = [
    ...[aCamera({ id: 'cam-a', unitId: 'ward-a', simulated: false }), aCamera({ id: 'cam-b', unitId: 'ward-b' })],
    aCamera({ id: 'cam-c', unitId: 'ward-a', simulated: false, location: { latitude: 11, longitude: 107, address: 'Cầu Ông Bố' } }),
    aCamera({ id: 'cam-d', unitId: 'ward-b', simulated: false }),
  ];
  harness = await startHarness({ ...SITE, cameras });
  api = await harness.startApi({ nowMs: () => nowMs });
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
});
afterAll(async () => {
  await bus?.close();
  await api?.close();
  await harness?.stop();
});
beforeEach(async () => {
  nowMs = Date.now();
  inbox = new Inbox();
  await inbox.start();
  await harness.sql`INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms)
    VALUES ('eoc', 'EOC', 'cap', ${inbox.url}, 'actual', ${['incident']}, 'city', 3600000)
    ON CONFLICT (id) DO UPDATE SET url = excluded.url`;
  dispatch = await startDispatch({ databaseUrl: harness.databaseUrl, natsUrl: harness.natsUrl, key: harness.key, logger: quiet });
});
afterEach(async () => {
  await dispatch?.close();
  await inbox.stop();
});

const aCall = (changes: object = {}) => ({
  ...{ type: 'medical', severity: 'high', source: 'phone-call', description: 'Một người ngất trên vỉa hè' },
  ...{ unitId: 'ward-a', place: 'Chợ Bến Thành, cửa Nam', ...changes },
});
const aSighting = (changes: object = {}) => ({
  ...{ type: 'fire', severity: 'critical', source: 'seen', description: 'Khói đen từ tầng hai', cameraId: 'cam-a', ...changes },
});
const matchesParts = <T extends object>(value: T, parts: Partial<T>) =>
  (Object.keys(parts) as (keyof T)[]).every((key) => value[key] === parts[key]);
const messagesAbout = ({ id }: { id: string }) => inbox.taken().filter(({ incidents }) => incidents.includes(id));
const messageAbout = (alert: { id: string }) => waitFor(() => messagesAbout(alert)[0], { what: 'the message to the centre' });
const open = async (body: object, username = 'operator-a') => (await as(username)).json<Alert>('POST', '/incidents', body, 201);

describe('an incident from a telephone call, without a camera', () => {
  it('is told to the centre once, as observed, at its coordinates, without the name of who opened it', async () => {
    const alert = await open(aCall({ location: { latitude: 10.7725, longitude: 106.698 } }));
    expect(alert).toMatchObject({
      ...{ cameraId: null, cameraName: null, place: 'Chợ Bến Thành, cửa Nam', confidence: null, findings: [], state: 'new' },
      ...{ kind: 'incident', type: 'medical', drill: null, ongoing: true },
      byHand: { openedBy: 'operator-a', source: 'phone-call', location: { latitude: 10.7725, longitude: 106.698 }, moments: [] },
    });
    const message = await messageAbout(alert);
    expect(message).toMatchObject({ status: 'Actual', msgType: 'Alert', source: 'operator-report', codes: ['OPERATOR-OPENED'] });
    const [vi, en] = message.infos;
    expect(vi).toMatchObject({
      ...{ event: 'Cấp cứu y tế', certainty: 'Observed', urgency: 'Immediate', severity: 'Severe', categories: ['Health', 'Rescue'] },
      headline: 'Cấp cứu y tế – Chợ Bến Thành, cửa Nam',
      description: 'Tin báo qua điện thoại: Một người ngất trên vỉa hè',
      eventCodes: [
        { valueName: 'urn:safecity:incident-type', value: 'medical' },
        { valueName: 'APCO-NENA-2.103', value: 'SICK' },
      ],
    });
    expect(vi?.areas).toMatchObject([
      { areaDesc: 'Chợ Bến Thành, cửa Nam', circles: [{ latitude: 10.7725, longitude: 106.698, radiusKm: 0.1 }] },
    ]);
    expect(en?.description).toBe('Reported by telephone: Một người ngất trên vỉa hè');
    expect(JSON.stringify(message)).not.toMatch(/operator-a|cameraId|confidence|null|undefined/);
    // The centre has it before its receipt is written down.
    const detail = await waitFor(async () => {
      const one = await (await as('operator-a')).json<AlertDetail>('GET', `/alerts/${alert.id}`);
      return one.deliveries.some(({ state }) => state === 'sent') ? one : null;
    });
    expect(detail.history).toMatchObject([{ actor: 'operator-a', action: 'opened-by-hand', toState: 'new' }]);
    expect(detail.deliveries).toMatchObject([{ messageType: 'Alert', state: 'sent' }]);
    expect(messagesAbout(alert)).toHaveLength(1);
  });

  it('has an area in words alone when nobody knows the coordinates', async () => {
    const [vi] = (await messageAbout(await open(aCall()))).infos;
    expect(vi?.areas).toEqual([expect.objectContaining({ areaDesc: 'Chợ Bến Thành, cửa Nam', circles: [], polygons: [] })]);
  });

  it('is opened once, however often the same request comes', async () => {
    const id = randomUUID();
    const [first, second] = await Promise.all([open(aCall({ id })), open(aCall({ id, description: 'again' }))]);
    expect([first.id, second.id, first.eventId]).toEqual([id, id, second.eventId]);
    await messageAbout(first);
    await (await as('admin')).json('POST', '/incidents', aCall({ id }), 409);
    const rows = await harness.sql`SELECT count(*)::int AS n FROM outbox WHERE alert_id = ${id}`;
    expect(rows[0]?.['n']).toBe(1);
  });

  it('is seen by those whose unit it is in, and by nobody beside', async () => {
    const { id } = await open(aCall());
    const statusFor = async (username: string) => (await (await as(username)).request('GET', `/alerts/${id}`)).status;
    expect(await Promise.all(['operator-a', 'eoc', 'admin', 'operator-b', 'reviewer-a'].map(statusFor))).toEqual([200, 200, 200, 404, 403]);
    const listed = await (await as('operator-b')).json<{ alerts: Alert[] }>('GET', '/alerts');
    expect(listed.alerts.map((alert) => alert.id)).not.toContain(id);
  });

  it('is acknowledged and called false like any other, and rules is told nothing of it', async () => {
    const alert = await open(aCall());
    const client = await as('operator-a');
    await client.json('POST', `/alerts/${alert.id}/acknowledge`, {});
    await client.json('POST', `/alerts/${alert.id}/false-alarm`, { reasonCode: 'other' });
    const [, cancel] = await waitFor(() => (messagesAbout(alert).length === 2 ? messagesAbout(alert) : null));
    expect(cancel).toMatchObject({ msgType: 'Cancel', infos: [{ certainty: 'Unlikely' }, {}] });
    expect(await (await bus.kv('decisions')).get(alert.id)).toBeNull();
    await client.json('POST', `/alerts/${alert.id}/suppress`, { untilMs: nowMs + HOUR_MS }, 400);
  });

  it('is over when somebody has resolved it, and the centre is told', async () => {
    const alert = await open(aCall());
    const client = await as('operator-a');
    await client.json('POST', `/alerts/${alert.id}/acknowledge`, {});
    const resolved = await client.json<Alert>('POST', `/alerts/${alert.id}/resolve`, {});
    expect(resolved).toMatchObject({ state: 'resolved', ongoing: false, endMs: nowMs, assignee: null });
    const over = await waitFor(() => messagesAbout(alert).find(({ msgType }) => msgType === 'Update'));
    expect(over.infos[0]).toMatchObject({ responseTypes: ['AllClear'], urgency: 'Past', certainty: 'Observed' });
  });

  it('is never changed by a message of rules, whatever id it bears', async () => {
    const { id } = await open(aCall());
    expect(await takeAlert(harness.sql, anAlert({ alertId: id, revision: 7 }), nowMs)).toEqual({ outcome: 'stale', planned: false });
    expect(await (await as('operator-a')).json<Alert>('GET', `/alerts/${id}`)).toMatchObject({ type: 'medical', cameraId: null });
  });
});

describe('an incident that was seen on a camera', () => {
  it('has pictures of the moment set aside as a detected one has, and is told with them', async () => {
    const asked: EvidenceWanted[] = [];
    const listening = bus.nc.subscribe(subjects.evidenceWanted('cam-a'), {
      callback: (_error, message) => {
        const wanted: unknown = JSON.parse(new TextDecoder().decode(message.data));
        if (matches(Schema, wanted)) asked.push(wanted);
      },
    });
    await bus.nc.flush();
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
    try {
      nowMs = Date.now();
      const alert = await open(aSighting({ seenAtMs: nowMs - 3000 }));
      const wanted = await waitFor(() => asked[0]);
      expect(wanted).toMatchObject({
        ...{ action: 'reserve', cameraId: 'cam-a' },
        moments: [
          { name: 'before', atMs: nowMs - 8000 },
          { name: 'raised', atMs: nowMs - 3000 },
        ],
      });
      ingest.pictures.set('raised.jpg', JPEG);
      const failed = [{ moment: 'before', reason: 'the ring does not reach back so far' }];
      ingest.reservation = {
        ...{ reservationId: wanted.reservationId, cameraId: 'cam-a', pending: [], failed },
        stills: [aStill('raised')],
      };
      const message = await messageAbout(alert);
      expect(message).toMatchObject({ status: 'Actual', infos: [{ certainty: 'Observed', resources: [{ mimeType: 'image/jpeg' }] }, {}] });
      expect(message.infos[0]?.description).toBe('Trực ban quan sát thấy – Camera Camera cam-a (cam-a): Khói đen từ tầng hai');
      expect(message.infos[0]?.areas[0]).toMatchObject({ areaDesc: 'Ngã tư Sở Sao', circles: [{ latitude: 10.9804 }] });
      const detail = await (await as('operator-a')).json<AlertDetail>('GET', `/alerts/${alert.id}`);
      expect(detail).toMatchObject({ cameraId: 'cam-a', byHand: { moments: ['before', 'raised'] }, evidence: [{ moment: 'raised' }] });
      expect(detail.evidenceFailed).toEqual(failed);
    } finally {
      listening.unsubscribe();
      await ingest.close();
    }
  });

  it('is recorded by a camera that records on alert, from before it was seen until somebody says that it is over', async () => {
    const told: AlertSpan[] = [];
    const listening = bus.nc.subscribe(subjects.allIncidentsByHand, {
      callback: (_error, message) => {
        const span: unknown = JSON.parse(new TextDecoder().decode(message.data));
        if (matches(AlertSpan, span)) told.push(span);
      },
    });
    await bus.nc.flush();
    try {
      const { id: withoutCamera } = await open(aCall());
      const { id } = await open(aSighting({ seenAtMs: nowMs - 3000 }));
      const tellsOf = (wanted: Partial<AlertSpan>) => waitFor(() => told.find((span) => matchesParts(span, { alertId: id, ...wanted })));
      await tellsOf({ cameraId: 'cam-a', phase: 'updated', startMs: nowMs - 3000, updatedMs: nowMs });
      const client = await as('operator-a');
      nowMs += 60_000;
      await client.json('POST', `/alerts/${id}/acknowledge`, {});
      await tellsOf({ phase: 'updated', updatedMs: nowMs });
      await client.json('POST', `/alerts/${id}/resolve`, {});
      await tellsOf({ phase: 'closed', endMs: nowMs });
      expect(told.map(({ alertId }) => alertId)).not.toContain(withoutCamera);
    } finally {
      listening.unsubscribe();
    }
  });

  it.each([
    { name: 'a camera of another unit', body: aSighting({ cameraId: 'cam-b' }), status: 404 },
    { name: 'another unit', body: aCall({ unitId: 'ward-b' }), status: 404 },
    { name: 'a unit beside the camera', body: aSighting({ unitId: 'ward-a' }), status: 400 },
    { name: 'neither camera nor unit', body: aCall({ unitId: undefined }), status: 400 },
    { name: 'neither camera nor place', body: aCall({ place: undefined }), status: 400 },
    { name: 'a type that only counts', body: aCall({ type: 'line-count' }), status: 400 },
    { name: 'a violation', body: aCall({ type: 'red-light' }), status: 400 },
    { name: 'the future', body: aCall({ seenAtMs: Date.now() + HOUR_MS }), status: 400 },
    { name: 'an id that could be one of rules', body: aCall({ id: 'cf2b3c1e-8a34-5d6b-9a3e-0f7d3c5b7a11' }), status: 400 },
    { name: 'a drill that does not exist', body: aCall({ drillId: randomUUID() }), status: 404 },
    { name: 'coordinates beyond the pole', body: aCall({ location: { latitude: 91, longitude: 0 } }), status: 400 },
  ])('is refused for $name: $status', async ({ body, status }) => {
    await (await as('operator-a')).json('POST', '/incidents', body, status);
  });
});

describe('a correction', () => {
  const correct = async ({ id }: { id: string }, body: object, username = 'operator-a') =>
    (await as(username)).json<Alert>('PATCH', `/incidents/${id}`, { reason: 'nghe nhầm', ...body }, 200);
  const updateAbout = (alert: { id: string }) =>
    waitFor(() => messagesAbout(alert).find(({ msgType }) => msgType === 'Update'), { what: 'the update' });

  it('is told as an update of the same incident, stands in history and audit with old and new value, and is made once', async () => {
    const alert = await open(aCall());
    const first = await messageAbout(alert);
    await (await as('operator-a')).json('POST', `/alerts/${alert.id}/acknowledge`, {});
    const location = { latitude: 10.7, longitude: 106.6 };
    const body = { type: 'fight', severity: 'critical', description: 'Hai người đánh nhau', place: 'Ga Sài Gòn', location };
    const corrected = await correct(alert, body);
    expect(corrected).toMatchObject({
      ...{ id: alert.id, state: 'acknowledged', type: 'fight', severity: 'critical', place: 'Ga Sài Gòn', cameraId: null },
      ...{ reason: { text: { vi: 'Hai người đánh nhau' } }, byHand: { openedBy: 'operator-a', location } },
    });
    expect((await correct(alert, body)).eventId).toBe(corrected.eventId);
    const update = await updateAbout(alert);
    expect(update).toMatchObject({ status: 'Actual', incidents: [alert.id], references: [{ identifier: first.identifier }] });
    expect(update.infos[0]).toMatchObject({
      ...{ event: 'Đánh nhau', severity: 'Extreme', responseTypes: ['Assess'], headline: 'Đánh nhau – Ga Sài Gòn' },
      areas: [{ areaDesc: 'Ga Sài Gòn', circles: [{ ...location, radiusKm: 0.1 }] }],
    });
    const changes = [
      { field: 'type', from: 'medical', to: 'fight' },
      { field: 'severity', from: 'high', to: 'critical' },
      { field: 'description', from: 'Một người ngất trên vỉa hè', to: 'Hai người đánh nhau' },
      { field: 'place', from: 'Chợ Bến Thành, cửa Nam', to: 'Ga Sài Gòn' },
      { field: 'location', from: null, to: '10.7, 106.6' },
    ];
    const { history, deliveries } = await (await as('operator-a')).json<AlertDetail>('GET', `/alerts/${alert.id}`);
    expect(history.slice(2)).toEqual([
      expect.objectContaining({ action: 'corrected', actor: 'operator-a', comment: 'nghe nhầm', fromState: 'acknowledged', changes }),
    ]);
    expect(deliveries.map(({ messageType }) => messageType)).toEqual(['Alert', 'Update']);
    const audit = await harness.sql`SELECT detail FROM audit WHERE subject = ${`alert:${alert.id}`} AND action = 'incident.corrected'`;
    expect(audit.map(({ detail }) => detail)).toEqual([{ reason: 'nghe nhầm', changes }]);
    await (await as('operator-a')).json('POST', `/alerts/${alert.id}/resolve`, {});
    const refused = await (await as('operator-a')).request('PATCH', `/incidents/${alert.id}`, { reason: 'too late', severity: 'low' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'API_ALERT_STATE']);
  });

  it('of the camera takes its pictures from the right one, tells them alone, and lets the wrong one go', async () => {
    const asked: EvidenceWanted[] = [];
    const told: AlertSpan[] = [];
    const collect = (subject: string, take: (value: unknown) => void) =>
      bus.nc.subscribe(subject, { callback: (_error, message) => take(message.json()) });
    const listening = [
      collect(subjects.allEvidenceWanted, (value) => void (matches(Schema, value) && asked.push(value))),
      collect(subjects.allIncidentsByHand, (value) => void (matches(AlertSpan, value) && told.push(value))),
    ];
    await bus.nc.flush();
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'cam-c']);
    const give = ({ reservationId, cameraId, moments }: EvidenceWanted) => {
      for (const { name } of moments) ingest.pictures.set(`${name}.jpg`, JPEG);
      ingest.reservation = { ...{ reservationId, cameraId, pending: [], failed: [] }, stills: moments.map(({ name }) => aStill(name)) };
    };
    try {
      const alert = await open(aSighting());
      const reservations = [deriveId('reservation', alert.id), deriveId('reservation', alert.id, 1)];
      const askedOf = () => asked.filter(({ reservationId }) => reservations.includes(reservationId));
      const detailOf = async () => (await as('operator-a')).json<AlertDetail>('GET', `/alerts/${alert.id}`);
      give(await waitFor(() => askedOf()[0]));
      await waitFor(async () => (await detailOf()).evidence.length === 2);
      const corrected = await correct(alert, { cameraId: 'cam-c' });
      expect(corrected).toMatchObject({ cameraId: 'cam-c', cameraName: 'Camera cam-c', place: 'Cầu Ông Bố', listedStill: null });
      const { startMs, byHand } = corrected;
      expect(byHand).toMatchObject({
        moments: ['before-2', 'raised-2'],
        earlier: [{ cameraId: 'cam-a', cameraName: 'Camera cam-a', moments: ['before', 'raised'] }],
      });
      const [, , again] = await waitFor(() => (askedOf().length === 3 ? askedOf() : null));
      expect(askedOf().slice(1)).toMatchObject([
        { action: 'release', cameraId: 'cam-a', reservationId: reservations[0], moments: [] },
        {
          action: 'reserve',
          cameraId: 'cam-c',
          moments: [
            { name: 'before-2', atMs: startMs - 5000 },
            { name: 'raised-2', atMs: startMs },
          ],
        },
      ]);
      give(again as EvidenceWanted);
      const info = await waitFor(() => {
        const updates = messagesAbout(alert).filter(({ msgType }) => msgType === 'Update');
        return updates.map(({ infos }) => infos[0]).find((one) => one?.areas[0]?.areaDesc === 'Cầu Ông Bố' && one.resources.length > 0);
      });
      expect(info.areas[0]?.circles).toMatchObject([{ latitude: 11 }]);
      expect(info.resources.map(({ resourceDesc }) => resourceDesc?.split(' ')[1])).toEqual(['before-2', 'raised-2']);
      const detail = await detailOf();
      expect([detail.listedStill, detail.evidence.map(({ moment }) => moment).sort()]).toEqual([
        'raised-2',
        ['before', 'before-2', 'raised', 'raised-2'],
      ]);
      expect(detail.history.at(-1)?.changes).toMatchObject([
        { field: 'camera', from: 'Camera cam-a (cam-a)', to: 'Camera cam-c (cam-c)' },
        { field: 'place', from: 'Ngã tư Sở Sao', to: 'Cầu Ông Bố' },
      ]);
      const spanOf = (cameraId: string, phase: string) =>
        waitFor(() => told.some((span) => span.cameraId === cameraId && span.phase === phase));
      await Promise.all([spanOf('cam-a', 'closed'), spanOf('cam-c', 'updated')]);
      const without = await correct(alert, { cameraId: null });
      expect(without).toMatchObject({ cameraId: null, place: 'Cầu Ông Bố', listedStill: null, byHand: { moments: [] } });
    } finally {
      for (const one of listening) one.unsubscribe();
      await ingest.close();
    }
  });

  it('of the camera hands it to the unit of the camera', async () => {
    const alert = await open(aCall());
    expect(await correct(alert, { cameraId: 'cam-d' }, 'admin')).toMatchObject({ cameraId: 'cam-d', place: 'Chợ Bến Thành, cửa Nam' });
    const statusFor = async (username: string) => (await (await as(username)).request('GET', `/alerts/${alert.id}`)).status;
    expect(await Promise.all(['operator-a', 'operator-b'].map(statusFor))).toEqual([404, 200]);
  });

  it.each([
    { name: 'no reason', body: { reason: '  ' }, status: 400 },
    { name: 'no place and no camera', body: { place: null }, status: 400 },
    { name: 'a violation', body: { type: 'red-light' }, status: 400 },
    { name: 'a camera of another unit', body: { cameraId: 'cam-d' }, status: 404 },
    { name: 'a recording in the place of what is real', body: { cameraId: 'cam-b' }, username: 'admin', status: 400 },
    { name: 'somebody beside', body: { severity: 'low' }, username: 'operator-b', status: 404 },
    { name: 'somebody who opens none', body: { severity: 'low' }, username: 'reviewer-a', status: 403 },
  ])('is refused for $name: $status', async ({ body, username = 'operator-a', status }) => {
    const { id } = await open(aCall());
    await (await as(username)).json('PATCH', `/incidents/${id}`, { reason: 'nghe nhầm', ...body }, status);
  });

  it('of what a rule found is refused', async () => {
    const detected = anAlert();
    await takeAlert(harness.sql, detected, nowMs);
    const refused = await (await as('operator-a')).request('PATCH', `/incidents/${detected.alertId}`, {
      reason: 'not so',
      severity: 'low',
    });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'API_INCIDENT_DETECTED']);
  });
});

describe('a drill', () => {
  const declare = async (changes: object = {}, username = 'lead-a', status = 201) =>
    (await as(username)).json<Drill>(
      'POST',
      '/drills',
      { unitId: 'ward-a', name: 'Diễn tập cháy chợ', exercises: 'Báo cháy, gọi 114', untilMs: nowMs + HOUR_MS, ...changes },
      status,
    );
  const listed = async (username: string, query = '') =>
    (await (await as(username)).json<{ drills: Drill[] }>('GET', `/drills${query}`)).drills.map(({ id }) => id);

  it('makes what is opened as part of it an exercise, never actual, and leaves the rest real', async () => {
    const drill = await declare();
    const [practised, real] = [await open(aCall({ drillId: drill.id, type: 'weapon' })), await open(aCall({ type: 'weapon' }))];
    const message = await messageAbout(practised);
    expect(message).toMatchObject({ status: 'Exercise', codes: ['OPERATOR-OPENED', 'DRILL'] });
    expect(message.note).toContain('Diễn tập cháy chợ');
    expect(message.infos[0]?.description).toMatch(/^DIỄN TẬP \(Diễn tập cháy chợ\): không phải tình huống thật\.\n/);
    expect((await messageAbout(real)).status).toBe('Actual');
    expect([practised.drill, real.drill]).toEqual([{ id: drill.id, name: 'Diễn tập cháy chợ' }, null]);
    const rows = await harness.sql`SELECT id FROM alerts WHERE drill_id IS NULL AND id IN (${practised.id}, ${real.id})`;
    expect(rows.map(({ id }) => id)).toEqual([real.id]);
    const counted = async (query: string) => {
      const span = `fromMs=${practised.raisedAtMs}&toMs=${nowMs + 1}`;
      const { rows: outcomes } = await (await as('admin')).json<{ rows: { type: string; count: number }[] }>(
        'GET',
        `/statistics/outcomes?${span}${query}`,
      );
      return outcomes.filter(({ type }) => type === 'weapon').reduce((sum, { count }) => sum + count, 0);
    };
    expect([await counted(''), await counted('&simulated=true')]).toEqual([1, 2]);
    const detected = anAlert({ simulated: false });
    await takeAlert(harness.sql, detected, nowMs);
    expect((await messageAbout({ id: detected.alertId })).status).toBe('Actual');
    await (await as('operator-a')).json('POST', `/alerts/${practised.id}/false-alarm`, { reasonCode: 'other' });
    const cancel = await waitFor(() => messagesAbout(practised)[1]);
    expect([cancel.msgType, cancel.status]).toEqual(['Cancel', 'Exercise']);
  });

  it('ends by its time, or by hand, and takes nothing in any more', async () => {
    const [timed, ended] = [await declare(), await declare()];
    await (await as('lead-a')).json('POST', `/drills/${ended.id}/end`, {});
    expect(await listed('operator-a', '?over=false')).toContain(timed.id);
    expect(await listed('operator-a', '?over=false')).not.toContain(ended.id);
    await (await as('operator-a')).json('POST', '/incidents', aCall({ drillId: ended.id }), 409);
    await (await as('lead-a')).json('POST', `/drills/${ended.id}/end`, {}, 409);
    nowMs += HOUR_MS;
    await (await as('operator-a')).json('POST', '/incidents', aCall({ drillId: timed.id }), 409);
    expect(await listed('operator-a', '?over=true')).toEqual(expect.arrayContaining([timed.id, ended.id]));
    const audit = await harness.sql`SELECT actor, action FROM audit WHERE subject = ${`drill:${ended.id}`} ORDER BY seq`;
    expect([...audit]).toEqual([
      { actor: 'lead-a', action: 'drill.declared' },
      { actor: 'lead-a', action: 'drill.ended' },
    ]);
  });

  it('is shown below its unit and above it, not beside it, and every open console hears of it', async () => {
    const socket = (await as('operator-b')).socket('/alerts/stream');
    const heard: unknown[] = [];
    socket.on('message', (bytes) => heard.push(JSON.parse(String(bytes))));
    await new Promise((resolve) => socket.once('open', resolve));
    const inWard = await declare();
    const inCity = await declare({ unitId: 'city' }, 'admin');
    await waitFor(() => heard.some((message) => JSON.stringify(message) === '{"changed":"drills"}'));
    socket.close();
    const seen = async (username: string) => (await listed(username)).filter((id) => [inWard.id, inCity.id].includes(id)).length;
    expect(await Promise.all(['operator-a', 'eoc', 'operator-b'].map(seen))).toEqual([2, 2, 1]);
    await (await as('lead-a')).json('POST', `/drills/${inCity.id}/end`, {}, 404);
    await open({ ...aCall({ unitId: 'ward-b', drillId: inCity.id }) }, 'operator-b');
    await (await as('operator-b')).json('POST', '/incidents', aCall({ unitId: 'ward-b', drillId: inWard.id }), 404);
  });

  it.each([
    { name: 'by an operator', changes: {}, username: 'operator-a', status: 403 },
    { name: 'in another unit', changes: { unitId: 'ward-b' }, username: 'lead-a', status: 404 },
    { name: 'that ended before it began', changes: { untilMs: 1 }, username: 'lead-a', status: 400 },
    { name: 'of more than three days', changes: { untilMs: Date.now() + 73 * HOUR_MS }, username: 'lead-a', status: 400 },
  ])('$name is refused: $status', async ({ changes, username, status }) => {
    await declare(changes, username, status);
  });
});
