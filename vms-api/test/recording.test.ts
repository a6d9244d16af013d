import type { IncomingMessage } from 'node:http';
import { buckets } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { settleAllRecordings } from '../src/holds/hold-recordings.js';
import type { Hold } from '../src/holds/hold-schemas.js';
import { IngestDirectory } from '../src/live/ingest-directory.js';
import type { Bookmark, Timeline } from '../src/recording/timeline-schemas.js';
import { WatchAudit } from '../src/recording/watch-audit.js';
import { anAlert, nextRevision } from '../src/testing/builders.js';
import { type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
let lead: Client;
let ingest: FakeIngest;
const seen: { method: string; url: string; body: string }[] = [];
/** An incident of a minute, an hour into the recording. */
const FROM = 1_795_000_000_000;
const INCIDENT = { fromMs: FROM + 3_600_000, toMs: FROM + 3_660_000 };
const END = FROM + 7_200_000;
const MARGIN_MS = 300_000;
const LOCK = {
  lockId: '00000000-0000-5000-8000-000000000000',
  fromMs: FROM,
  toMs: FROM + 2,
  owner: 'operator-a',
  reason: 'case 7',
  atMs: 5,
};
const TIMELINE = {
  ...{ fromMs: FROM, toMs: END },
  spans: [{ fromMs: FROM, toMs: INCIDENT.toMs }],
  gaps: [{ fromMs: INCIDENT.toMs, toMs: END, reason: 'disk-full' }],
  locks: [LOCK],
  motion: { stepMs: 1_800_000, values: [0.1, 0.2, 0.3, null] },
};
const timelinePath = `/cameras/cam-a/recording/timeline?fromMs=${FROM}&toMs=${END}&steps=4`;

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const audited = async (action: string) => {
  const rows = await harness.sql<{ payload: { actor: string; subject: string; detail: Record<string, unknown> } }[]>`
    SELECT payload::jsonb AS payload FROM audit WHERE payload::jsonb ->> 'action' = ${action} ORDER BY seq`;
  return rows.map(({ payload: { actor, subject, detail } }) => ({ actor, subject, detail }));
};

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
  lead = await harness.client('lead-a');
  ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'cam-b']);
  ingest.recording = async (request, response) => {
    const { method = '', url = '' } = request;
    seen.push({ method, url, body: await textOf(request) });
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (method === 'DELETE') return response.writeHead(204).end();
    if (method === 'POST') return json(200, LOCK);
    if (url.includes('/timeline')) return json(200, TIMELINE);
    if (url.includes('/next')) return json(200, { stretch: url.includes('fromMs=100') ? null : { fromMs: FROM, toMs: END } });
    if (url.includes('fromMs=100')) return json(404, { code: 'INGEST_CLIP_UNAVAILABLE', message: 'nothing of that time' });
    const times = { 'x-from-ms': '0', 'x-to-ms': '4', 'x-next-ms': '5', 'x-codec': 'avc1.64001f' };
    return response.writeHead(200, { ...times, 'x-sha256': 'abc' }).end('video');
  };
  const alert = anAlert({ startMs: INCIDENT.fromMs });
  await takeAlert(harness.sql, alert, FROM);
  await takeAlert(harness.sql, nextRevision(alert, { phase: 'closed', endMs: INCIDENT.toMs }), FROM);
  await takeAlert(harness.sql, anAlert({ kind: 'security', severity: 'critical', startMs: FROM + 1000 }), FROM);
  await waitFor(async () => (await operator.request('GET', timelinePath)).status === 200);
});
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

describe('recordings', () => {
  it('show what there is and what is missing, how much moved and what was raised', async () => {
    const { alerts, ...rest } = await operator.json<Timeline>('GET', timelinePath);
    expect(rest).toEqual({ ...TIMELINE, alertsLeftOut: 0, bookmarks: [], watchable: null });
    expect(alerts.map(({ kind, severity, startMs, endMs }) => [kind, severity, startMs, endMs])).toEqual([
      ['security', 'critical', FROM + 1000, null],
      ['incident', 'high', INCIDENT.fromMs, INCIDENT.toMs],
    ]);
    expect(seen.at(-1)?.url).toBe(`/cameras/cam-a/recording/timeline?fromMs=${FROM}&toMs=${END}&motionSteps=4`);
  });

  it('are played, and that somebody watches stands in the audit log once', async () => {
    for (const fromMs of [FROM, FROM + 5000]) {
      const played = await operator.request('GET', `/cameras/cam-a/recording/play?fromMs=${fromMs}&forMs=2000&pictures=keyframes`);
      expect([played.status, played.headers.get('x-next-ms'), played.headers.get('x-codec')]).toEqual([200, '5', 'avc1.64001f']);
      expect(await played.text()).toBe('video');
    }
    expect(seen.at(-1)?.url).toBe(`/cameras/cam-a/recording/play?fromMs=${FROM + 5000}&forMs=2000&pictures=keyframes`);
    expect(await audited('recording.watched')).toEqual([{ actor: 'operator-a', subject: 'camera:cam-a', detail: { fromMs: FROM } }]);
    const missing = await operator.json<object>('GET', '/cameras/cam-a/recording/play?fromMs=100', undefined, 404);
    expect(missing).toEqual({ code: 'API_NO_RECORDING', message: 'nothing of that time' });
  });

  it('leave with a reason, a hash and a name that tells camera and times', async () => {
    const body = { fromMs: FROM, toMs: FROM + 4000, reason: 'asked for by the court' };
    const file = await lead.request('POST', '/cameras/cam-a/recording/export', body);
    expect([file.status, file.headers.get('content-type'), file.headers.get('x-sha256')]).toEqual([200, 'video/mp4', 'abc']);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="cam-a_2026-11-18_18-06-40_2026-11-18_18-06-44.mp4"');
    expect(await file.text()).toBe('video');
    expect(await audited('recording.exported')).toEqual([{ actor: 'lead-a', subject: 'camera:cam-a', detail: { ...body, sha256: 'abc' } }]);
    await lead.json('POST', '/cameras/cam-a/recording/export', { ...body, reason: '' }, 400);
    const long = await lead.json<{ message: string }>('POST', '/cameras/cam-a/recording/export', { ...body, toMs: FROM + 1_800_001 }, 400);
    expect(long.message).toBe('toMs: must be at most 30 minutes later than fromMs');
    await operator.json('POST', '/cameras/cam-a/recording/export', body, 403);
  });

  it('are locked by who asks, with a reason and an end, and released by a shift lead', async () => {
    const body = { fromMs: FROM, toMs: FROM + 2, reason: 'case 7', untilMs: Date.now() + 86_400_000 };
    expect(await operator.json('POST', '/cameras/cam-a/recording/locks', body)).toEqual(LOCK);
    expect(JSON.parse(seen.at(-1)?.body ?? '')).toEqual({ ...body, owner: 'operator-a' });
    await operator.json('POST', '/cameras/cam-a/recording/locks', { ...body, untilMs: 1 }, 400);
    await operator.json('DELETE', `/cameras/cam-a/recording/locks/${LOCK.lockId}`, undefined, 403);
    await lead.json('DELETE', `/cameras/cam-a/recording/locks/${LOCK.lockId}`, undefined, 204);
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: `/cameras/cam-a/recording/locks/${LOCK.lockId}` });
    expect([(await audited('recording.locked')).length, (await audited('recording.unlocked')).length]).toEqual([1, 1]);
  });

  it('stay locked for a legal hold, whoever releases locks', async () => {
    const alert = anAlert({ kind: 'security', startMs: FROM });
    await takeAlert(harness.sql, alert, FROM);
    const auditor = await harness.client('auditor');
    const hold = await auditor.json<Hold>('POST', `/alerts/${alert.alertId}/holds`, { reason: 'the court asks', untilMs: null }, 201);
    expect(hold.recordings.map(({ lockId }) => lockId)).toEqual([LOCK.lockId]);
    const before = seen.length;
    const path = `/cameras/cam-a/recording/locks/${LOCK.lockId}`;
    expect(await lead.json('DELETE', path, undefined, 409)).toMatchObject({ code: 'API_HELD' });
    expect(await (await harness.client('admin')).json('DELETE', path, undefined, 409)).toMatchObject({ code: 'API_HELD' });
    expect(seen.length).toBe(before);
    await harness.sql`UPDATE legal_holds SET ended_by = 'x', ended_at_ms = 1, end_reason = 'test' WHERE id = ${hold.holdId}`;
    await lead.json('DELETE', path, undefined, 204);
  });

  it('of an alert under hold that goes on are locked as they are made, with those of cameras that join it', async () => {
    const locks = new Map<string, { cameraId: string; fromMs: number; toMs: number }>();
    let made = 0;
    const before = ingest.recording;
    onTestFinished(() => void Object.assign(ingest, { recording: before }));
    ingest.recording = async (request, response) => {
      const [, , cameraId = '', , , lockId = ''] = (request.url ?? '').split('/');
      if (request.method === 'DELETE') return response.writeHead(locks.delete(lockId) ? 204 : 404).end();
      const { fromMs, toMs } = JSON.parse(await textOf(request)) as { fromMs: number; toMs: number };
      const id = `00000000-0000-5000-8000-${String(++made).padStart(12, '0')}`;
      locks.set(id, { cameraId, fromMs, toMs });
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...LOCK, lockId: id, fromMs, toMs }));
    };
    const settle = (nowMs: number) =>
      settleAllRecordings({ sql: harness.sql, ingest: directory, logger: quiet, nowMs: () => nowMs }, new AbortController().signal);
    const directory = new IngestDirectory({ bus, key: harness.key, logger: quiet, nowMs: Date.now });
    directory.start();
    onTestFinished(() => directory.close());
    await waitFor(() => ['cam-a', 'cam-b'].every((id) => directory.recordersOf(id, `recording:${id}`).length > 0));

    const startMs = Date.now() - 600_000;
    const alert = anAlert({ kind: 'security', startMs, updatedMs: startMs });
    await takeAlert(harness.sql, alert, startMs);
    const auditor = await harness.client('auditor');
    const hold = await auditor.json<Hold>('POST', `/alerts/${alert.alertId}/holds`, { reason: 'it still goes on', untilMs: null }, 201);
    const fromMs = startMs - 60_000;
    const [first] = hold.recordings;
    expect(first?.toMs).toBeGreaterThan(startMs + 600_000);

    // It goes on, and another camera joins it.
    const nowMs = startMs + 3_600_000;
    await takeAlert(
      harness.sql,
      anAlert({ cameraId: 'cam-b', mergedInto: alert.alertId, startMs: nowMs - 1000, updatedMs: nowMs - 1000 }),
      nowMs,
    );
    await settle(nowMs);
    const held = [
      { cameraId: 'cam-a', fromMs, toMs: nowMs + 60_000 },
      { cameraId: 'cam-b', fromMs: nowMs - 61_000, toMs: nowMs + 60_000 },
    ];
    expect([...locks.values()].sort((one, other) => (one.cameraId < other.cameraId ? -1 : 1))).toEqual(held);
    const { holds } = await auditor.json<{ holds: Hold[] }>('GET', `/alerts/${alert.alertId}/holds`);
    expect(holds[0]?.recordings.map(({ lockId, problem }) => [locks.has(lockId ?? ''), problem])).toEqual([
      [true, null],
      [true, null],
    ]);
    // What nobody has spoken of for a day has ended, whatever became of the rules.
    await settle(startMs + 10 * 86_400_000);
    expect(Math.max(...[...locks.values()].map(({ toMs }) => toMs))).toBe(nowMs - 1000 + 86_400_000 + 60_000);
    await harness.sql`UPDATE legal_holds SET ended_by = 'x', ended_at_ms = 1, end_reason = 'test' WHERE id = ${hold.holdId}`;
    await settle(nowMs);
    expect(locks.size).toBe(0);
  });

  it('that are looked at picture by picture stand in the log as those that are played', async () => {
    const watched = async () => (await audited('recording.watched')).filter(({ detail }) => detail['stills'] === true);
    for (const atMs of [FROM, FROM + 1000]) await operator.request('GET', `/cameras/cam-a/still?atMs=${atMs}`);
    expect(await watched()).toEqual([{ actor: 'operator-a', subject: 'camera:cam-a', detail: { fromMs: FROM, stills: true } }]);
    await operator.request('GET', `/cameras/cam-a/still?atMs=${Date.now()}`);
    expect(await watched()).toHaveLength(1);
  });

  it('are for who may watch the camera, and ask for what makes sense', async () => {
    const before = seen.length;
    await operator.json('GET', '/cameras/cam-b/recording/timeline?fromMs=1&toMs=9', undefined, 404);
    await operator.json('GET', '/cameras/cam-b/recording/play?fromMs=1', undefined, 404);
    await operator.json('GET', '/cameras/cam-a/recording/timeline?fromMs=9&toMs=1', undefined, 400);
    await operator.json('GET', '/cameras/cam-a/recording/play?fromMs=1&pictures=some', undefined, 400);
    await operator.json('POST', '/cameras/cam-a/recording/locks', { fromMs: 1, toMs: 2, reason: '' }, 400);
    await lead.json('DELETE', '/cameras/cam-a/recording/locks/..%2f..', undefined, 400);
    const auditor = await harness.client('auditor');
    await auditor.json('GET', '/cameras/cam-a/recording/play?fromMs=1', undefined, 403);
    expect(seen.length).toBe(before);
  });

  it('that a worker holds which does not answer are missed by its name, also once it is gone', async () => {
    const workers = await bus.kv(buckets.ingestWorkers, { ttlMs: 6000 });
    const held = { fromMs: INCIDENT.toMs + 1000, toMs: END };
    const recorded = [{ cameraId: 'cam-a', ...held }];
    await workers.put('worker-2', JSON.stringify({ workerId: 'worker-2', address: 'http://127.0.0.1:1', cameraIds: [], recorded }));
    const gaps = [
      { fromMs: INCIDENT.toMs, toMs: held.fromMs, reason: 'disk-full' },
      { ...held, reason: 'worker-away', workerId: 'worker-2' },
    ];
    const missed = () => waitFor(async () => (await operator.json<Timeline>('GET', timelinePath)).gaps.length === 2);
    await missed();
    expect(await operator.json('GET', timelinePath)).toMatchObject({ spans: TIMELINE.spans, gaps });
    await waitFor(async () => (await harness.sql`SELECT 1 FROM recorded_by_workers WHERE worker_id = 'worker-2'`).length === 1);
    await workers.delete('worker-2');
    expect(await operator.json('GET', timelinePath)).toMatchObject({ spans: TIMELINE.spans, gaps });
    const answer = await operator.json<object>('GET', '/cameras/cam-a/recording/play?fromMs=100', undefined, 503);
    expect(answer).toEqual({
      code: 'API_RECORDING_AWAY',
      message:
        'what is recorded from 1970-01-01T00:00:00.100Z on of camera "cam-a" is held by ingest worker "worker-2", which does not answer: start it, or mend the way to it',
    });
    expect((await operator.request('GET', `/cameras/cam-a/recording/play?fromMs=${FROM}`)).status).toBe(200);
    await harness.sql`DELETE FROM recorded_by_workers WHERE worker_id = 'worker-2'`;
  });
});

describe('the emergency centre', () => {
  it('sees of a recording what lies around its incidents, and no other alert', async () => {
    const eoc = await harness.client('eoc');
    const timeline = await eoc.json<Timeline>('GET', timelinePath);
    const window = { fromMs: INCIDENT.fromMs - MARGIN_MS, toMs: INCIDENT.toMs + MARGIN_MS };
    expect(timeline).toMatchObject({
      watchable: [window],
      spans: [{ fromMs: window.fromMs, toMs: INCIDENT.toMs }],
      gaps: [{ fromMs: INCIDENT.toMs, toMs: window.toMs, reason: 'disk-full' }],
      ...{ locks: [], motion: { values: [null, 0.2, 0.3, null] } },
    });
    expect(timeline.alerts.map(({ kind }) => kind)).toEqual(['incident']);
  });

  const cases = [
    { name: 'the first moment', atMs: INCIDENT.fromMs - MARGIN_MS, status: 200 },
    { name: 'just before it', atMs: INCIDENT.fromMs - MARGIN_MS - 1, status: 403 },
    { name: 'the last moment', atMs: INCIDENT.toMs + MARGIN_MS, status: 200 },
    { name: 'just after it', atMs: INCIDENT.toMs + MARGIN_MS + 1, status: 403 },
  ];
  it.each(cases)('watches, marks and locks within: $name', async ({ atMs, status }) => {
    const eoc = await harness.client('eoc');
    const before = seen.length;
    const played = await eoc.request('GET', `/cameras/cam-a/recording/play?fromMs=${atMs}`);
    const marked = await eoc.request('POST', '/cameras/cam-a/bookmarks', { atMs, name: 'EOC mark' });
    expect([played.status, marked.status]).toEqual([status, status]);
    if (status === 403) {
      expect(await played.json()).toMatchObject({ code: 'API_RECORDING_WINDOW' });
      expect((await eoc.request('GET', `/cameras/cam-a/still?atMs=${Math.min(atMs, Date.now() - 61_000)}`)).status).toBe(403);
      expect(seen.length).toBe(before);
    } else expect(seen.at(-1)?.url).toBe(`/cameras/cam-a/recording/play?fromMs=${atMs}&beforeMs=${INCIDENT.toMs + MARGIN_MS}`);
    const range = { fromMs: INCIDENT.fromMs, toMs: Math.max(atMs, INCIDENT.fromMs + 1), reason: 'case 7' };
    const locked = await eoc.request('POST', '/cameras/cam-a/recording/locks', range);
    expect(locked.status).toBe(range.toMs > INCIDENT.toMs + MARGIN_MS ? 403 : 200);
    await eoc.json('POST', '/cameras/cam-a/recording/export', range, 403);
  });
});

describe('bookmarks', () => {
  it('are set, found and removed by who set them', async () => {
    const marked = await operator.json<Bookmark>('POST', '/cameras/cam-a/bookmarks', { atMs: FROM + 5, name: 'Xe đỏ', note: 'rẽ trái' });
    expect(marked).toMatchObject({ cameraId: 'cam-a', cameraName: 'Camera cam-a', atMs: FROM + 5, createdBy: 'operator-a' });
    const find = async (client: Client, query: string) =>
      (await client.json<{ bookmarks: Bookmark[] }>('GET', `/bookmarks?${query}`)).bookmarks.map(({ id }) => id);
    expect(await find(operator, 'text=%C4%91%E1%BB%8F')).toEqual([marked.id]);
    expect(await find(lead, 'text=tr%C3%A1i&cameraId=cam-a')).toEqual([marked.id]);
    expect([await find(lead, 'text=%25'), await find(lead, `fromMs=${FROM + 6}&beforeMs=${FROM + 7}`)]).toEqual([[], []]);
    expect(await find(await harness.client('operator-b'), '')).toEqual([]);
    expect(await find(await harness.client('eoc'), 'text=rẽ')).toEqual([]);
    expect((await operator.json<Timeline>('GET', timelinePath)).bookmarks.map(({ name }) => name)).toContain('Xe đỏ');
    const refused = await lead.json<object>('DELETE', `/bookmarks/${marked.id}`, undefined, 403);
    expect(refused).toMatchObject({ code: 'API_BOOKMARK_OWNER' });
    await operator.json('DELETE', `/bookmarks/${marked.id}`, undefined, 204);
    await operator.json('DELETE', `/bookmarks/${marked.id}`, undefined, 404);
    expect((await audited('bookmark.deleted')).map(({ detail }) => detail['name'])).toEqual(['Xe đỏ']);
  });
});

describe('WatchAudit', () => {
  it('takes pieces one after the other for one watching, and a jump or a pause for a new one', () => {
    const audit = new WatchAudit();
    const steps: [fromMs: number, nowMs: number][] = [
      [0, 0],
      [10_000, 10_000],
      [609_999, 609_999],
      [1_209_999, 610_000],
      [1_210_000, 1_210_000],
    ];
    expect(steps.map(([fromMs, nowMs]) => audit.begins('an', 'cam-a', fromMs, nowMs))).toEqual([true, false, false, true, true]);
    expect(audit.begins('an', 'cam-b', 0, 0)).toBe(true);
  });
});
