import type { Finding } from '@safecity/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Queue, ReviewCase } from '../src/review/review-schemas.js';
import { aFinding, nextRevision } from '../src/testing/builders.js';
import { type Client, type Harness, startHarness } from './harness.js';
import { aCase, addPeople, VIOLATION_AT } from './review-cases.js';

const REVIEWERS = Array.from({ length: 20 }, (_, index) => `reviewer-${index}`);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await addPeople(harness.sql, [
    ...REVIEWERS.map((name): [string, 'reviewer', string] => [name, 'reviewer', 'city']),
    ['reviewer-b', 'reviewer', 'ward-b'],
  ]);
}, 60_000);
afterAll(() => harness?.stop());

const claim = async (client: Client, body: object = {}) =>
  (await client.json<{ case: ReviewCase | null }>('POST', '/review/claims', body)).case;
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
/** Whatever waits is out of the way of the next test. */
const clear = () =>
  harness.sql`UPDATE violation_cases SET state = 'rejected', claimed_by = NULL, claimed_until_ms = NULL WHERE NOT planted AND state <> 'confirmed'`;
/** No planted cases: chance is never below the share. */
const never = { random: () => 0.999 };

describe('the queue', () => {
  it('hands 200 cases to 20 reviewers who ask at once, none of them twice', async () => {
    const api = await harness.startApi(never);
    const cases = new Set<string>();
    const made = Array.from({ length: 200 }, (_, index) => aCase(harness, { stored: [], atMs: VIOLATION_AT + index }));
    for (const { caseId } of await Promise.all(made)) cases.add(caseId);
    const clients = await Promise.all(REVIEWERS.map(async (name) => (await harness.client(name)).at(api.url)));
    const work = async (client: Client) => {
      const seen: string[] = [];
      for (let next = await claim(client); next; next = await claim(client)) {
        seen.push(next.id);
        await client.json('POST', `/review/cases/${next.id}/reject`, { reasonCode: 'other' });
      }
      return seen;
    };
    const handed = (await Promise.all(clients.map(work))).flat();
    expect(handed.length).toBe(200);
    expect(new Set(handed)).toEqual(cases);
    const [row] = await harness.sql<{ claims: number; decisions: number }[]>`
      SELECT (SELECT count(*) FROM audit WHERE action = 'review.claimed') AS claims, (SELECT count(*) FROM review_decisions) AS decisions`;
    expect(row).toEqual({ claims: 200, decisions: 200 });
    await api.close();
  }, 60_000);

  it('goes on with a violation whose vehicle then did worse: it is an incident for the desk, and a case all the same', async () => {
    await clear();
    const { caseId, alertId, message } = await aCase(harness);
    const [offence] = message.findings;
    const worse = aFinding({ type: 'wrong-way-driver', reason: { text: { vi: 'ngược chiều', en: 'wrong way' }, measures: [] } });
    const incident = { kind: 'incident', type: 'wrong-way-driver', severity: 'critical', reason: worse.reason } as const;
    await takeAlert(harness.sql, nextRevision(message, { ...incident, findings: [worse, offence as Finding] }), message.startMs + 3000);
    const api = await harness.startApi(never);
    const reviewer = (await harness.client('reviewer-0')).at(api.url);
    const held = await claim(reviewer);
    expect(held).toMatchObject({
      id: caseId,
      type: 'red-light',
      class: 'car',
      reason: offence?.reason,
      plate: { read: { text: '51F12345' } },
    });
    const url = `${held?.evidence[0]?.url.replace('/api/v1', '')}?reason=to+decide`;
    expect((await reviewer.request('GET', url)).status).toBe(200);
    await reviewer.json('POST', `/review/cases/${caseId}/reject`, { reasonCode: 'other' });
    expect((await harness.sql`SELECT state, kind FROM alerts WHERE id = ${alertId}`)[0]).toEqual({ state: 'new', kind: 'incident' });
    expect(await harness.sql`SELECT 1 FROM outbox WHERE alert_id = ${alertId} AND message_type = 'Cancel'`).toHaveLength(0);
    await api.close();
  });

  it('gives a case to the next one when the time of a claim is over, and takes no decision from the first', async () => {
    await clear();
    const { caseId } = await aCase(harness);
    let nowMs = Date.now();
    const api = await harness.startApi({ ...never, nowMs: () => nowMs });
    const [first, second] = [(await harness.client('reviewer-0')).at(api.url), (await harness.client('reviewer-1')).at(api.url)];
    const held = await claim(first);
    expect([held?.id, held?.claimedUntilMs]).toEqual([caseId, nowMs + 300_000]);
    expect(await claim(second)).toBeNull();
    nowMs += 299_999;
    expect(await claim(second)).toBeNull();
    nowMs += 1;
    expect((await claim(second))?.id).toBe(caseId);
    const late = await first.request('POST', `/review/cases/${caseId}/reject`, { reasonCode: 'other' });
    expect(await codeOf(late)).toEqual([409, 'API_REVIEW_NOT_HELD']);
    expect(await codeOf(await first.request('POST', `/review/cases/${caseId}/renew`))).toEqual([409, 'API_REVIEW_NOT_HELD']);
    nowMs += 200_000;
    const renewed = await second.json<{ claimedUntilMs: number }>('POST', `/review/cases/${caseId}/renew`);
    expect(renewed.claimedUntilMs).toBe(nowMs + 300_000);
    expect((await second.json<{ cases: ReviewCase[] }>('GET', '/review/claims')).cases.map(({ id }) => id)).toEqual([caseId]);
    await second.json('DELETE', `/review/cases/${caseId}/claim`, undefined, 204);
    expect((await claim(first))?.id).toBe(caseId);
    await api.close();
  });

  it('keeps one reviewer from holding more than three', async () => {
    await clear();
    for (let i = 0; i < 4; i++) await aCase(harness);
    const api = await harness.startApi(never);
    const client = (await harness.client('reviewer-2')).at(api.url);
    const asked = await Promise.all(Array.from({ length: 5 }, () => client.request('POST', '/review/claims', {})));
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409]);
    expect(await codeOf(await client.request('POST', '/review/claims', {}))).toEqual([409, 'API_REVIEW_HELD']);
    await api.close();
  });

  it('is filtered by unit, type, camera, age and confidence, and counted by them', async () => {
    await clear();
    const nowMs = VIOLATION_AT + 3_600_000;
    const api = await harness.startApi({ ...never, nowMs: () => nowMs });
    const old = await aCase(harness, { atMs: VIOLATION_AT - 60_000, confidence: 0.5 });
    const young = await aCase(harness, { atMs: VIOLATION_AT + 60_000, confidence: 0.9 });
    const other = await aCase(harness, { cameraId: 'cam-b', type: 'illegal-stop', confidence: 0.7 });
    const client = (await harness.client('reviewer-3')).at(api.url);
    const idsOf = async (query: string) => (await client.json<Queue>('GET', `/review/queue${query}`)).waiting;
    expect(await client.json<Queue>('GET', '/review/queue')).toEqual({
      waiting: 3,
      held: 0,
      oldestMs: VIOLATION_AT - 60_000,
      byUnit: [
        { id: 'ward-a', name: 'Phường A', count: 2 },
        { id: 'ward-b', name: 'Phường B', count: 1 },
      ],
      byType: [
        { id: 'red-light', name: 'Vượt đèn đỏ', count: 2 },
        { id: 'illegal-stop', name: 'Dừng, đỗ sai quy định', count: 1 },
      ],
      byCamera: [
        { id: 'cam-a', name: 'Camera cam-a', count: 2 },
        { id: 'cam-b', name: 'Camera cam-b', count: 1 },
      ],
    });
    const counts = await Promise.all(
      [
        '?unitId=ward-a',
        '?unitId=city',
        '?type=illegal-stop',
        '?cameraId=cam-b',
        '?minAgeMs=3660000',
        '?maxAgeMs=3540000',
        '?minConfidence=0.7',
      ].map(idsOf),
    );
    expect(counts).toEqual([2, 3, 1, 1, 1, 1, 2]);
    const claimed = async (body: object) => {
      const taken = await claim(client, body);
      if (taken) await client.json('DELETE', `/review/cases/${taken.id}/claim`, undefined, 204);
      return taken?.id;
    };
    expect(await claimed({})).toBe(old.caseId);
    expect(await claimed({ order: 'newest' })).toBe(young.caseId);
    expect(await claimed({ order: 'confidence' })).toBe(young.caseId);
    expect(await claimed({ type: 'illegal-stop' })).toBe(other.caseId);
    expect(await claimed({ minConfidence: 0.95 })).toBeUndefined();
    await api.close();
  });

  it('shows and gives a reviewer the own units and what is below them, nothing of a sibling', async () => {
    await clear();
    await aCase(harness);
    const api = await harness.startApi(never);
    const of = async (name: string) => (await harness.client(name)).at(api.url);
    const sibling = await of('reviewer-b');
    expect(await claim(sibling)).toBeNull();
    expect((await sibling.json<Queue>('GET', '/review/queue')).waiting).toBe(0);
    expect((await (await of('reviewer-4')).json<Queue>('GET', '/review/queue')).waiting).toBe(1);
    const own = await claim(await of('reviewer-a'));
    expect(own?.unitId).toBe('ward-a');
    for (const [method, path, body] of [
      ['POST', 'confirm', {}],
      ['POST', 'reject', { reasonCode: 'other' }],
      ['POST', 'send-back', { comment: 'xem lại' }],
      ['POST', 'renew', undefined],
      ['DELETE', 'claim', undefined],
    ] as const) {
      const answer = await codeOf(await sibling.request(method, `/review/cases/${own?.id}/${path}`, body));
      const none = await codeOf(await sibling.request(method, `/review/cases/00000000-0000-4000-8000-000000000000/${path}`, body));
      expect([path, answer, none]).toEqual([path, [409, 'API_REVIEW_NOT_HELD'], [409, 'API_REVIEW_NOT_HELD']]);
    }
    await api.close();
  });

  it('keeps a case back while its pictures are being fetched', async () => {
    await clear();
    const { alertId } = await aCase(harness);
    await harness.sql`INSERT INTO evidence_jobs (alert_id, reservation_id, camera_id, state, wanted_moments, next_attempt_ms, give_up_at_ms)
      VALUES (${alertId}, 'none', 'cam-a', 'pending', '{}', 9e15, 9e15)`;
    const api = await harness.startApi(never);
    const client = (await harness.client('reviewer-5')).at(api.url);
    expect(await claim(client)).toBeNull();
    await harness.sql`UPDATE evidence_jobs SET state = 'complete' WHERE alert_id = ${alertId}`;
    expect((await claim(client))?.alertId).toBe(alertId);
    await api.close();
  });
});
