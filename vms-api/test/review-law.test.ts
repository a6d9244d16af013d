import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { sha256Hex } from '../src/ledger/chain.js';
import { checkLedger } from '../src/ledger/ledger.js';
import { readSigningKey } from '../src/ledger/signing-key.js';
import type { NewProvision, Provision } from '../src/review/legal-schemas.js';
import type { CaseForm, CaseRecord, ErasureRecord, ReviewCase } from '../src/review/review-schemas.js';
import { nextRevision } from '../src/testing/builders.js';
import { type Client, type Harness, startHarness } from './harness.js';
import { aCase, addPeople } from './review-cases.js';

const ISSUED_AT = Date.parse('2026-03-05T03:00:00Z');
const RED_LIGHT = 'nd168-2024.6.9.b.red-light';

let harness: Harness;
let [lead, admin, auditor, reviewer, leadB]: Client[] = [];
let nowMs = ISSUED_AT;
beforeAll(async () => {
  harness = await startHarness();
  await addPeople(harness.sql, [
    ['lead-b', 'review-lead', 'ward-b'],
    ['visiting-lead', 'review-lead', 'ward-b'],
  ]);
  await harness.sql`UPDATE users SET unit_id = 'city' WHERE username = 'visiting-lead'`;
  await harness.api.close();
  harness.api = await harness.startApi({ random: () => 0.999, nowMs: () => nowMs });
  const names = ['lead', 'admin', 'auditor', 'reviewer-a', 'lead-b', 'visiting-lead'];
  [lead, admin, auditor, reviewer, leadB] = await Promise.all(names.map((name) => harness.client(name)));
  // The clock jumps by months: sessions must not end by it.
  await harness.sql`UPDATE sessions SET expires_at_ms = 9e15, last_seen_ms = 9e15`;
}, 60_000);
afterAll(() => harness?.stop());

const the = (client: Client | undefined) => client as Client;
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
const OFFICER = { officer: 'Trung tá Nguyễn Văn A', title: 'Đội trưởng Đội CSGT' };
const FORM_02 = {
  form: '02',
  recipient: 'Ông Trần Văn Bình',
  recipientAddress: '12 đường Yersin, phường Phú Lợi',
  appearAt: 'Trụ sở Đội CSGT, 36 đường Phú Lợi',
  contact: '0274 3822 638',
  signer: 'Nguyễn Văn A',
  signerTitle: 'Đội trưởng',
};
const FORM_03 = { ...FORM_02, form: '03', recipient: 'phường Phú Lợi' };

async function confirmed(options = {}): ReturnType<typeof aCase> {
  const made = await aCase(harness, options);
  await the(reviewer).json<{ case: ReviewCase }>('POST', '/review/claims', {});
  await the(reviewer).json('POST', `/review/cases/${made.caseId}/confirm`, {});
  return made;
}
const provisions = async (type: string) =>
  (await the(auditor).json<{ provisions: Provision[] }>('GET', `/law/provisions?type=${type}`)).provisions;

const aRow = (changes: Partial<NewProvision> = {}): NewProvision => ({
  id: 'nd238-2026.red-light-car',
  type: 'red-light',
  vehicle: 'car',
  variant: '',
  act: { vi: 'Không chấp hành hiệu lệnh của đèn tín hiệu giao thông', en: 'Not obeying a traffic light' },
  article: 6,
  clause: 9,
  point: 'b',
  fineMinVnd: 19_000_000,
  fineMaxVnd: 21_000_000,
  licencePoints: 4,
  document: { vi: 'Nghị định thử nghiệm', en: 'Test decree' },
  note: null,
  source: 'made up for a test',
  validFrom: '2026-08-15',
  validUntil: null,
  ...changes,
});

describe('the catalogue', () => {
  it('begins with Decree 168 as drafts with their source, and a restart changes nothing', async () => {
    const [car, motorcycle] = await provisions('red-light');
    expect(car).toMatchObject({ id: RED_LIGHT, approval: null, validFrom: '2025-01-01', validUntil: null, fineMinVnd: 18_000_000 });
    expect(car?.note?.vi).toContain('238/2026');
    expect(motorcycle).toMatchObject({ vehicle: 'motorcycle', article: 7, clause: 7, point: 'c' });
    const before = await harness.sql`SELECT * FROM legal_provisions ORDER BY id`;
    await (await harness.startApi()).close();
    expect(await harness.sql`SELECT * FROM legal_provisions ORDER BY id`).toEqual(before);
  });

  it.each([
    { name: 'a row that overlaps', row: aRow(), code: [409, 'API_LEGAL_OVERLAP'] },
    { name: 'a row that exists', row: aRow({ id: RED_LIGHT }), code: [409, 'API_LEGAL_EXISTS'] },
    { name: 'a row that ends before it begins', row: aRow({ variant: 'x', validUntil: '2026-08-15' }), code: [400, 'API_INVALID'] },
    { name: 'fines the wrong way round', row: aRow({ variant: 'x', fineMaxVnd: 1 }), code: [400, 'API_INVALID'] },
    { name: 'a day that is none', row: aRow({ variant: 'x', validFrom: '2026-02-30' }), code: [400, 'API_INVALID'] },
  ])('refuses $name', async ({ row, code }) => {
    expect(await codeOf(await the(admin).request('POST', '/law/provisions', row))).toEqual(code);
  });

  it('is changed by the top unit alone', async () => {
    const row = aRow({ variant: 'x' });
    expect(await codeOf(await the(leadB).request('POST', '/law/provisions', row))).toEqual([403, 'API_FORBIDDEN']);
    expect(await codeOf(await the(auditor).request('POST', '/law/provisions', row))).toEqual([403, 'API_FORBIDDEN']);
    expect(await codeOf(await the(leadB).request('POST', `/law/provisions/${RED_LIGHT}/approve`, OFFICER))).toEqual([403, 'API_FORBIDDEN']);
    expect(await codeOf(await the(admin).request('POST', `/law/provisions/${RED_LIGHT}/approve`, OFFICER))).toEqual([403, 'API_FORBIDDEN']);
    // Who belongs to the top unit and has the role in a ward alone does not change it for all.
    const visiting = await harness.client('visiting-lead');
    expect(await codeOf(await visiting.request('POST', '/law/provisions', row))).toEqual([403, 'API_FORBIDDEN']);
    expect(await codeOf(await the(lead).request('POST', '/law/provisions/none/approve', OFFICER))).toEqual([404, 'API_NOT_FOUND']);
    expect(await codeOf(await the(lead).request('POST', '/law/provisions/none/end', { validUntil: '2026-08-15' }))).toEqual([
      404,
      'API_NOT_FOUND',
    ]);
  });

  it('changes a draft until an officer answers for it, or a decision rests on it', async () => {
    const { id, type, vehicle, variant, ...draft } = aRow({ id: 'draft.row', variant: 'drafted', validFrom: '2030-01-01' });
    await the(lead).json('POST', '/law/provisions', { ...draft, id, type, vehicle, variant }, 201);
    const change = (body: object, rowId = id) => the(lead).request('PUT', `/law/provisions/${rowId}`, { ...draft, ...body });
    expect((await change({ fineMinVnd: 1, fineMaxVnd: 2, validUntil: '2031-01-01' })).status).toBe(200);
    expect((await provisions('red-light')).find((row) => row.id === id)).toMatchObject({
      fineMaxVnd: 2,
      validUntil: '2031-01-01',
      variant,
    });
    expect(await codeOf(await change({ fineMinVnd: 3, fineMaxVnd: 2 }))).toEqual([400, 'API_INVALID']);
    expect(await codeOf(await change({}, 'no.row'))).toEqual([404, 'API_NOT_FOUND']);
    expect(await codeOf(await the(leadB).request('PUT', `/law/provisions/${id}`, draft))).toEqual([403, 'API_FORBIDDEN']);
    await confirmed();
    const used = (await harness.sql<{ id: string }[]>`SELECT provision_id AS id FROM review_decisions WHERE provision_id IS NOT NULL`)[0]
      ?.id;
    expect(await codeOf(await change({ validFrom: '2020-01-01' }, used))).toEqual([409, 'API_LEGAL_USED']);
    await the(lead).json('POST', `/law/provisions/${id}/approve`, OFFICER, 204);
    expect(await codeOf(await change({}))).toEqual([409, 'API_LEGAL_APPROVED']);
  });

  it('ends a row and follows it by another, and violations take the one of their time', async () => {
    const end = (validUntil: string) => the(lead).request('POST', `/law/provisions/${RED_LIGHT}/end`, { validUntil });
    expect(await codeOf(await end('2025-01-01'))).toEqual([400, 'API_INVALID']);
    expect((await end('2026-08-15')).status).toBe(200);
    expect(await codeOf(await end('2026-08-16'))).toEqual([409, 'API_LEGAL_ENDED']);
    await the(admin).json('POST', '/law/provisions', aRow(), 201);
    nowMs = Date.parse('2026-09-01T00:00:00Z');
    const times = { old: '2026-08-14T16:59:59Z', new: '2026-08-14T17:00:00Z' };
    const before = await confirmed({ atMs: Date.parse(times.old) });
    const after = await confirmed({ atMs: Date.parse(times.new) });
    nowMs = ISSUED_AT;
    const chosen = async ({ caseId }: { caseId: string }) =>
      (await the(lead).json<CaseRecord>('GET', `/review/cases/${caseId}`)).provisionId;
    expect([await chosen(before), await chosen(after)]).toEqual([RED_LIGHT, 'nd238-2026.red-light-car']);
  });
});

describe('forms', () => {
  let caseId = '';
  const path = () => `/review/cases/${caseId}/forms`;
  beforeAll(async () => {
    caseId = (await confirmed()).caseId;
  });

  it('are drafts that set no time limit while no officer answers for law and template', async () => {
    const form = await the(lead).json<CaseForm>('POST', path(), FORM_02, 201);
    expect(form).toMatchObject({ form: '02', number: 'NHÁP-0001/2026/TB-WARD-A', draft: true, issuedBy: 'lead' });
    await the(lead).json('POST', `/law/provisions/${RED_LIGHT}/approve`, OFFICER, 204);
    expect(await codeOf(await the(lead).request('POST', `/law/provisions/${RED_LIGHT}/approve`, OFFICER))).toEqual([
      409,
      'API_LEGAL_APPROVED',
    ]);
    expect((await the(lead).json<CaseForm>('POST', path(), FORM_02, 201)).draft).toBe(true);
    expect((await the(lead).json<CaseRecord>('GET', `/review/cases/${caseId}`)).appearBy).toBeNull();
    await the(lead).json('POST', '/law/templates/tt73-2024.02/approve', OFFICER, 204);
  });

  it('are numbered by unit and year, set the 20 days, and are kept byte for byte with their hash in the ledger', async () => {
    const form = await the(lead).json<CaseForm>('POST', path(), FORM_02, 201);
    expect(form).toMatchObject({ number: '0001/2026/TB-WARD-A', draft: false });
    const record = await the(auditor).json<CaseRecord>('GET', `/review/cases/${caseId}`);
    expect([record.identifyBy, record.appearBy, record.forms.length]).toEqual(['2026-03-11', '2026-03-25', 3]);
    const answer = await the(auditor).request('GET', `${path()}/${form.id}`);
    const pdf = Buffer.from(await answer.arrayBuffer());
    expect([answer.headers.get('content-type'), pdf.subarray(0, 5).toString(), sha256Hex(pdf)]).toEqual([
      'application/pdf',
      '%PDF-',
      form.sha256,
    ]);
    const [entry] = await harness.sql<
      { payload: string }[]
    >`SELECT payload FROM ledger WHERE kind = 'form.issued' ORDER BY seq DESC LIMIT 1`;
    expect(JSON.parse(entry?.payload ?? '{}').content).toMatchObject({ caseId, number: form.number, sha256: form.sha256, draft: false });
    expect((await checkLedger(harness.sql)).firstBreak).toBeNull();
    expect(await codeOf(await the(lead).request('POST', path(), FORM_02))).toEqual([409, 'API_FORM_EXISTS']);
  });

  it('have each a number of their own, also of two units whose ids differ in capitals alone', async () => {
    const { sql } = harness;
    const issued = async (unitId: string) => {
      const other = await confirmed();
      await sql`ALTER TABLE violation_cases DISABLE TRIGGER violation_case_keeps`;
      await sql`UPDATE violation_cases SET unit_id = ${unitId} WHERE id = ${other.caseId}`;
      await sql`ALTER TABLE violation_cases ENABLE TRIGGER violation_case_keeps`;
      return (await the(lead).json<CaseForm>('POST', `/review/cases/${other.caseId}/forms`, FORM_02, 201)).number;
    };
    await sql`INSERT INTO units (id, parent_id, name_vi, name_en, valid_from_ms) VALUES ('WARD-A', 'city', 'Phường', 'Ward', 0)`;
    expect(await issued('WARD-A')).toBe('0002/2026/TB-WARD-A');
    expect(await issued('ward-a')).toBe('0003/2026/TB-WARD-A');
  });

  it('are listed as they were issued, those of the own units alone', async () => {
    const forms = async (client: Client) =>
      (await client.json<{ forms: { number: string; caseId: string; issuedAtMs: number }[] }>('GET', '/review/forms')).forms;
    const [newest] = await forms(the(lead));
    expect(newest).toMatchObject({ number: expect.stringMatching(/\/2026\//), caseId: expect.any(String), cameraName: 'Camera cam-a' });
    const older = await the(lead).json<{ forms: unknown[] }>('GET', `/review/forms?beforeMs=${newest?.issuedAtMs}`);
    expect(older.forms).not.toContainEqual(newest);
    expect(await forms(the(leadB))).toEqual([]);
    expect((await the(reviewer).request('GET', '/review/forms')).status).toBe(403);
  });

  it('say in Vietnamese what they must, filled in', async () => {
    const [row] = await harness.sql<{ content: { paragraphs: string[] } }[]>`
      SELECT content FROM case_forms WHERE case_id = ${caseId} AND form = '02' AND NOT draft`;
    const text = row?.content.paragraphs.join('\n') ?? '';
    for (const part of [
      'biển số đăng ký: 51F12345; màu biển số: trắng',
      '12 giờ 00 phút 00 giây, ngày 01/03/2026',
      'điểm b khoản 9 Điều 6 Nghị định số 168/2024/NĐ-CP; mức phạt tiền: từ 18.000.000 đồng đến 20.000.000 đồng',
      'Quá 20 ngày kể từ ngày gửi thông báo',
      'Quá 20 ngày kể từ ngày gửi thông báo',
      'Trụ sở Đội CSGT, 36 đường Phú Lợi chậm nhất ngày 25/03/2026',
    ])
      expect(text).toContain(part);
    expect(text).not.toMatch(/\{\{|undefined|null/);
  });

  it.each([
    { name: 'without a place to come to', body: { ...FORM_02, appearAt: undefined }, code: [400, 'API_INVALID'] },
    { name: 'of an unknown kind', body: { ...FORM_02, form: '09' }, code: [400, 'API_INVALID'] },
  ])('are refused $name', async ({ body, code }) => {
    expect(await codeOf(await the(lead).request('POST', path(), body))).toEqual(code);
  });

  it('are only of confirmed cases, of the own units, and issued by shift leads', async () => {
    const { caseId: waiting } = await aCase(harness, { cameraId: 'cam-b' });
    expect(await codeOf(await the(lead).request('POST', `/review/cases/${waiting}/forms`, FORM_03))).toEqual([
      409,
      'API_REVIEW_NOT_CONFIRMED',
    ]);
    expect(await codeOf(await the(leadB).request('POST', path(), FORM_03))).toEqual([404, 'API_NOT_FOUND']);
    expect(await codeOf(await the(reviewer).request('POST', path(), FORM_03))).toEqual([403, 'API_FORBIDDEN']);
    const [form] = (await the(lead).json<CaseRecord>('GET', `/review/cases/${caseId}`)).forms;
    expect(await codeOf(await the(leadB).request('GET', `${path()}/${form?.id}`))).toEqual([404, 'API_NOT_FOUND']);
    expect(await codeOf(await the(reviewer).request('GET', `${path()}/${form?.id}`))).toEqual([403, 'API_FORBIDDEN']);
    expect((await the(lead).json<CaseForm>('POST', path(), FORM_03, 201)).number).toBe('NHÁP-0001/2026/CKQ-WARD-A');
  });

  it('cannot be issued without a template in force', async () => {
    nowMs = Date.parse('2024-12-31T16:59:59Z');
    expect(await codeOf(await the(lead).request('POST', path(), FORM_03))).toEqual([409, 'API_REVIEW_TEMPLATE']);
    nowMs = ISSUED_AT;
  });
});

describe('erasure', () => {
  const ORDER = { officer: 'Thượng tá Lê Văn C', ground: 'Quyết định số 12/QĐ ngày 01/03/2026' };

  it('is signed and entered before anything is deleted, and leaves the case', async () => {
    const { caseId, alertId, message } = await confirmed();
    const directory = join(harness.dataDirectory, 'evidence', alertId);
    expect(readdirSync(directory).length).toBe(3);
    expect(await codeOf(await the(leadB).request('POST', `/review/cases/${caseId}/erasure`, ORDER))).toEqual([404, 'API_NOT_FOUND']);
    expect(await codeOf(await the(admin).request('POST', `/review/cases/${caseId}/erasure`, ORDER))).toEqual([403, 'API_FORBIDDEN']);
    expect(await codeOf(await the(lead).request('POST', `/review/cases/${caseId}/erasure`, { ...ORDER, ground: 'x' }))).toEqual([
      400,
      'API_INVALID',
    ]);
    const record = await the(lead).json<ErasureRecord>('POST', `/review/cases/${caseId}/erasure`, ORDER);
    const { publicPem } = readSigningKey(join(harness.dataDirectory, 'evidence-signing-key.pem'));
    expect(verify(null, Buffer.from(record.statement), createPublicKey(publicPem), Buffer.from(record.signature, 'base64'))).toBe(true);
    expect(JSON.parse(record.statement)).toMatchObject({ caseId, alertId, ...ORDER, by: 'lead' });
    expect(JSON.parse(record.statement).files.length).toBe(3);
    expect(existsSync(directory)).toBe(false);
    // Ingest has the pictures still: they are not fetched again, whatever the vehicle does next.
    await takeAlert(harness.sql, nextRevision(message, { reservationId: randomUUID() }), nowMs);
    expect(await harness.sql`SELECT 1 FROM evidence_jobs WHERE alert_id = ${alertId}`).toHaveLength(0);
    expect(await the(lead).json<ErasureRecord>('POST', `/review/cases/${caseId}/erasure`, ORDER)).toEqual(record);
    expect(await the(lead).json<CaseRecord>('GET', `/review/cases/${caseId}`)).toMatchObject({
      state: 'confirmed',
      plate: '51F12345',
      erasedAtMs: ISSUED_AT,
    });
    expect(await codeOf(await the(lead).request('POST', `/review/cases/${caseId}/forms`, FORM_03))).toEqual([409, 'API_REVIEW_ERASED']);
    expect((await checkLedger(harness.sql)).firstBreak).toBeNull();
  });

  it('is refused before the case is decided', async () => {
    const { caseId } = await aCase(harness);
    expect(await codeOf(await the(lead).request('POST', `/review/cases/${caseId}/erasure`, ORDER))).toEqual([409, 'API_REVIEW_STATE']);
  });
});
