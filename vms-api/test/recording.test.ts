import type { IncomingMessage } from 'node:http';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
let ingest: FakeIngest;
const seen: { method: string; url: string; body: string }[] = [];
const LOCK = { lockId: '00000000-0000-5000-8000-000000000000', fromMs: 1, toMs: 2, owner: 'operator-a', reason: 'case 7', atMs: 5 };
const TIMELINE = {
  fromMs: 1,
  toMs: 9,
  spans: [{ fromMs: 1, toMs: 4 }],
  gaps: [{ fromMs: 4, toMs: 9, reason: 'disk-full' }],
  locks: [LOCK],
};

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
  ingest = await startFakeIngest(bus, harness.key, ['cam-a', 'cam-b']);
  ingest.recording = async (request, response) => {
    const { method = '', url = '' } = request;
    seen.push({ method, url, body: await textOf(request) });
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (method === 'DELETE') return response.writeHead(204).end();
    if (method === 'POST') return json(200, LOCK);
    if (url.includes('/timeline')) return json(200, TIMELINE);
    if (url.includes('fromMs=100')) return json(404, { code: 'INGEST_CLIP_UNAVAILABLE', message: 'nothing of that time' });
    return response.writeHead(200, { 'x-from-ms': '0', 'x-to-ms': '4', 'x-sha256': 'abc' }).end('video');
  };
  await waitFor(async () => (await operator.request('GET', '/cameras/cam-a/recording/timeline?fromMs=1&toMs=9')).status === 200);
});
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
});

describe('recordings', () => {
  it('show what there is and what is missing, and are downloaded with an entry in the audit log', async () => {
    expect(await operator.json('GET', '/cameras/cam-a/recording/timeline?fromMs=1&toMs=9')).toEqual(TIMELINE);
    const span = await operator.request('GET', '/cameras/cam-a/recording/span?fromMs=1&toMs=4');
    expect([span.status, span.headers.get('content-type'), span.headers.get('x-from-ms')]).toEqual([200, 'video/mp4', '0']);
    expect(span.headers.get('content-disposition')).toBe('attachment; filename="cam-a-1970-01-01T00-00-00-001Z.mp4"');
    expect(await span.text()).toBe('video');
    expect(seen.at(-1)).toMatchObject({ method: 'GET', url: '/cameras/cam-a/recording/span?fromMs=1&toMs=4' });
    const missing = await operator.json<object>('GET', '/cameras/cam-a/recording/span?fromMs=100&toMs=104', undefined, 404);
    expect(missing).toEqual({ code: 'API_NO_RECORDING', message: 'nothing of that time' });
  });

  it('are locked by who asks, with a reason, and released', async () => {
    const body = { fromMs: 1, toMs: 2, reason: 'case 7' };
    expect(await operator.json('POST', '/cameras/cam-a/recording/locks', body)).toEqual(LOCK);
    expect(JSON.parse(seen.at(-1)?.body ?? '')).toEqual({ ...body, owner: 'operator-a' });
    await operator.json('DELETE', `/cameras/cam-a/recording/locks/${LOCK.lockId}`, undefined, 204);
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', url: `/cameras/cam-a/recording/locks/${LOCK.lockId}` });
    const rows = await harness.sql`SELECT actor, action, subject FROM audit WHERE action LIKE 'recording.%' ORDER BY seq`;
    expect(rows.map(({ actor, action, subject }) => [actor, action, subject])).toEqual(
      ['exported', 'locked', 'unlocked'].map((what) => ['operator-a', `recording.${what}`, 'camera:cam-a']),
    );
  });

  it('are for who may watch the camera, and ask for what makes sense', async () => {
    const before = seen.length;
    await operator.json('GET', '/cameras/cam-b/recording/timeline?fromMs=1&toMs=9', undefined, 404);
    await operator.json('GET', '/cameras/cam-a/recording/timeline?fromMs=9&toMs=1', undefined, 400);
    await operator.json('POST', '/cameras/cam-a/recording/locks', { fromMs: 1, toMs: 2, reason: '' }, 400);
    await operator.json('DELETE', '/cameras/cam-a/recording/locks/..%2f..', undefined, 400);
    const auditor = await harness.client('auditor');
    await auditor.json('GET', '/cameras/cam-a/recording/span?fromMs=1&toMs=9', undefined, 403);
    expect(seen.length).toBe(before);
  });
});
