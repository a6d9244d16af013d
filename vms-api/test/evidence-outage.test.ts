import { subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { hashesOf } from '../src/evidence/evidence-files.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { aStill, type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Harness, quiet, startHarness } from './harness.js';
import { startTestBucket, type TestBucket } from './s3-server.js';

let harness: Harness;
let bus: Bus;
let ingest: FakeIngest;
let bucket: TestBucket;

beforeAll(async () => {
  [harness, bucket] = await Promise.all([startHarness(), startTestBucket()]);
  await harness.api.close();
  harness.api = await harness.startApi({ evidenceBucket: bucket.options });
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
}, 60_000);
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
  await bucket?.close();
});

it('evidence waits out an outage of the bucket, longer than ingest would be waited for, and is served from it', async () => {
  const picture = Buffer.from('a picture');
  const clip = Buffer.from('a clip of ten seconds');
  const span = {
    wantedFromMs: 1000,
    wantedToMs: 2000,
    fromMs: 1000,
    toMs: 2000,
    durationMs: 1000,
    codec: 'h264',
    widthPx: 2,
    heightPx: 2,
    gaps: [],
  };
  ingest.pictures.set('raised.jpg', picture);
  ingest.pictures.set('clip.mp4', clip);
  ingest.reservation = {
    ...{ reservationId: 'outage-1', cameraId: 'cam-a', stills: [aStill('raised', picture)], pending: [], failed: [] },
    clips: [{ ...span, name: 'clip-raised', file: 'clip.mp4', moments: ['raised'], sizeBytes: clip.length, sha256: hashesOf(clip).sha256 }],
  };
  bucket.faults = { status: 503 };
  const message = anAlert({ reservationId: 'outage-1', findings: [aFinding({ moments: [{ name: 'raised', atMs: 1000 }] })] });
  await bus.publishDurable(subjects.alerts('cam-a'), message, message.alertId);
  const job = async () => (await harness.sql`SELECT state, last_error, attempts FROM evidence_jobs WHERE alert_id = ${message.alertId}`)[0];
  await waitFor(async () => /answers 503/.test((await job())?.['last_error'] ?? ''), { what: 'a try against the bucket' });

  // Of ingest alone nothing would be expected any more.
  await harness.sql`UPDATE evidence_jobs SET give_up_at_ms = ${Date.now() - 60_000} WHERE alert_id = ${message.alertId}`;
  const tried = (await job())?.['attempts'];
  await waitFor(async () => (await job())?.['attempts'] > tried, { what: 'another try after the time for ingest' });
  expect(await job()).toMatchObject({ state: 'pending' });
  const client = await harness.client('operator-a');
  expect((await client.json<AlertDetail>('GET', `/alerts/${message.alertId}`)).evidenceFailed).toEqual([]);

  bucket.faults = {};
  await waitFor(async () => (await job())?.['state'] === 'complete', { what: 'the evidence' });
  const alert = await client.json<AlertDetail>('GET', `/alerts/${message.alertId}`);
  expect([...bucket.objects.keys()].map((key) => key.split('/').slice(0, 3).join('/'))).toEqual(
    Array(2).fill(`site/one/${message.alertId}`),
  );
  const path = (url: string) => url.replace('/api/v1', '');
  const still = await client.request('GET', `${path(alert.evidence[0]?.url as string)}?reason=outage`);
  expect(Buffer.from(await still.arrayBuffer())).toEqual(picture);
  const part = await client.request('GET', `${path(alert.clips[0]?.url as string)}?reason=outage`, undefined, { range: 'bytes=2-5' });
  expect([part.status, await part.text()]).toEqual([206, 'clip']);
  expect(bucket.requests.some(({ headers }) => headers.range === 'bytes=2-5')).toBe(true);

  bucket.faults = { away: true };
  const away = await client.request('GET', `${path(alert.evidence[0]?.url as string)}?reason=outage`);
  expect([away.status, ((await away.json()) as { code: string }).code]).toEqual([503, 'API_EVIDENCE_STORE']);
});
