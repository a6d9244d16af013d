import { ALERT_KINDS, ALERT_TYPE_IDS } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';

const Recording = Type.Object({
  cameraId: Type.String(),
  fromMs: EpochMs,
  toMs: EpochMs,
  lockId: nullable(Type.String({ description: 'Lock of the recording; null when there is none' })),
  problem: nullable(Type.String({ description: 'Why it is not locked' })),
});

const holdShape = {
  holdId: AlertId,
  alertId: AlertId,
  reason: Type.String(),
  setBy: Type.String(),
  setAtMs: EpochMs,
  untilMs: nullable(EpochMs),
  endedBy: nullable(Type.String()),
  endedAtMs: nullable(EpochMs),
  endReason: nullable(Type.String()),
  recordings: Type.Array(Recording),
};

export const Hold = named('Hold', Type.Object(holdShape));
export type Hold = Static<typeof Hold>;

/** A hold in force, with what it is on. */
export const HoldOverview = named(
  'HoldOverview',
  Type.Object({
    ...holdShape,
    /** Null when it was opened by hand and no camera sees it; then it has a place. */
    cameraName: nullable(Type.String()),
    place: nullable(Type.String()),
    type: Type.Enum([...ALERT_TYPE_IDS]),
    kind: Type.Enum([...ALERT_KINDS]),
    raisedAtMs: EpochMs,
  }),
);
export type HoldOverview = Static<typeof HoldOverview>;

const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Why; stands in the audit log' });

export const HoldBody = Type.Object(
  { reason: Reason, untilMs: nullable({ ...EpochMs, description: 'When it ends by itself; null: never' }) },
  { additionalProperties: false },
);
export const LiftBody = Type.Object({ reason: Reason }, { additionalProperties: false });
