import { Bilingual, Id, OBJECT_CLASSES, Reason, RULE_TYPE_IDS } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { Alert } from '../alerts/alert-schemas.js';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';
import { Day, Provision, VEHICLES } from './legal-schemas.js';
import { PlateRead, RETYPE_REASONS } from './plate-check.js';

export const CASE_STATES = ['waiting', 'second', 'escalated', 'confirmed', 'rejected'] as const;
export type CaseState = (typeof CASE_STATES)[number];

/** Why a case is rejected; the console gives each its digit, in this order. */
export const REJECT_REASONS = [
  'no-violation',
  'plate-unreadable',
  'priority-vehicle',
  'directed-by-police',
  'view-obstructed',
  'signal-unclear',
  'wrong-vehicle',
  'duplicate',
  'other',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export const BAR_CODES = [
  'not-fineable',
  'simulated',
  'pictures-coming',
  'moment-missing',
  'plate-unread',
  'law-vehicle',
  'law-gap',
  'law-conflict',
  'law-choose',
] as const;

/** One thing that keeps a case from being confirmed. `mendable`: the reviewer's own answer takes it away. */
export const Bar = named('ReviewBar', Type.Object({ code: Type.Enum([...BAR_CODES]), text: Bilingual, mendable: Type.Boolean() }));
export type Bar = Static<typeof Bar>;

const CaseDecision = Type.Object({
  reviewer: Type.String(),
  action: Type.Enum(['confirm', 'reject', 'send-back']),
  reasonCode: nullable(Type.Enum([...REJECT_REASONS])),
  comment: nullable(Type.String()),
  plate: nullable(Type.String()),
  provisionId: nullable(Type.String()),
  fromState: Type.Enum([...CASE_STATES]),
  toState: Type.Enum([...CASE_STATES]),
  atMs: EpochMs,
});
export type CaseDecision = Static<typeof CaseDecision>;

const { evidence, clips, derivatives, evidenceFailed, fineable } = Alert.properties;

const facts = {
  id: AlertId,
  unitId: Id,
  unitName: Bilingual,
  type: Type.Enum([...RULE_TYPE_IDS]),
  cameraId: Id,
  cameraName: Type.String(),
  place: nullable(Type.String()),
  violationAtMs: EpochMs,
  confidence: Type.Number(),
};

/** A case as the one who holds it sees it. A planted case looks like any other. */
export const ReviewCase = named(
  'ReviewCase',
  Type.Object({
    ...facts,
    alertId: AlertId,
    stage: Type.Enum(['waiting', 'second', 'escalated']),
    class: nullable(Type.Enum([...OBJECT_CLASSES])),
    vehicle: nullable(Type.Enum([...VEHICLES])),
    simulated: Type.Boolean(),
    reason: Reason,
    fineable,
    evidence,
    clips,
    derivatives,
    evidenceFailed,
    plate: Type.Object({ read: nullable(PlateRead), retype: Type.Array(Type.Enum([...RETYPE_REASONS])) }),
    law: Type.Object({ candidates: Type.Array(Provision), chosenId: nullable(Type.String()) }),
    bars: Type.Array(Bar),
    claimedUntilMs: EpochMs,
    decisions: Type.Array(named('CaseDecision', CaseDecision), { description: 'What was decided before; told to shift leads only' }),
  }),
);
export type ReviewCase = Static<typeof ReviewCase>;

const CaseForm = named(
  'CaseForm',
  Type.Object({
    id: AlertId,
    form: Type.Enum(['02', '03']),
    number: Type.String(),
    draft: Type.Boolean({ description: 'The law or the template is approved by no officer: it says BẢN NHÁP' }),
    sha256: Type.String(),
    issuedBy: Type.String(),
    issuedAtMs: EpochMs,
  }),
);
export type CaseForm = Static<typeof CaseForm>;

/** A case that has been decided, or waits, as its record has it. */
export const CaseRecord = named(
  'CaseRecord',
  Type.Object({
    ...facts,
    alertId: AlertId,
    state: Type.Enum([...CASE_STATES]),
    plateRead: nullable(PlateRead),
    plate: nullable(Type.String()),
    plateTypedBy: nullable(Type.String()),
    provisionId: nullable(Type.String()),
    decidedBy: nullable(Type.String()),
    decidedAtMs: nullable(EpochMs),
    identifyBy: nullable(Day),
    appearBy: nullable(Day),
    erasedAtMs: nullable(EpochMs),
    decisions: Type.Array(CaseDecision),
    forms: Type.Array(CaseForm),
  }),
);
export type CaseRecord = Static<typeof CaseRecord>;

const filters = {
  unitId: Type.Optional(Id),
  type: Type.Optional(Type.Enum([...RULE_TYPE_IDS])),
  cameraId: Type.Optional(Id),
  minAgeMs: Type.Optional(Type.Number({ minimum: 0, description: 'Only violations at least this old (inclusive)' })),
  maxAgeMs: Type.Optional(Type.Number({ minimum: 0, description: 'Only violations at most this old (inclusive)' })),
  minConfidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Inclusive' })),
  escalated: Type.Optional(Type.Boolean({ description: 'What was sent to shift leads, instead of what waits for reviewers' })),
};
export const QueueQuery = Type.Object(filters, { additionalProperties: false });
export type QueueFilters = Static<typeof QueueQuery>;

export const ClaimBody = Type.Object(
  { ...filters, order: Type.Optional(Type.Enum(['oldest', 'newest', 'confidence'], { description: 'Default oldest' })) },
  { additionalProperties: false },
);
export type ClaimBody = Static<typeof ClaimBody>;

const Count = Type.Object({ id: Type.String(), name: Type.String(), count: Type.Integer() });
export const Queue = named(
  'ReviewQueue',
  Type.Object({
    waiting: Type.Integer(),
    held: Type.Integer({ description: 'With a reviewer now' }),
    oldestMs: nullable(EpochMs),
    byUnit: Type.Array(Count),
    byType: Type.Array(Count),
    byCamera: Type.Array(Count),
  }),
);
export type Queue = Static<typeof Queue>;

const comment = Type.Optional(Type.String({ maxLength: 2000 }));
export const ConfirmBody = Type.Object(
  {
    plate: Type.Optional(Type.String({ maxLength: 20, description: 'As typed by the reviewer; needed when the reading may not stand' })),
    provisionId: Type.Optional(Type.String({ maxLength: 80 })),
    comment,
  },
  { additionalProperties: false },
);
export const RejectBody = Type.Object({ reasonCode: Type.Enum([...REJECT_REASONS]), comment }, { additionalProperties: false });
export const SendBackBody = Type.Object({ comment: Type.String({ minLength: 3, maxLength: 2000 }) }, { additionalProperties: false });

export const Decided = named('ReviewDecided', Type.Object({ caseId: AlertId, state: Type.Enum([...CASE_STATES]) }));
export type Decided = Static<typeof Decided>;

export const CaseParams = Type.Object({ caseId: AlertId });

export const CaseQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...CASE_STATES])),
    type: Type.Optional(Type.Enum([...RULE_TYPE_IDS])),
    overdue: Type.Optional(Type.Boolean({ description: 'Confirmed, and the day by which to identify or to appear is over' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Default 50' })),
    beforeMs: Type.Optional(Type.Number({ description: 'Violations before this time (exclusive)' })),
  },
  { additionalProperties: false },
);
export type CaseQuery = Static<typeof CaseQuery>;

export const SettingsBody = Type.Object(
  {
    unitId: Id,
    type: Type.Union([Type.Enum([...RULE_TYPE_IDS]), Type.Literal('*')]),
    fourEyes: Type.Boolean(),
    plantedShare: Type.Number({ minimum: 0, maximum: 1, description: 'Share of claims that get a planted case' }),
    claimSeconds: Type.Integer({ minimum: 30, maximum: 3600 }),
  },
  { additionalProperties: false },
);
export const ReviewSettings = named(
  'ReviewSettings',
  Type.Object({ ...SettingsBody.properties, changedBy: nullable(Type.String()), changedAtMs: nullable(EpochMs) }),
);
export type ReviewSettings = Static<typeof ReviewSettings>;

export const EraseBody = Type.Object(
  {
    officer: Type.String({ minLength: 3, maxLength: 120, description: 'Who ordered it' }),
    ground: Type.String({ minLength: 10, maxLength: 1000, description: 'On what legal ground' }),
  },
  { additionalProperties: false },
);
export const ErasureRecord = named(
  'ErasureRecord',
  Type.Object({ statement: Type.String(), signature: Type.String(), ledgerSeq: Type.Integer() }),
);
export type ErasureRecord = Static<typeof ErasureRecord>;

export const IssueBody = Type.Object(
  {
    form: Type.Enum(['02', '03']),
    recipient: Type.String({ minLength: 2, maxLength: 200 }),
    recipientAddress: Type.String({ minLength: 2, maxLength: 300 }),
    appearAt: Type.Optional(Type.String({ minLength: 2, maxLength: 300, description: 'Form 02: where to come' })),
    contact: Type.String({ minLength: 2, maxLength: 200 }),
    signer: Type.String({ minLength: 2, maxLength: 120 }),
    signerTitle: Type.String({ minLength: 2, maxLength: 120 }),
  },
  { additionalProperties: false },
);
export type IssueBody = Static<typeof IssueBody>;
export { CaseForm };

export const IssuedQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Default 50' })),
    beforeMs: Type.Optional(Type.Number({ description: 'Issued before this time (exclusive)' })),
  },
  { additionalProperties: false },
);
export const IssuedForm = named(
  'IssuedForm',
  Type.Object({
    ...CaseForm.properties,
    caseId: AlertId,
    templateId: Type.String(),
    cameraName: Type.String(),
    type: Type.Enum([...RULE_TYPE_IDS]),
  }),
);
export type IssuedForm = Static<typeof IssuedForm>;

export const StatisticsQuery = Type.Object({ fromMs: EpochMs, toMs: EpochMs, unitId: Type.Optional(Id) }, { additionalProperties: false });

const Tally = {
  confirmed: Type.Integer(),
  rejected: Type.Integer(),
  sentBack: Type.Integer(),
  medianSeconds: nullable(Type.Number({ description: 'From claim to decision' })),
};
export const Statistics = named(
  'ReviewStatistics',
  Type.Object({
    byReviewer: Type.Array(
      Type.Object({
        reviewer: Type.String(),
        ...Tally,
        plantedSeen: Type.Integer({ description: 'Planted cases decided' }),
        plantedMissed: Type.Integer({ description: 'Planted cases confirmed though they had been rejected' }),
      }),
    ),
    byType: Type.Array(Type.Object({ type: Type.String(), ...Tally })),
    byReason: Type.Array(Type.Object({ reasonCode: Type.String(), count: Type.Integer() })),
  }),
);
export type Statistics = Static<typeof Statistics>;
