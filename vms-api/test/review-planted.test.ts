import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import type { CaseRecord, Decided, Queue, ReviewCase, Statistics } from '../src/review/review-schemas.js';
import { type Client, type Harness, startHarness } from './harness.js';
import { aCase, addPeople } from './review-cases.js';

let harness: Harness;
/** Below the share of 2 %: a planted case whenever there is one. */
let chance = 0;
let nowMs = Date.now();
beforeAll(async () => {
  harness = await startHarness();
  await addPeople(harness.sql, [
    ['reviewer-1', 'reviewer', 'city'],
    ['reviewer-2', 'reviewer', 'city'],
    ['reviewer-3', 'reviewer', 'city'],
  ]);
  await harness.api.close();
  harness.api = await harness.startApi({ random: () => chance, nowMs: () => nowMs });
}, 60_000);
afterAll(() => harness?.stop());

const claim = async (client: Client, body: object = {}) =>
  (await client.json<{ case: ReviewCase | null }>('POST', '/review/claims', body)).case;
const decide = (client: Client, caseId: string, action: string, body: object) =>
  client.json<Decided>('POST', `/review/cases/${caseId}/${action}`, body);
const clear = () => harness.sql`UPDATE violation_cases SET state = 'rejected' WHERE NOT planted AND state = 'waiting'`;

async function rejected(reasonCode: string, options = {}): Promise<{ caseId: string; alertId: string }> {
  const made = await aCase(harness, options);
  await claim(await harness.client('reviewer-1'));
  await decide(await harness.client('reviewer-1'), made.caseId, 'reject', { reasonCode });
  return made;
}

const statisticsOf = async (reviewer: string) => {
  const { byReviewer } = await (await harness.client('auditor')).json<Statistics>('GET', `/review/statistics?fromMs=0&toMs=8e15`);
  return byReviewer.find((row) => row.reviewer === reviewer);
};

describe('a planted case', () => {
  it('looks like any other, counts as a miss when confirmed, and leaves no other trace', async () => {
    const original = await rejected('no-violation');
    const waiting = await aCase(harness);
    const [reviewer, lead, admin] = [await harness.client('reviewer-2'), await harness.client('lead'), await harness.client('admin')];
    const ledger = async () => (await harness.sql`SELECT 1 FROM ledger`).length;
    const before = await ledger();
    const planted = (await claim(reviewer)) as ReviewCase;
    expect([planted.alertId, planted.id === original.caseId, planted.stage]).toEqual([original.alertId, false, 'waiting']);
    expect(JSON.stringify(planted)).not.toMatch(/plant/i);
    chance = 0.5;
    const real = (await claim(await harness.client('reviewer-3'))) as ReviewCase;
    chance = 0;
    expect([real.id, Object.keys(real)]).toEqual([waiting.caseId, Object.keys(planted)]);
    expect((await reviewer.json<Queue>('GET', '/review/queue')).held).toBe(1);
    expect(await decide(reviewer, planted.id, 'confirm', {})).toEqual({ caseId: planted.id, state: 'confirmed' });
    expect(await statisticsOf('reviewer-2')).toEqual({
      reviewer: 'reviewer-2',
      confirmed: 0,
      rejected: 0,
      sentBack: 0,
      medianSeconds: null,
      plantedSeen: 1,
      plantedMissed: 1,
    });
    expect(await ledger()).toBe(before);
    const alert = await admin.json<AlertDetail>('GET', `/alerts/${original.alertId}`);
    expect([alert.state, alert.history.map(({ action }) => action)]).toEqual(['false-alarm', ['raised', 'review-reject']]);
    await lead.json('GET', `/review/cases/${planted.id}`, undefined, 404);
    const { cases } = await lead.json<{ cases: CaseRecord[] }>('GET', '/review/cases');
    expect(cases.map(({ id }) => id).sort()).toEqual([original.caseId, waiting.caseId].sort());
    await decide(await harness.client('reviewer-3'), real.id, 'reject', { reasonCode: 'other' });
  });

  it('can have no form and no other end, not even by hand in the database', async () => {
    const [row] = await harness.sql<{ id: string }[]>`SELECT id FROM violation_cases WHERE planted LIMIT 1`;
    const id = row?.id as string;
    const lead = await harness.client('lead');
    const form = { form: '03', recipient: 'x1', recipientAddress: 'x1', contact: 'x1', signer: 'x1', signerTitle: 'x1' };
    const refused = await lead.request('POST', `/review/cases/${id}/forms`, form);
    const missing = await lead.request('POST', '/review/cases/00000000-0000-4000-8000-000000000000/forms', form);
    expect([refused.status, missing.status]).toEqual([404, 404]);
    expect((await refused.text()).replace(id, 'X')).toBe((await missing.text()).replace('00000000-0000-4000-8000-000000000000', 'X'));
    const { sql } = harness;
    await expect(
      sql`UPDATE violation_cases SET state = 'confirmed', plate = 'X', provision_id = 'x', identify_by = now() WHERE id = ${id}`,
    ).rejects.toThrow('check constraint');
    await expect(sql`UPDATE violation_cases SET planted_from = NULL WHERE id = ${id}`).rejects.toThrow('never changed');
    const insert = (planted: boolean) => sql`
      INSERT INTO case_forms (case_id, planted, form, template_id, number, draft, content, pdf, sha256, issued_by, issued_at_ms)
      VALUES (${id}, ${planted}, '02', 'tt73-2024.02', 'x', true, '{}', '', '', 'x', 0)`;
    await expect(insert(false)).rejects.toThrow('foreign key');
    await expect(insert(true)).rejects.toThrow('check constraint');
  });

  it('is caught when rejected, and is told from a send-back', async () => {
    await clear();
    await aCase(harness);
    const reviewer = await harness.client('reviewer-3');
    const planted = (await claim(reviewer)) as ReviewCase;
    expect(await decide(reviewer, planted.id, 'reject', { reasonCode: 'no-violation' })).toMatchObject({ state: 'rejected' });
    expect(await statisticsOf('reviewer-3')).toMatchObject({ rejected: 1, plantedSeen: 1, plantedMissed: 0 });
  });

  it.each([
    { name: 'the one who rejected it', reviewer: 'reviewer-1' },
    { name: 'one who has had it', reviewer: 'reviewer-2' },
  ])('never goes to $name', async ({ reviewer }) => {
    await clear();
    const waiting = await aCase(harness);
    const client = await harness.client(reviewer);
    const taken = await claim(client);
    expect(taken?.id).toBe(waiting.caseId);
    await decide(client, waiting.caseId, 'reject', { reasonCode: 'duplicate' });
  });

  it('is made of none that could not be confirmed anyway, or that does not show its fault', async () => {
    await clear();
    await harness.sql`UPDATE violation_cases SET erased_at_ms = 1 WHERE NOT planted`;
    await rejected('no-violation', { stored: ['before-line'] });
    await rejected('duplicate');
    const waiting = await aCase(harness);
    expect((await claim(await harness.client('reviewer-2')))?.id).toBe(waiting.caseId);
    nowMs += 3_600_000;
  });

  it('that was not decided in time is shown to somebody else, and to nobody twice', async () => {
    await clear();
    await harness.sql`UPDATE violation_cases SET erased_at_ms = 1 WHERE NOT planted`;
    const original = await rejected('signal-unclear');
    const waiting = await aCase(harness);
    const [second, third] = [await harness.client('reviewer-2'), await harness.client('reviewer-3')];
    const planted = await claim(second);
    expect(planted?.alertId).toBe(original.alertId);
    nowMs += 301_000;
    expect((await claim(third))?.id).toBe(planted?.id);
    expect((await claim(second))?.id).toBe(waiting.caseId);
  });

  it('is only of the reviewer’s own units and of what was asked for', async () => {
    nowMs += 3_600_000;
    await clear();
    await harness.sql`UPDATE violation_cases SET erased_at_ms = 1 WHERE NOT planted`;
    await rejected('no-violation', { cameraId: 'cam-b' });
    const own = await aCase(harness);
    expect((await claim(await harness.client('reviewer-a')))?.id).toBe(own.caseId);
    const another = await aCase(harness);
    expect((await claim(await harness.client('reviewer-2'), { cameraId: 'cam-a' }))?.id).toBe(another.caseId);
  });
});
