import type { Queryable } from '../database/connection.js';
import { failure } from '../server/failure.js';
import { dayOf } from './deadlines.js';
import type { TemplateBody } from './legal-schemas.js';

/** Form 02: notice to the owner. Form 03: transfer to the police of the commune. */
export type FormKind = '02' | '03';

export interface FormTemplate {
  id: string;
  form: FormKind;
  body: TemplateBody;
  source: string;
  validFrom: string;
  validUntil: string | null;
  approvedBy: string | null;
}

/** All templates, oldest first. */
export async function listTemplates(sql: Queryable): Promise<FormTemplate[]> {
  const rows = await sql<FormTemplate[]>`
    SELECT id, form, body, source, valid_from::text AS "validFrom", valid_until::text AS "validUntil", approved_by AS "approvedBy"
    FROM form_templates ORDER BY form, valid_from, id`;
  return [...rows];
}

/** The template in force on the day of Viet Nam in which `atMs` lies. @throws SafecityError `API_REVIEW_TEMPLATE` (409) for none or two */
export async function templateInForce(sql: Queryable, form: FormKind, atMs: number): Promise<FormTemplate> {
  const day = dayOf(atMs);
  const all = (await listTemplates(sql)).filter(
    (one) => one.form === form && one.validFrom <= day && (one.validUntil === null || day < one.validUntil),
  );
  const [template] = all;
  if (template && all.length === 1) return template;
  const what = template ? `more than one template of form ${form} is` : `no template of form ${form} is`;
  throw failure('API_REVIEW_TEMPLATE', 409, `${what} in force on ${day}`);
}
