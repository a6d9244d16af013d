import { ALERT_TYPE_IDS, Bilingual, CAMERA_STATES, Id, SeveritySchema } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { ALERT_STATES } from '../alerts/alert-schemas.js';
import { CameraFlag } from '../flags/flag-schemas.js';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';

const OpenAlert = Type.Object({
  id: AlertId,
  type: Type.Enum([...ALERT_TYPE_IDS]),
  severity: SeveritySchema,
  state: Type.Enum([...ALERT_STATES]),
  cameraName: nullable(Type.String()),
  place: nullable(Type.String()),
  raisedAtMs: EpochMs,
  owner: nullable(Type.String({ description: 'User name of the one who has it in hand' })),
  drill: nullable(Type.String({ description: 'Name of the drill that it is part of' })),
  text: Bilingual,
});
export type OpenAlert = Static<typeof OpenAlert>;

const CameraInTrouble = Type.Object({
  id: Id,
  name: Type.String(),
  state: nullable(Type.Enum([...CAMERA_STATES], { description: 'Null: ingest has not spoken of it' })),
  troubles: Type.Array(Type.String(), { description: 'What is wrong with its picture' }),
});
export type CameraInTrouble = Static<typeof CameraInTrouble>;

const RunningSuppression = Type.Object({
  id: AlertId,
  cameraName: Type.String(),
  ruleName: Type.String(),
  untilMs: EpochMs,
  createdBy: Type.String(),
});

/** What is open on the desk of a unit and those below it at a moment. */
export const Desk = named(
  'Desk',
  Type.Object({
    unitId: Id,
    unitName: Bilingual,
    atMs: EpochMs,
    alerts: Type.Array(OpenAlert, { description: 'Open alerts, the gravest first; violations are the review’s' }),
    unowned: Type.Array(AlertId, { description: 'Of severity high or critical, in nobody’s hands: with one of these nothing is signed' }),
    flags: Type.Array(CameraFlag),
    cameras: Type.Array(CameraInTrouble),
    suppressions: Type.Array(RunningSuppression),
    drills: Type.Array(Type.Object({ name: Type.String(), untilMs: EpochMs })),
  }),
);
export type Desk = Static<typeof Desk>;

const signed = {
  id: AlertId,
  unitId: Id,
  state: Type.Enum(['signed', 'accepted', 'withdrawn']),
  notes: Type.String(),
  sha256: Type.String({ description: 'Of the desk as it was signed; stands in the audit log too' }),
  signedBy: Type.String(),
  signedName: Type.String(),
  signedAtMs: EpochMs,
  acceptedBy: nullable(Type.String()),
  acceptedName: nullable(Type.String()),
  acceptedAtMs: nullable(EpochMs),
  moved: Type.Array(AlertId, { description: 'Alerts whose owner changed with it' }),
};

/** One hand-over: who signed, who accepted. */
export const Handover = named('Handover', Type.Object(signed));
export type Handover = Static<typeof Handover>;

/** With the desk as it was signed. */
export const HandoverDetail = named('HandoverDetail', Type.Object({ ...signed, desk: Desk }));
export type HandoverDetail = Static<typeof HandoverDetail>;

export const SignBody = Type.Object({ notes: Type.String({ maxLength: 4000 }) }, { additionalProperties: false });
export const WithdrawBody = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 500 }) }, { additionalProperties: false });
export const DeskParams = Type.Object({ unitId: Id });
export const HandoverParams = Type.Object({ handoverId: AlertId });
