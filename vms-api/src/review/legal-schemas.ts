import { Bilingual, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable } from '../server/schemas.js';

/** A day in Viet Nam, `YYYY-MM-DD`. */
export const Day = Type.String({ format: 'date' });

export const VEHICLES = ['car', 'motorcycle'] as const;
/** Vehicles that the law tells apart; cars stand for all vehicles like cars. */
export type Vehicle = (typeof VEHICLES)[number];

const provisionShape = {
  id: Type.String({
    pattern: worded('^[A-Za-z0-9._-]{1,80}$', 'law-id', 'must be 1 to 80 letters, digits, points, hyphens or underscores'),
  }),
  type: Type.String({ pattern: '^[a-z][a-z-]{1,40}$', description: 'Type of the rule' }),
  vehicle: Type.Enum([...VEHICLES]),
  variant: Type.String({ pattern: '^[a-z0-9-]{0,60}$', description: 'Tells apart the acts one rule may be; empty: taken by itself' }),
  act: Bilingual,
  article: Type.Integer({ minimum: 1 }),
  clause: Type.Integer({ minimum: 1 }),
  point: Type.String({ maxLength: 2 }),
  fineMinVnd: Type.Integer({ minimum: 0 }),
  fineMaxVnd: Type.Integer({ minimum: 0 }),
  licencePoints: nullable(Type.Integer({ minimum: 0, maximum: 12, description: 'Points taken; null: the source does not say' })),
};

/** The act and its sanction, as the law has them. */
export const ProvisionBody = Type.Object({
  act: Bilingual,
  article: provisionShape.article,
  clause: provisionShape.clause,
  point: provisionShape.point,
  fineMinVnd: provisionShape.fineMinVnd,
  fineMaxVnd: provisionShape.fineMaxVnd,
  licencePoints: provisionShape.licencePoints,
  document: Bilingual,
  note: Type.Union([Bilingual, Type.Null()]),
});
export type ProvisionBody = Static<typeof ProvisionBody>;

const dated = {
  source: Type.String({ minLength: 3, maxLength: 500 }),
  validFrom: Day,
  validUntil: nullable(Type.String({ format: 'date', description: 'First day on which it is no longer in force' })),
};

const Approval = Type.Object({ by: Type.String(), title: Type.String(), user: Type.String(), atMs: EpochMs });

/** One row of the catalogue: an act of law in force for a time. Without an approval it is a draft. */
export const Provision = named(
  'Provision',
  Type.Object({ ...provisionShape, document: Bilingual, note: nullable(Bilingual), ...dated, approval: nullable(Approval) }),
);
export type Provision = Static<typeof Provision>;

export const NewProvision = Type.Object(
  { ...provisionShape, document: Bilingual, note: Type.Union([Bilingual, Type.Null()]), ...dated },
  { additionalProperties: false },
);
export type NewProvision = Static<typeof NewProvision>;

/** What of a draft may still be changed; what it is about may not. */
export const DraftBody = Type.Omit(NewProvision, ['id', 'type', 'vehicle', 'variant'], { additionalProperties: false });
export type DraftBody = Static<typeof DraftBody>;

/** A file of provisions that share their document. */
export const ProvisionFile = Type.Object(
  {
    document: Bilingual,
    note: Type.Union([Bilingual, Type.Null()]),
    ...dated,
    rows: Type.Array(Type.Object(provisionShape, { additionalProperties: false })),
  },
  { additionalProperties: false },
);

/** What a form says, with `{{fields}}`. */
export const TemplateBody = Type.Object({
  symbol: Type.String(),
  title: Type.String(),
  subtitle: Type.String(),
  formName: Type.String(),
  recipient: Type.String(),
  paragraphs: Type.Array(Type.String()),
  enclosed: Type.String(),
  recipients: Type.Array(Type.String()),
  identifyDays: Type.Integer({ minimum: 1 }),
  noShowDays: Type.Integer({ minimum: 1 }),
});
export type TemplateBody = Static<typeof TemplateBody>;

const { identifyDays, noShowDays, ...words } = TemplateBody.properties;

/** A file of templates that share their source and time limits. */
export const TemplateFile = Type.Object(
  {
    ...dated,
    identifyDays,
    noShowDays,
    templates: Type.Array(Type.Object({ id: provisionShape.id, form: Type.Enum(['02', '03']), ...words }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);

export const ApprovalBody = Type.Object(
  {
    officer: Type.String({ minLength: 3, maxLength: 120, description: 'Name of the officer who answers for it' }),
    title: Type.String({ minLength: 2, maxLength: 120, description: 'Rank and post' }),
  },
  { additionalProperties: false },
);
export const EndBody = Type.Object({ validUntil: Day }, { additionalProperties: false });
export const ProvisionParams = Type.Object({ provisionId: provisionShape.id });
export const TemplateParams = Type.Object({ templateId: provisionShape.id });
