import type { FullAlertRow } from '../alerts/alert-rows.js';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { getAlertRow } from '../alerts/alert-store.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Transaction } from '../database/connection.js';
import { type EvidenceFiles, hashesOf } from '../evidence/evidence-files.js';
import { appendLedger } from '../ledger/ledger.js';
import { failure, invalidRequest, notFound } from '../server/failure.js';
import { subjectOfCase } from './case-view.js';
import { dayParts, lastDay, timeInWords } from './deadlines.js';
import { type FormPage, type FormPicture, formPdf } from './form-pdf.js';
import { type FormTemplate, templateInForce } from './form-templates.js';
import { fill, formFields } from './form-words.js';
import type { Provision, Vehicle } from './legal-schemas.js';
import { listProvisions } from './legal-store.js';
import type { ReviewContext } from './review-context.js';
import type { CaseForm, CaseState, IssueBody } from './review-schemas.js';

interface ConfirmedRow {
  id: string;
  alert_id: string;
  unit_id: string;
  unit_name: string;
  type: string;
  violation_at_ms: number;
  state: CaseState;
  plate: string;
  plate_colour: string | null;
  provision_id: string;
  vehicle: Vehicle;
  erased_at_ms: number | null;
}

/** @throws SafecityError `API_NOT_FOUND`, `API_REVIEW_NOT_CONFIRMED`, `API_REVIEW_ERASED`, `API_FORM_EXISTS` */
async function lockConfirmed(transaction: Transaction, context: ReviewContext, caseId: string, form: string): Promise<ConfirmedRow> {
  const [row] = await transaction<ConfirmedRow[]>`
    SELECT c.id, c.alert_id, c.unit_id, u.name_vi AS unit_name, c.type, c.violation_at_ms, c.state, c.plate,
      c.plate_read ->> 'colour' AS plate_colour, c.provision_id, c.vehicle, c.erased_at_ms
    FROM violation_cases c JOIN units u ON u.id = c.unit_id
    WHERE c.id = ${caseId} AND NOT c.planted AND c.unit_id = ANY(${context.identity.unitIds}) FOR UPDATE OF c`;
  if (!row) throw notFound('case', caseId);
  if (row.state !== 'confirmed')
    throw failure('API_REVIEW_NOT_CONFIRMED', 409, `the case is ${row.state}: only a confirmed case has forms`);
  if (row.erased_at_ms !== null)
    throw failure('API_REVIEW_ERASED', 409, 'the pictures of the case were erased: nothing can be sent with a form');
  const [final] = await transaction<{ number: string }[]>`
    SELECT number FROM case_forms WHERE case_id = ${caseId} AND form = ${form} AND NOT draft`;
  if (final) throw failure('API_FORM_EXISTS', 409, `form ${form} was issued as ${final.number}: send that one`);
  return row;
}

/**
 * Numbers run by unit, form and year of Viet Nam; drafts have their own, so that they leave no gap. Units whose ids differ in capitals
 * alone are written alike in a number: they share one series, and go on after the higher of what they had apart.
 */
async function nextNumber(transaction: Transaction, row: ConfirmedRow, template: FormTemplate, issue: { draft: boolean; atMs: number }) {
  const { year } = dayParts(issue.atMs);
  const kind = issue.draft ? `${template.form}-draft` : template.form;
  const code = row.unit_id.toUpperCase();
  const [counted] = await transaction<{ last_number: number }[]>`
    WITH alike AS (SELECT id FROM units WHERE upper(id) = ${code}),
      had AS (SELECT COALESCE(max(last_number), 0) AS last_number FROM form_numbers
        WHERE unit_id IN (SELECT id FROM alike) AND form = ${kind} AND year = ${year})
    INSERT INTO form_numbers (unit_id, form, year, last_number)
    SELECT (SELECT min(id COLLATE "C") FROM alike), ${kind}, ${year}::integer, had.last_number + 1 FROM had
    ON CONFLICT (unit_id, form, year) DO UPDATE SET last_number = GREATEST(form_numbers.last_number + 1, EXCLUDED.last_number)
    RETURNING last_number`;
  const number = String(counted?.last_number).padStart(4, '0');
  return `${issue.draft ? 'NHÁP-' : ''}${number}/${year}/${template.body.symbol}-${code}`;
}

/** The stills as they were stored; one that was changed on disk goes with no form. @throws SafecityError `API_EVIDENCE_HASH` */
async function picturesOf(alert: FullAlertRow, files: EvidenceFiles): Promise<FormPicture[]> {
  return Promise.all(
    alert.evidence.map(async ({ file, sha256, captured_at_ms }, index) => {
      const jpeg = await files.read(alert.id, file);
      if (!jpeg || hashesOf(jpeg).sha256 !== sha256)
        throw failure('API_EVIDENCE_HASH', 500, `the stored picture ${file} is gone or was changed: restore it from backup`);
      return { caption: `Ảnh ${index + 1}: ${timeInWords(captured_at_ms)}`, sha256, jpeg };
    }),
  );
}

async function provisionOf(sql: Queryable, row: ConfirmedRow): Promise<Provision> {
  const provision = (await listProvisions(sql, row.type)).find(({ id }) => id === row.provision_id);
  if (!provision) throw new Error(`the provision ${row.provision_id} of case ${row.id} is gone`);
  return provision;
}

interface Worded {
  page: FormPage;
  appearBy: string | null;
}

function pageOf(
  row: ConfirmedRow,
  alert: FullAlertRow,
  provision: Provision,
  template: FormTemplate,
  body: IssueBody,
  atMs: number,
): Omit<Worded['page'], 'number' | 'pictures' | 'draft'> & { appearBy: string | null } {
  const { body: words, form } = template;
  const appearBy = form === '02' ? lastDay(atMs, words.noShowDays) : null;
  const fields = formFields({
    ...body,
    appearAt: body.appearAt ?? null,
    appearBy,
    noShowDays: words.noShowDays,
    unit: row.unit_name,
    camera: alert.camera_name ?? '',
    cameraId: alert.camera_id ?? '',
    place: alert.place,
    plate: row.plate,
    plateColour: row.plate_colour,
    vehicle: row.vehicle,
    violationAtMs: row.violation_at_ms,
    reason: subjectOfCase(alert, row.type).reason.text.vi,
    provision,
  });
  return {
    appearBy,
    formName: words.formName,
    office: row.unit_name,
    place: row.unit_name,
    issuedAtMs: atMs,
    title: words.title,
    subtitle: words.subtitle,
    recipient: fill(words.recipient, fields),
    paragraphs: words.paragraphs.map((line) => fill(line, fields)),
    enclosed: words.enclosed,
    recipients: words.recipients,
    signer: body.signer,
    signerTitle: body.signerTitle,
  };
}

async function storeForm(
  transaction: Transaction,
  context: ReviewContext,
  form: Omit<CaseForm, 'id'> & { row: ConfirmedRow; templateId: string; content: object; pdf: Buffer },
) {
  const { row, templateId, content, pdf, ...facts } = form;
  const [stored] = await transaction<{ id: string }[]>`
    INSERT INTO case_forms (case_id, form, template_id, number, draft, content, pdf, sha256, issued_by, issued_at_ms)
    VALUES (${row.id}, ${facts.form}, ${templateId}, ${facts.number}, ${facts.draft}, ${jsonb(transaction, content)}, ${pdf},
      ${facts.sha256}, ${facts.issuedBy}, ${facts.issuedAtMs}) RETURNING id`;
  const detail = { form: facts.form, number: facts.number, draft: facts.draft, sha256: facts.sha256 };
  const { identity, address, nowMs: atMs } = context;
  await recordAudit(transaction, {
    atMs,
    actor: identity.username,
    action: 'review.form-issued',
    subject: `case:${row.id}`,
    detail,
    address,
  });
  const ledgerContent = { caseId: row.id, templateId, by: identity.username, ...detail };
  await appendLedger(transaction, { atMs, kind: 'form.issued', subject: `alert:${row.alert_id}`, content: ledgerContent });
  return { id: (stored as { id: string }).id, ...facts };
}

interface Issue {
  caseId: string;
  body: IssueBody;
  alert: FullAlertRow;
  pictures: FormPicture[];
}

async function issueIn(transaction: Transaction, context: ReviewContext, { caseId, body, alert, pictures }: Issue): Promise<CaseForm> {
  const { nowMs: atMs, identity } = context;
  const row = await lockConfirmed(transaction, context, caseId, body.form);
  const template = await templateInForce(transaction, body.form, atMs);
  const provision = await provisionOf(transaction, row);
  const draft = provision.approval === null || template.approvedBy === null;
  const number = await nextNumber(transaction, row, template, { draft, atMs });
  const { appearBy, ...words } = pageOf(row, alert, provision, template, body, atMs);
  const page = { ...words, number, draft, pictures };
  const pdf = await formPdf(page);
  // A draft sets no time limit: nobody was told.
  if (appearBy !== null && !draft) await transaction`UPDATE violation_cases SET appear_by = ${appearBy}::text::date WHERE id = ${row.id}`;
  const content = { ...page, pictures: page.pictures.map(({ caption, sha256 }) => ({ caption, sha256 })), provision };
  const { sha256 } = hashesOf(pdf);
  const facts = { form: body.form, number, draft, sha256, issuedBy: identity.username, issuedAtMs: atMs };
  return storeForm(transaction, context, { ...facts, row, templateId: template.id, content, pdf });
}

/**
 * Issues a form of a confirmed case: numbered, kept byte for byte, its hash in the ledger. While the law or the template is
 * approved by no officer it is a draft, which a later one may follow.
 * @throws SafecityError `API_NOT_FOUND`, `API_REVIEW_NOT_CONFIRMED`, `API_REVIEW_ERASED`, `API_FORM_EXISTS`, `API_REVIEW_TEMPLATE` (409), `API_INVALID`
 */
export async function issueForm(context: ReviewContext, files: EvidenceFiles, caseId: string, body: IssueBody): Promise<CaseForm> {
  const { sql, identity } = context;
  if (body.form === '02' && body.appearAt === undefined)
    throw invalidRequest({ path: 'appearAt', code: 'appear-at-needed', message: 'form 02 says where to come' });
  const row = (await sql.begin((transaction) => lockConfirmed(transaction, context, caseId, body.form))) as ConfirmedRow;
  // Before the transaction that numbers it: the evidence store may take its time, and others of the unit would wait for the number.
  const alert = await getAlertRow(sql, alertScopeOf(identity), row.alert_id);
  const issue = { caseId, body, alert, pictures: await picturesOf(alert, files) };
  return sql.begin((transaction) => issueIn(transaction, context, issue)) as Promise<CaseForm>;
}

/** The bytes of a form as it was issued; each view is recorded. @throws SafecityError `API_NOT_FOUND`, `API_EVIDENCE_HASH` */
export async function readForm(context: ReviewContext, caseId: string, formId: string): Promise<Buffer> {
  const { sql, identity, nowMs: atMs, address } = context;
  const [row] = await sql<{ pdf: Buffer; number: string; sha256: string }[]>`
    SELECT f.pdf, f.number, f.sha256 FROM case_forms f JOIN violation_cases c ON c.id = f.case_id
    WHERE f.id = ${formId} AND c.id = ${caseId} AND c.unit_id = ANY(${identity.unitIds})`;
  if (!row) throw notFound('form', formId);
  if (hashesOf(row.pdf).sha256 !== row.sha256)
    throw failure('API_EVIDENCE_HASH', 500, `form ${row.number} was changed: restore it from backup`);
  await recordAudit(sql, {
    atMs,
    actor: identity.username,
    action: 'evidence.viewed',
    subject: `case:${caseId}/form:${row.number}`,
    address,
  });
  return row.pdf;
}
