import { readFileSync } from 'node:fs';
import { parseWith } from '@safecity/contracts';
import type { TSchema } from 'typebox';
import { wholeSite } from '../accounts/scope.js';
import { recordAudit } from '../audit/audit.js';
import { jsonb, type Queryable, type Sql, type Transaction } from '../database/connection.js';
import { failure, invalidRequest, notFound, refusal } from '../server/failure.js';
import { type DraftBody, type NewProvision, type Provision, type ProvisionBody, ProvisionFile, TemplateFile } from './legal-schemas.js';
import type { ReviewContext } from './review-context.js';

const DIRECTORY = new URL('../../legal/', import.meta.url);
const PROVISION_FILES = ['decree-168-2024.json'];
const TEMPLATE_FILES = ['forms-2025.json'];

/** Any number that no other lock uses: whoever changes the catalogue waits for others who do. */
const LOCK = 5_137_702_421;

interface ProvisionRow {
  id: string;
  type: string;
  vehicle: Provision['vehicle'];
  variant: string;
  body: ProvisionBody;
  source: string;
  valid_from: string;
  valid_until: string | null;
  approved_by: string | null;
  approved_title: string;
  approved_user: string;
  approved_at_ms: number;
}

function provisionOf(row: ProvisionRow): Provision {
  const { id, type, vehicle, variant, body, source } = row;
  const approval =
    row.approved_by === null ? null : { by: row.approved_by, title: row.approved_title, user: row.approved_user, atMs: row.approved_at_ms };
  return { id, type, vehicle, variant, ...body, source, validFrom: row.valid_from, validUntil: row.valid_until, approval };
}

/** The catalogue's rows, of one type or all, oldest law first. */
export async function listProvisions(sql: Queryable, type?: string): Promise<Provision[]> {
  const rows = await sql<ProvisionRow[]>`
    SELECT id, type, vehicle, variant, body, source, valid_from::text, valid_until::text,
      approved_by, approved_title, approved_user, approved_at_ms
    FROM legal_provisions ${type === undefined ? sql`` : sql`WHERE type = ${type}`}
    ORDER BY type, vehicle, variant, valid_from, id`;
  return rows.map(provisionOf);
}

async function insertProvision(sql: Queryable, row: NewProvision, by: string, nowMs: number): Promise<boolean> {
  const { id, type, vehicle, variant, source, validFrom, validUntil, ...body } = row;
  const inserted = await sql`
    INSERT INTO legal_provisions (id, type, vehicle, variant, body, source, valid_from, valid_until, created_by, created_at_ms)
    VALUES (${id}, ${type}, ${vehicle}, ${variant}, ${jsonb(sql, body)}, ${source}, ${validFrom}::text::date, ${validUntil}::text::date,
      ${by}, ${nowMs})
    ON CONFLICT (id) DO NOTHING RETURNING 1`;
  return inserted.length > 0;
}

function readLegalFile<T extends TSchema>(schema: T, file: string) {
  return parseWith(schema, JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8')), `legal/${file}`);
}

async function seedTemplates(sql: Queryable, file: string, nowMs: number): Promise<void> {
  const { templates, source, validFrom, validUntil, identifyDays, noShowDays } = readLegalFile(TemplateFile, file);
  for (const { id, form, ...words } of templates) {
    await sql`
      INSERT INTO form_templates (id, form, body, source, valid_from, valid_until, created_by, created_at_ms)
      VALUES (${id}, ${form}, ${jsonb(sql, { ...words, identifyDays, noShowDays })}, ${source}, ${validFrom}::text::date,
        ${validUntil}::text::date, 'system', ${nowMs})
      ON CONFLICT (id) DO NOTHING`;
  }
}

/** Brings in the rows and templates of the files that the tables do not have yet, as drafts. What exists stays as it is. */
export async function seedLegal(sql: Sql, nowMs: number): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
    for (const file of PROVISION_FILES) {
      const { rows, ...shared } = readLegalFile(ProvisionFile, file);
      for (const row of rows) await insertProvision(transaction, { ...row, ...shared }, 'system', nowMs);
    }
    for (const file of TEMPLATE_FILES) await seedTemplates(transaction, file, nowMs);
  });
}

async function refuseOverlap(transaction: Transaction, row: NewProvision): Promise<void> {
  const [other] = await transaction<{ id: string }[]>`
    SELECT id FROM legal_provisions
    WHERE type = ${row.type} AND vehicle = ${row.vehicle} AND variant = ${row.variant}
      AND id <> ${row.id} AND daterange(valid_from, valid_until) && daterange(${row.validFrom}::text::date, ${row.validUntil}::text::date) LIMIT 1`;
  if (other) {
    const message = `${other.id} is in force for the same act in that time: end it before the new row begins`;
    throw failure('API_LEGAL_OVERLAP', 409, message);
  }
}

/** @throws SafecityError `API_INVALID` for what contradicts itself */
function checkProvision({ validFrom, validUntil, fineMinVnd, fineMaxVnd }: DraftBody): void {
  if (validUntil !== null && validUntil <= validFrom)
    throw invalidRequest({ path: 'validUntil', code: 'after', params: { other: 'validFrom' }, message: 'must be after validFrom' });
  if (fineMaxVnd < fineMinVnd)
    throw invalidRequest({
      path: 'fineMaxVnd',
      code: 'not-below',
      params: { other: 'fineMinVnd' },
      message: 'must not be below fineMinVnd',
    });
}

/**
 * Changes a row that nobody has approved and no decision rests on.
 * @throws SafecityError `API_NOT_FOUND`, `API_INVALID` (400), `API_LEGAL_APPROVED`, `API_LEGAL_USED`, `API_LEGAL_OVERLAP` (409)
 */
export async function changeDraft(context: ReviewContext, id: string, draft: DraftBody): Promise<Provision> {
  checkProvision(draft);
  return changeLegal(context, { action: 'legal.changed', subject: `provision:${id}`, detail: draft }, async (transaction) => {
    const row = (await listProvisions(transaction)).find((candidate) => candidate.id === id);
    if (!row) throw notFound('row', id);
    if (row.approval) throw failure('API_LEGAL_APPROVED', 409, `${id} is approved by ${row.approval.by} already`);
    const [used] = await transaction`SELECT 1 FROM review_decisions WHERE provision_id = ${id} LIMIT 1`;
    if (used) throw failure('API_LEGAL_USED', 409, `decisions rest on ${id}: end it, and add another row`);
    const { source, validFrom, validUntil, ...body } = draft;
    const { type, vehicle, variant } = row;
    await refuseOverlap(transaction, { ...draft, id, type, vehicle, variant });
    await transaction`
      UPDATE legal_provisions SET body = ${jsonb(transaction, body)}, source = ${source}, valid_from = ${validFrom}::text::date,
        valid_until = ${validUntil}::text::date WHERE id = ${id}`;
    return (await listProvisions(transaction, type)).find((candidate) => candidate.id === id) as Provision;
  });
}

/**
 * Adds a row as a draft.
 * @throws SafecityError `API_INVALID` (400), `API_LEGAL_OVERLAP`, `API_LEGAL_EXISTS` (409)
 */
export async function addProvision(context: ReviewContext, row: NewProvision): Promise<Provision> {
  checkProvision(row);
  return changeLegal(context, { action: 'legal.added', subject: `provision:${row.id}`, detail: row }, async (transaction) => {
    const [taken] = await transaction`SELECT 1 FROM legal_provisions WHERE id = ${row.id}`;
    if (taken) throw failure('API_LEGAL_EXISTS', 409, `a row ${row.id} exists: rows are ended and followed by others, never written over`);
    await refuseOverlap(transaction, row);
    await insertProvision(transaction, row, context.identity.username, context.nowMs);
    return (await listProvisions(transaction, row.type)).find(({ id }) => id === row.id) as Provision;
  });
}

/** Sets the first day on which a row is no longer in force. @throws SafecityError `API_NOT_FOUND`, `API_INVALID`, `API_LEGAL_ENDED` */
export async function endProvision(context: ReviewContext, id: string, validUntil: string): Promise<Provision> {
  return changeLegal(context, { action: 'legal.ended', subject: `provision:${id}`, detail: { validUntil } }, async (transaction) => {
    const [row] = await transaction<{ valid_from: string; valid_until: string | null; type: string }[]>`
      SELECT valid_from::text, valid_until::text, type FROM legal_provisions WHERE id = ${id}`;
    if (!row) throw notFound('provision', id);
    if (row.valid_until !== null) throw failure('API_LEGAL_ENDED', 409, `${id} has ended on ${row.valid_until} already`);
    if (validUntil <= row.valid_from)
      throw invalidRequest({
        path: 'validUntil',
        code: 'after',
        params: { other: row.valid_from },
        message: `must be after ${row.valid_from}`,
      });
    await transaction`UPDATE legal_provisions SET valid_until = ${validUntil}::text::date WHERE id = ${id}`;
    return (await listProvisions(transaction, row.type)).find((candidate) => candidate.id === id) as Provision;
  });
}

/**
 * Enters the officer who answers for a row or a template: what rests on it is no draft from then on.
 * @throws SafecityError `API_NOT_FOUND`, `API_LEGAL_APPROVED` (409)
 */
export async function approveLegal(
  context: ReviewContext,
  what: { table: 'legal_provisions' | 'form_templates'; id: string },
  officer: { officer: string; title: string },
): Promise<void> {
  const { table, id } = what;
  const subject = `${table === 'form_templates' ? 'template' : 'provision'}:${id}`;
  await changeLegal(context, { action: 'legal.approved', subject, detail: officer }, async (transaction) => {
    const rows = await transaction`
      UPDATE ${transaction(table)} SET approved_by = ${officer.officer}, approved_title = ${officer.title},
        approved_user = ${context.identity.username}, approved_at_ms = ${context.nowMs}
      WHERE id = ${id} AND approved_by IS NULL RETURNING 1`;
    if (rows.length > 0) return;
    const [known] = await transaction<{ approved_by: string }[]>`SELECT approved_by FROM ${transaction(table)} WHERE id = ${id}`;
    if (!known) throw notFound('row', id);
    throw failure('API_LEGAL_APPROVED', 409, `${id} is approved by ${known.approved_by} already`);
  });
}

interface LegalChange {
  action: 'legal.added' | 'legal.changed' | 'legal.ended' | 'legal.approved';
  subject: string;
  /** What is said from now on: a draft that is written over stands nowhere else. */
  detail: object;
}

/** The catalogue is one for the whole site: whoever changes it has the right to in every unit, wherever they belong. */
async function changeLegal<T>(context: ReviewContext, change: LegalChange, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const { sql, identity, address, nowMs: atMs } = context;
  return sql.begin(async (transaction) => {
    if (!(await wholeSite(transaction, identity)))
      throw refusal('API_FORBIDDEN', 403, [
        { path: '', code: 'whole-site', message: 'the law is the same for every unit: somebody with a role in the whole site changes it' },
      ]);
    await transaction`SELECT pg_advisory_xact_lock(${LOCK})`;
    const result = await work(transaction);
    await recordAudit(transaction, { atMs, actor: identity.username, address, ...change, detail: { ...change.detail } });
    return result;
  }) as Promise<T>;
}
