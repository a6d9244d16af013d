import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { checkLedger } from '../src/ledger/ledger.js';
import type { CaseRecord, Decided, ReviewCase } from '../src/review/review-schemas.js';
import { type Client, type Harness, startHarness } from './harness.js';
import { aCase, addPeople, type CaseOptions, SURE_PLATE, VIOLATION_AT } from './review-cases.js';

let harness: Harness;
let [first, second, lead, auditor]: Client[] = [];
beforeAll(async () => {
  harness = await startHarness();
  await addPeople(harness.sql, [
    ['reviewer-1', 'reviewer', 'city'],
    ['reviewer-2', 'reviewer', 'city'],
  ]);
  await harness.api.close();
  harness.api = await harness.startApi({ random: () => 0.999 });
  [first, second, lead, auditor] = await Promise.all(['reviewer-1', 'reviewer-2', 'lead', 'auditor'].map((name) => harness.client(name)));
}, 60_000);
afterAll(() => harness?.stop());

const the = (client: Client | undefined) => client as Client;
const claim = async (client: Client | undefined, body: object = {}) =>
  (await the(client).json<{ case: ReviewCase | null }>('POST', '/review/claims', body)).case as ReviewCase;
const decide = (client: Client | undefined, { id }: { id: string }, action: string, body: object) =>
  the(client).json<Decided>('POST', `/review/cases/${id}/${action}`, body);
const refusal = async (client: Client | undefined, { id }: { id: string }, action: string, body: object) => {
  const response = await the(client).request('POST', `/review/cases/${id}/${action}`, body);
  const { code, message } = (await response.json()) as { code: string; message: string };
  return [response.status, code, message];
};
const recordOf = (caseId: string) => the(lead).json<CaseRecord>('GET', `/review/cases/${caseId}`);
const clear = () =>
  harness.sql`UPDATE violation_cases SET state = 'rejected', claimed_by = NULL, claimed_until_ms = NULL WHERE NOT planted AND state <> 'confirmed'`;
const fourEyes = (on: boolean) =>
  the(lead).json('PUT', '/review/settings', { unitId: 'city', type: 'red-light', fourEyes: on, plantedShare: 0, claimSeconds: 120 });

describe('a confirmation', () => {
  it('is case, alert, history, audit and ledger in one', async () => {
    const { caseId, alertId } = await aCase(harness);
    const taken = await claim(first);
    expect(taken).toMatchObject({
      id: caseId,
      vehicle: 'car',
      plate: { read: SURE_PLATE, retype: [] },
      law: { chosenId: 'nd168-2024.6.9.b.red-light' },
      bars: [],
      decisions: [],
    });
    expect(taken.evidence.map(({ moment, box }) => [moment, box])).toEqual(
      ['before-line', 'over-line', 'past-line'].map((moment) => [moment, [0.2, 0.3, 0.4, 0.6]]),
    );
    expect(await decide(first, taken, 'confirm', { comment: 'rõ' })).toEqual({ caseId, state: 'confirmed' });
    expect(await recordOf(caseId)).toMatchObject({
      state: 'confirmed',
      plateRead: SURE_PLATE,
      plate: '51F12345',
      plateTypedBy: null,
      provisionId: 'nd168-2024.6.9.b.red-light',
      decidedBy: 'reviewer-1',
      identifyBy: '2026-03-11',
      decisions: [{ action: 'confirm', reviewer: 'reviewer-1', fromState: 'waiting', toState: 'confirmed', comment: 'rõ' }],
    });
    const admin = await harness.client('admin');
    const alert = await admin.json<AlertDetail>('GET', `/alerts/${alertId}`);
    expect([alert.state, alert.acknowledgedBy, alert.history.at(-1)?.action]).toEqual(['confirmed', 'reviewer-1', 'review-confirm']);
    const [entry] = await harness.sql<{ payload: string }[]>`SELECT payload FROM ledger WHERE subject = ${`alert:${alertId}`}`;
    expect(JSON.parse(entry?.payload ?? '{}').content).toMatchObject({
      to: 'confirmed',
      plate: '51F12345',
      plateRead: SURE_PLATE,
      provision: { article: 6, clause: 9, point: 'b', approval: null },
    });
    expect((await checkLedger(harness.sql)).firstBreak).toBeNull();
    expect((await refusal(first, taken, 'confirm', {})).slice(0, 2)).toEqual([409, 'API_REVIEW_NOT_HELD']);
  });

  it.each<{ name: string; options: CaseOptions; message: string }>([
    {
      name: 'not fineable',
      options: { fineable: { value: false, reasons: [{ vi: 'đèn mô phỏng', en: 'simulated signal, not fineable' }] } },
      message: 'simulated signal, not fineable',
    },
    {
      name: 'not fineable without a reason',
      options: { fineable: { value: false, reasons: [] } },
      message: 'does not say that it may be fined',
    },
    { name: 'a recording', options: { simulated: true }, message: 'A recording, not the street' },
    { name: 'a moment that is missing', options: { stored: ['before-line', 'past-line'] }, message: 'A picture is missing: over-line' },
    { name: 'no moment at all', options: { moments: [], stored: [] }, message: 'no picture to prove it' },
    { name: 'a bicycle', options: { class: 'bicycle' }, message: 'kind of vehicle' },
    { name: 'before any law in force', options: { atMs: Date.parse('2024-12-31T16:59:59Z') }, message: 'No provision was in force' },
    { name: 'a type without law', options: { type: 'speeding', class: 'motorcycle', atMs: 0 }, message: 'No provision was in force' },
  ])('is refused for $name, whatever is typed', async ({ options, message }) => {
    await clear();
    await aCase(harness, options);
    const taken = await claim(first);
    expect(taken.bars.some(({ mendable }) => !mendable)).toBe(true);
    const refused = await refusal(first, taken, 'confirm', { plate: '51F12345', provisionId: 'nd168-2024.6.9.b.red-light' });
    expect(refused.slice(0, 2)).toEqual([409, 'API_REVIEW_BARRED']);
    expect(refused[2]).toContain(message);
    expect(await decide(first, taken, 'reject', { reasonCode: 'no-violation' })).toMatchObject({ state: 'rejected' });
  });

  it('takes the law of the time of the violation, and asks when several acts may be meant', async () => {
    await clear();
    await aCase(harness, { type: 'illegal-stop', moments: ['first'], stored: ['first'] });
    const taken = await claim(first);
    expect(taken.bars.map(({ code, mendable }) => [code, mendable])).toEqual([['law-choose', true]]);
    expect((await refusal(first, taken, 'confirm', {})).slice(0, 2)).toEqual([409, 'API_REVIEW_LAW']);
    const ofMotorcycles = { provisionId: 'nd168-2024.7.2.d.illegal-stop' };
    expect((await refusal(first, taken, 'confirm', ofMotorcycles)).slice(0, 2)).toEqual([409, 'API_REVIEW_LAW']);
    const provisionId = 'nd168-2024.6.5.k.illegal-stop';
    await decide(first, taken, 'confirm', { provisionId });
    expect(await recordOf(taken.id)).toMatchObject({ provisionId, state: 'confirmed' });
  });

  it.each([
    { name: 'unread', plate: null, reason: 'unread' },
    { name: 'unsure', plate: { ...SURE_PLATE, confidence: 0.89 }, reason: 'unsure' },
    { name: 'repaired', plate: { ...SURE_PLATE, repaired: 1 }, reason: 'repaired' },
    { name: 'ambiguous', plate: { ...SURE_PLATE, format: null }, reason: 'ambiguous' },
  ])('needs the plate typed when it was $name, and keeps what was read', async ({ plate, reason }) => {
    await clear();
    const { caseId } = await aCase(harness, { plate });
    const taken = await claim(first);
    expect(taken.plate.retype).toEqual([reason]);
    expect(await refusal(first, taken, 'confirm', {})).toEqual([409, 'API_REVIEW_PLATE', `the plate must be typed: ${reason}`]);
    expect((await refusal(first, taken, 'confirm', { plate: '!' })).slice(0, 2)).toEqual([400, 'API_INVALID']);
    await decide(first, taken, 'confirm', { plate: '51F-543.21' });
    expect(await recordOf(caseId)).toMatchObject({ plateRead: plate, plate: '51F54321', plateTypedBy: 'reviewer-1' });
  });
});

describe('a rejection', () => {
  it('needs a reason of the list and makes the alert a false alarm; operators cannot reject a violation themselves', async () => {
    await clear();
    const { alertId } = await aCase(harness);
    const operator = await harness.client('operator-a');
    const refused = await operator.request('POST', `/alerts/${alertId}/false-alarm`, { reasonCode: 'shadow' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'API_REVIEW_ONLY']);
    const taken = await claim(first);
    expect((await refusal(first, taken, 'reject', { reasonCode: 'boredom' })).slice(0, 2)).toEqual([400, 'API_INVALID']);
    expect((await refusal(first, taken, 'send-back', {})).slice(0, 2)).toEqual([400, 'API_INVALID']);
    await decide(first, taken, 'reject', { reasonCode: 'priority-vehicle', comment: 'xe cứu thương' });
    const alert = await operator.json<AlertDetail>('GET', `/alerts/${alertId}`);
    expect([alert.state, alert.history.at(-1)?.comment]).toEqual(['false-alarm', 'priority-vehicle: xe cứu thương']);
  });

  it('does not take a case out of the hand of a shift lead: sent back, it waits for one', async () => {
    await clear();
    const { caseId } = await aCase(harness);
    await decide(first, await claim(first), 'send-back', { comment: 'biển báo bị che' });
    expect(await claim(second)).toBeNull();
    const refused = await the(second).request('POST', '/review/claims', { escalated: true });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'API_FORBIDDEN']);
    const taken = await claim(lead, { escalated: true });
    expect([taken.id, taken.stage, taken.decisions.map(({ comment }) => comment)]).toEqual([caseId, 'escalated', ['biển báo bị che']]);
    expect((await refusal(lead, taken, 'send-back', { comment: 'lại' })).slice(0, 2)).toEqual([409, 'API_REVIEW_STATE']);
    expect(await decide(lead, taken, 'confirm', {})).toMatchObject({ state: 'confirmed' });
  });
});

describe('four eyes', () => {
  beforeAll(() => fourEyes(true));
  afterAll(() => fourEyes(false));

  it('are two pairs: the second reviewer is another one, and does not see what the first said', async () => {
    await clear();
    const { caseId, alertId } = await aCase(harness);
    expect(await decide(first, await claim(first), 'confirm', {})).toMatchObject({ state: 'second' });
    const admin = await harness.client('admin');
    expect((await admin.json<AlertDetail>('GET', `/alerts/${alertId}`)).state).toBe('acknowledged');
    expect(await claim(first)).toBeNull();
    const taken = await claim(second);
    expect([taken.id, taken.stage, taken.decisions]).toEqual([caseId, 'second', []]);
    expect(await decide(second, taken, 'confirm', {})).toMatchObject({ state: 'confirmed' });
    expect((await recordOf(caseId)).decisions.map(({ reviewer }) => reviewer)).toEqual(['reviewer-1', 'reviewer-2']);
  });

  it.each([
    { name: 'another plate', action: 'confirm', body: { plate: '51F12346' } },
    { name: 'a rejection', action: 'reject', body: { reasonCode: 'wrong-vehicle' } },
  ])('that do not agree leave it to a shift lead: $name', async ({ action, body }) => {
    await clear();
    const { caseId } = await aCase(harness);
    await decide(first, await claim(first), 'confirm', {});
    expect(await decide(second, await claim(second), action, body)).toMatchObject({ state: 'escalated' });
    const taken = await claim(lead, { escalated: true });
    expect(taken.decisions.map(({ reviewer }) => reviewer)).toEqual(['reviewer-1', 'reviewer-2']);
    expect(await decide(lead, taken, 'confirm', { plate: '51F12346' })).toMatchObject({ state: 'confirmed' });
    expect(await recordOf(caseId)).toMatchObject({ plate: '51F12346', plateRead: SURE_PLATE, plateTypedBy: 'lead' });
  });

  it('are set by unit and type, for what is below too, by shift leads of that unit only', async () => {
    await clear();
    await aCase(harness, { type: 'stop-line' });
    expect(await decide(first, await claim(first), 'confirm', {})).toMatchObject({ state: 'confirmed' });
    const wanted = { unitId: 'nowhere', type: '*', fourEyes: true, plantedShare: 0, claimSeconds: 60 };
    await the(lead).json('PUT', '/review/settings', wanted, 404);
    await the(lead).json('PUT', '/review/settings', { ...wanted, unitId: 'city', claimSeconds: 5 }, 400);
    await the(auditor).json('PUT', '/review/settings', { ...wanted, unitId: 'city' }, 403);
  });
});

describe('what has been decided', () => {
  it('cannot be deleted or changed behind the back of the record', async () => {
    const { sql } = harness;
    await clear();
    const { alertId } = await aCase(harness);
    await expect(sql`DELETE FROM alert_evidence WHERE alert_id = ${alertId}`).rejects.toThrow('signed record only');
    await expect(sql`DELETE FROM violation_cases`).rejects.toThrow('append-only');
    await expect(sql`DELETE FROM review_decisions`).rejects.toThrow('append-only');
    await expect(sql`UPDATE review_decisions SET action = 'reject'`).rejects.toThrow('append-only');
    await expect(sql`UPDATE violation_cases SET plate_read = '{}' WHERE plate_read IS NOT NULL`).rejects.toThrow('never changed');
    await expect(sql`UPDATE violation_cases SET alert_id = gen_random_uuid()`).rejects.toThrow('never changed');
  });

  it('is listed for leads and auditors, and what is overdue apart', async () => {
    await clear();
    const { cases } = await the(auditor).json<{ cases: CaseRecord[] }>('GET', '/review/cases?state=confirmed');
    expect(cases.length).toBeGreaterThan(3);
    expect(cases.every(({ state, violationAtMs }) => state === 'confirmed' && violationAtMs === VIOLATION_AT)).toBe(true);
    const late = await the(auditor).json<{ cases: CaseRecord[] }>('GET', '/review/cases?overdue=true');
    expect(late.cases.length).toBe(cases.length);
    const lastDay = await harness.startApi({ nowMs: () => Date.parse('2026-03-11T16:59:59Z') });
    const inTime = await (await harness.client('auditor')).at(lastDay.url).request('GET', '/review/cases?overdue=true');
    expect(await inTime.json()).toMatchObject({ cases: [] });
    await lastDay.close();
    await the(first).json('GET', '/review/cases', undefined, 403);
    const other = await harness.client('admin-b');
    expect((await other.json<{ cases: CaseRecord[] }>('GET', '/review/cases')).cases).toEqual([]);
    await other.json('GET', `/review/cases/${cases[0]?.id}`, undefined, 404);
  });
});
