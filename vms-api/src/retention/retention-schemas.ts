import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable } from '../server/schemas.js';
import { KEPT_CLASSES, RETENTION_CLASS_IDS } from './classes.js';

const ClassId = Type.Enum([...RETENTION_CLASS_IDS]);

export const RetentionOverview = named(
  'RetentionOverview',
  Type.Object({
    classes: Type.Array(
      Type.Object({
        class: ClassId,
        days: Type.Integer(),
        defaultDays: Type.Integer(),
        minDays: Type.Integer(),
        maxDays: Type.Integer(),
        changedBy: nullable(Type.String()),
        changedAtMs: nullable(EpochMs),
      }),
    ),
    kept: Type.Array(Type.Enum([...KEPT_CLASSES]), { description: 'What no age deletes' }),
    nextRunAtMs: { ...EpochMs, description: 'When the job runs next; now while it is due or at work' },
    keyFingerprint: Type.String({ description: 'Of the key that signs the records' }),
  }),
);
export type RetentionOverview = Static<typeof RetentionOverview>;

export const RetentionBody = Type.Object(
  {
    class: ClassId,
    days: Type.Integer({ minimum: 1, maximum: 36_500 }),
    reason: Type.String({ minLength: 3, maxLength: 500, description: 'Why; stands in the audit log' }),
  },
  { additionalProperties: false },
);

export const RetentionPreview = named(
  'RetentionPreview',
  Type.Object({
    class: ClassId,
    beforeMs: { ...EpochMs, description: 'What is older than this (exclusive) would go' },
    items: Type.Integer(),
    oldestMs: nullable(EpochMs),
    newestMs: nullable(EpochMs),
  }),
);
export type RetentionPreview = Static<typeof RetentionPreview>;

export const RetentionRun = named(
  'RetentionRun',
  Type.Object({
    run: Type.Integer(),
    class: ClassId,
    days: Type.Integer(),
    beforeMs: EpochMs,
    startedAtMs: EpochMs,
    finishedAtMs: nullable({ ...EpochMs, description: 'Null while it runs, or until a run that was cut off is taken up again' }),
    items: Type.Integer(),
    files: Type.Integer(),
    oldestMs: nullable(EpochMs),
    newestMs: nullable(EpochMs),
    statement: nullable(Type.String({ description: 'The very text that was signed (Ed25519)' })),
    signature: nullable(Type.String()),
    ledgerSeq: nullable(Type.Integer({ description: 'Its entry in the ledger' })),
  }),
);
export type RetentionRun = Static<typeof RetentionRun>;

export const RunsQuery = Type.Object(
  {
    beforeRun: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Older than this run' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  { additionalProperties: false },
);
