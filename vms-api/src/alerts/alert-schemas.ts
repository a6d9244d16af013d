import { ALERT_KINDS, ALERT_TYPE_IDS, Bilingual, Box, Finding, Id, Reason, SeveritySchema, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';
import { HAND_SOURCES } from './alert-record.js';

export const ALERT_STATES = ['new', 'acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const FALSE_ALARM_REASONS = ['shadow', 'advert', 'parked-legally', 'wrong-class', 'other'] as const;
export type FalseAlarmReason = (typeof FALSE_ALARM_REASONS)[number];

const AlertEvidence = named(
  'AlertEvidence',
  Type.Object({
    moment: Type.String(),
    url: Type.String({ description: 'Path of the picture on this server' }),
    capturedAtMs: EpochMs,
    widthPx: Type.Integer(),
    heightPx: Type.Integer(),
    sha256: Type.String(),
    box: nullable(Box),
    note: nullable(Bilingual),
    crop: nullable(
      Type.Object(
        {
          url: Type.String({ description: 'Path of the crop on this server' }),
          box: Box,
          widthPx: Type.Integer(),
          heightPx: Type.Integer(),
          sha256: Type.String(),
        },
        { description: 'The subject cut from the same picture at full resolution; box is what it shows of the picture' },
      ),
    ),
  }),
);
export type AlertEvidence = Static<typeof AlertEvidence>;

const AlertClip = named(
  'AlertClip',
  Type.Object({
    name: Type.String(),
    url: Type.String({
      description: 'Path of the clip on this server: its masked copy, or with a reason the clip itself; byte ranges are answered',
    }),
    fromMs: Type.Number({ description: 'Capture time at media time 0, epoch ms' }),
    toMs: EpochMs,
    durationMs: Type.Number(),
    codec: Type.String(),
    sizeBytes: Type.Integer(),
    gaps: Type.Array(Type.Object({ fromMs: EpochMs, toMs: EpochMs }), { description: 'Stretches without a picture' }),
    sha256: Type.String(),
    masked: Type.Boolean({ description: "Privacy masks were painted in and the video encoded anew: not the camera's own bit stream" }),
  }),
);
export type AlertClip = Static<typeof AlertClip>;

const AlertDerivative = named(
  'AlertDerivative',
  Type.Object(
    {
      kind: Type.Enum(['masked', 'overview', 'plate']),
      url: Type.String({ description: 'Path of the file on this server' }),
      ofSha256: Type.String({ description: 'Hash of the picture or clip that it was made from' }),
      widthPx: Type.Integer(),
      heightPx: Type.Integer(),
      sha256: Type.String(),
      madeAtMs: EpochMs,
    },
    {
      description: 'Made once from a picture or a clip: faces and plates of others hidden, the track drawn in, or the plate of the subject',
    },
  ),
);
export type AlertDerivative = Static<typeof AlertDerivative>;

export const CENTRES = ['emergency', 'police', 'fire', 'medical', 'operations', 'other'] as const;

/** Where an alert was sent by hand, and what became of the message. */
const Dispatch = named(
  'Dispatch',
  Type.Object({
    destinationId: Id,
    destination: Type.String({ description: 'Name of the destination' }),
    by: Type.String(),
    atMs: EpochMs,
    state: nullable(Type.Enum(['waiting', 'sent', 'failed'])),
    receipt: nullable(Type.String()),
    deliveredMs: nullable(EpochMs),
    lastError: nullable(Type.String()),
  }),
);
export type Dispatch = Static<typeof Dispatch>;

/** Degrees, WGS 84. */
export const CoordinatesSchema = Type.Object(
  { latitude: Type.Number({ minimum: -90, maximum: 90 }), longitude: Type.Number({ minimum: -180, maximum: 180 }) },
  { additionalProperties: false },
);

const ByHand = Type.Object(
  {
    openedBy: Type.String(),
    source: Type.Enum([...HAND_SOURCES]),
    location: nullable(CoordinatesSchema),
    moments: Type.Array(Type.String(), { description: 'Pictures that were asked for' }),
    earlier: Type.Array(Type.Object({ cameraId: Id, cameraName: Type.String(), moments: Type.Array(Type.String()) }), {
      description: 'Cameras that were named by mistake, and the pictures that come from them',
    }),
  },
  { description: 'Who opened it by hand, and from what; null: rules found it' },
);

const DrillOfAlert = Type.Object({ id: AlertId, name: Type.String() }, { description: 'The drill that it is part of: it is no emergency' });

const alertShape = {
  id: AlertId,
  eventId: Type.Integer({ description: 'Grows with every change of any alert; resume the stream from the largest one seen' }),
  state: Type.Enum([...ALERT_STATES]),
  kind: Type.Enum([...ALERT_KINDS]),
  type: Type.Enum([...ALERT_TYPE_IDS]),
  severity: SeveritySchema,
  cameraId: nullable({ ...Id, description: 'Null when it was opened by hand and no camera sees it' }),
  cameraName: nullable(Type.String()),
  place: nullable(Type.String()),
  startMs: EpochMs,
  updatedMs: EpochMs,
  endMs: nullable(EpochMs),
  ongoing: Type.Boolean(),
  raisedAtMs: EpochMs,
  confidence: nullable(Type.Number({ description: 'Score of the detector; null when a person told it' })),
  simulated: Type.Boolean(),
  reason: named('Reason', Reason),
  fineable: nullable(Type.Object({ value: Type.Boolean(), reasons: Type.Array(Bilingual) })),
  findings: Type.Array(named('Finding', Finding)),
  evidence: Type.Array(AlertEvidence),
  listedStill: nullable(Type.String({ description: 'Moment of the still that stands for the alert in lists; null while there is none' })),
  clips: Type.Array(AlertClip),
  derivatives: Type.Array(AlertDerivative),
  evidenceFailed: Type.Array(Type.Object({ moment: Type.String(), reason: Type.String() })),
  acknowledgedBy: nullable(Type.String()),
  acknowledgedAtMs: nullable(Type.Number({ description: 'When somebody first looked at it, by whatever decision (epoch ms)' })),
  confirmedAtMs: nullable(EpochMs),
  dispatchedAtMs: nullable(EpochMs),
  resolvedAtMs: nullable(EpochMs),
  assignee: nullable(Type.String({ description: 'User name of the one who has it in hand' })),
  escalationLevel: Type.Integer({ minimum: 0, maximum: 2, description: 'How often it was escalated because nobody acknowledged it' }),
  escalatedAtMs: nullable(EpochMs),
  dispatches: Type.Array(Dispatch, { description: 'Where operators have sent it, oldest first' }),
  flagsCamera: Type.Boolean({ description: 'It marks its camera for the wall: grave, and not both handled and over' }),
  byHand: nullable(ByHand),
  drill: nullable(DrillOfAlert),
  mergedInto: nullable(AlertId),
  attached: Type.Array(Type.Object({ alertId: AlertId, cameraId: Id }), {
    description: 'Alerts of other cameras that are one incident with this one',
  }),
};

/** One alert as operators see it. */
export const Alert = named('Alert', Type.Object(alertShape));
export type Alert = Static<typeof Alert>;

/** What of an incident opened by hand a person can correct. */
export const CORRECTABLE = ['type', 'severity', 'description', 'camera', 'place', 'location'] as const;

const HistoryChange = Type.Object({
  field: Type.Enum([...CORRECTABLE]),
  from: nullable(Type.String()),
  to: nullable(Type.String()),
});
export type HistoryChange = Static<typeof HistoryChange>;

const HistoryEntry = Type.Object({
  atMs: EpochMs,
  actor: Type.String(),
  action: Type.String(),
  fromState: nullable(Type.Enum([...ALERT_STATES])),
  toState: Type.Enum([...ALERT_STATES]),
  comment: nullable(Type.String()),
  object: nullable(Type.String({ description: 'To whom it was given, or where it was sent' })),
  changes: nullable(Type.Array(HistoryChange, { description: 'What was corrected, as it was and as it is' })),
});
export type HistoryEntry = Static<typeof HistoryEntry>;

const DeliveryView = Type.Object({
  destination: Type.String({ description: 'Name of the destination' }),
  messageType: Type.Enum(['Alert', 'Update', 'Cancel']),
  state: Type.Enum(['waiting', 'sent', 'failed']),
  attempts: Type.Integer(),
  receipt: nullable(Type.String()),
  nextAttemptMs: nullable(EpochMs),
  deliveredMs: nullable(EpochMs),
  lastError: nullable(Type.String()),
});
export type DeliveryView = Static<typeof DeliveryView>;

/** An alert with its history and deliveries. */
export const AlertDetail = named(
  'AlertDetail',
  Type.Object({
    ...alertShape,
    history: Type.Array(named('AlertHistoryEntry', HistoryEntry)),
    deliveries: Type.Array(named('Delivery', DeliveryView)),
    merged: Type.Array(Alert, { description: 'The alerts of other cameras that were merged into this one, oldest first' }),
  }),
);
export type AlertDetail = Static<typeof AlertDetail>;

/** One page of alerts. */
export const AlertPage = named(
  'AlertPage',
  Type.Object({
    alerts: Type.Array(Alert),
    nextCursor: nullable(Type.String({ description: 'For the page of older alerts; null on the last one' })),
  }),
);
export type AlertPage = Static<typeof AlertPage>;

const Comment = Type.Optional(Type.String({ maxLength: 2000 }));
/** Of a decision that says nothing more than itself. */
export const DecisionBody = Type.Object({ comment: Comment }, { additionalProperties: false });
export const DispatchBody = Type.Object({ destinationId: Id, comment: Comment }, { additionalProperties: false });
export const FalseAlarmBody = Type.Object(
  { reasonCode: Type.Enum([...FALSE_ALARM_REASONS]), comment: Comment },
  { additionalProperties: false },
);
export const CommentBody = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 2000, pattern: worded('\\S', 'not-blank', 'must not be blank') }) },
  { additionalProperties: false },
);
export const AssigneeBody = Type.Object(
  { username: nullable(Type.String({ minLength: 1, maxLength: 64, description: 'Null: nobody has it in hand any more' })) },
  { additionalProperties: false },
);

/** A destination to which an alert can be sent. */
export const DispatchDestination = named(
  'DispatchDestination',
  Type.Object({
    id: Id,
    name: Type.String(),
    centre: Type.Enum([...CENTRES], { description: 'Kind of centre' }),
    mode: Type.Enum(['exercise', 'actual']),
    informed: Type.Boolean({ description: 'It has the alert already, or a message is on its way' }),
  }),
);
export type DispatchDestination = Static<typeof DispatchDestination>;

/** Somebody who can take an alert in hand. */
export const Person = named('Person', Type.Object({ username: Type.String(), displayName: Type.String() }));
export type Person = Static<typeof Person>;

export const AlertParams = Type.Object({ alertId: AlertId });
export const EvidenceParams = Type.Object({
  alertId: AlertId,
  file: Type.String({ pattern: '^[a-z][a-z0-9-]{0,47}-[0-9a-f]{16}\\.jpg$' }),
});

/** With a reason the original is given, to those who may see it. */
export const OriginalQuery = Type.Object(
  {
    reason: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 500,
        description: 'Why the original is needed; stands in the audit log. Without it: the masked copy',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What a desk shows beside alerts and hears of when it changes. */
export const DESK_PARTS = ['drills', 'flags', 'handovers'] as const;
export type DeskPart = (typeof DESK_PARTS)[number];

/**
 * One message of the alert stream: a change of an alert, that a part of the desk must be read again, or that too much has changed
 * since the event named: the list must be read again, and the stream goes on after the event `reload`.
 */
export const AlertStreamMessage = named(
  'AlertStreamMessage',
  Type.Union([
    Type.Object({ alert: Alert }),
    Type.Object({ changed: Type.Enum([...DESK_PARTS]) }),
    Type.Object({ reload: Type.Integer() }),
  ]),
);
