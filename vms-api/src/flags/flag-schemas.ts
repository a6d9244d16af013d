import { ALERT_TYPE_IDS, Bilingual, Id, SeveritySchema } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { AlertId, EpochMs, momentOf, named, nullable } from '../server/schemas.js';

/** A camera marked for the wall: by a person, or by an alert that is open. */
export const CameraFlag = named(
  'CameraFlag',
  Type.Object({
    id: { ...AlertId, description: 'Of the flag; of the alert when that marks the camera' },
    cameraId: Id,
    cameraName: Type.String(),
    source: Type.Enum(['person', 'alert']),
    reason: Bilingual,
    alert: nullable(Type.Object({ type: Type.Enum([...ALERT_TYPE_IDS]), severity: SeveritySchema })),
    setBy: nullable(Type.String({ description: 'Null: an alert marks it' })),
    fromMs: EpochMs,
    untilMs: nullable(Type.Number({ description: 'Epoch ms, exclusive; null: until the alert is handled and over' })),
    liftedBy: nullable(Type.String()),
    active: Type.Boolean(),
  }),
);
export type CameraFlag = Static<typeof CameraFlag>;

export const FlagBody = Type.Object(
  {
    reason: Type.String({ minLength: 3, maxLength: 300, description: 'Why the camera is to be watched' }),
    untilMs: momentOf('When the mark goes by itself: at most 30 days from now'),
  },
  { additionalProperties: false },
);
export type FlagBody = Static<typeof FlagBody>;

export const FlagParams = Type.Object({ flagId: AlertId });
export const FlagQuery = Type.Object(
  {
    over: Type.Optional(Type.Boolean({ description: 'Those that were set by people and are over, newest first; default those that hold' })),
    cameraId: Type.Optional(Id),
  },
  { additionalProperties: false },
);

export const FlagList = Type.Object({
  flags: Type.Array(CameraFlag),
  shiftEndsMs: Type.Number({ description: 'When the shift ends that goes on now' }),
});
