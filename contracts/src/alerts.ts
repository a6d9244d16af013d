import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
import { Box } from './geometry.js';
import { Id } from './ids.js';
import { VehiclePlate } from './plates.js';
import { ALERT_KINDS, RULE_TYPE_IDS, SeveritySchema } from './rule-types.js';
import { Bilingual } from './text.js';

/** One number of a reason: what was measured, and the threshold it met. */
export const Measure = Type.Object({
  /** Name with its unit, for example `dwellMs`. */
  name: Type.String(),
  value: Type.Number(),
  comparison: Type.Enum(['>=', '>', '<=', '<', '=']),
  threshold: Type.Number(),
});
export type Measure = Static<typeof Measure>;

/** Why a rule was met: a sentence in both languages, and the numbers behind it. */
export const Reason = Type.Object({ text: Bilingual, measures: Type.Array(Measure) });
export type Reason = Static<typeof Reason>;

/** A picture that proves something: when it was captured and what is marked on it. */
export const EvidenceMoment = Type.Object({
  /** `first`, `raised`; for red-light `before-line`, `over-line`, `past-line`. Unique within a finding. */
  name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
  /** Capture time, epoch ms. */
  atMs: Type.Number(),
  /** The subject, 0..1; absent when the whole picture is meant. */
  box: Type.Optional(Box),
  /** What else was true at that moment, for example `signal: red for 3.2 s (read from the picture)`. */
  note: Type.Optional(Bilingual),
});
export type EvidenceMoment = Static<typeof EvidenceMoment>;

/** What a finding rests on, as the frame in which it was raised says. */
export const FindingBasis = Type.Object({
  modelId: Id,
  /** Of the model's file. */
  modelSha256: Type.String(),
  /** The camera's own clock minus the server's, ms; absent when the camera sends none. */
  cameraClockOffsetMs: Type.Optional(Type.Number()),
});
export type FindingBasis = Static<typeof FindingBasis>;

/** One rule met by one subject. Its id derives from camera, rule, subject and start, so a replay gives the same. */
export const Finding = Type.Object({
  id: Type.String(),
  type: Type.Enum([...RULE_TYPE_IDS]),
  ruleId: Id,
  ruleName: Type.String(),
  cameraId: Id,
  configRevision: Type.Integer(),
  /** Absent from older senders, and of findings that rest on no frame. */
  basis: Type.Optional(FindingBasis),
  subject: Type.Object({ kind: Type.Enum(['track', 'zone', 'camera']), id: Type.String() }),
  trackIds: Type.Array(Type.String()),
  class: Type.Optional(Type.Enum([...OBJECT_CLASSES])),
  /** Plate of the subject, when it was looked at; it may come after the finding. */
  plate: Type.Optional(VehiclePlate),
  /** When the condition began (not when it was reported), capture time. */
  startMs: Type.Number(),
  /** Capture time of the frame at which the rule was met. */
  raisedAtMs: Type.Number(),
  /** When it ended; absent while it goes on. */
  endMs: Type.Optional(Type.Number()),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  reason: Reason,
  /** Where in the picture, for merging and for the mark on the still. */
  box: Type.Optional(Box),
  moments: Type.Array(EvidenceMoment),
  /** False with reasons when it can never become a fine. Absent for rules that are not violations. */
  fineable: Type.Optional(Type.Object({ value: Type.Boolean(), reasons: Type.Array(Bilingual) })),
});
export type Finding = Static<typeof Finding>;

/**
 * What rules → vms-api carries: the whole alert each time, so that the newest revision alone is enough.
 * Message id `<alertId>:<revision>`.
 */
export const AlertMessage = Type.Object({
  alertId: Type.String({ format: 'uuid' }),
  /** Grows by one with each message of this alert. */
  revision: Type.Integer({ minimum: 1 }),
  phase: Type.Enum(['opened', 'updated', 'closed']),
  kind: Type.Enum([...ALERT_KINDS]),
  type: Type.Enum([...RULE_TYPE_IDS]),
  severity: SeveritySchema,
  cameraId: Id,
  startMs: Type.Number(),
  updatedMs: Type.Number(),
  endMs: Type.Optional(Type.Number()),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  /** Reason of the gravest finding, brought up to date. */
  reason: Reason,
  /** The gravest first: `kind`, `type` and `severity` are its; what else was found about the same thing follows. */
  findings: Type.Array(Finding, { minItems: 1, maxItems: 50 }),
  /** Evidence set aside by ingest under this id, when the rule asked for any: pictures of the findings of `cameraId`. */
  reservationId: Type.Optional(Type.String()),
  simulated: Type.Boolean(),
  /** Alerts of other cameras that are told with this one; their newest findings stand among `findings`, without moments. */
  attached: Type.Optional(Type.Array(Type.Object({ alertId: Type.String({ format: 'uuid' }), cameraId: Id }))),
  /** The alert this one is told with, because they are one incident. Absent again when an operator has taken them apart. */
  mergedInto: Type.Optional(Type.String({ format: 'uuid' })),
});
export type AlertMessage = Static<typeof AlertMessage>;

/**
 * When an alert goes on, which is all that recording on alert needs of it: part of what rules tells, and what vms-api tells of an
 * incident that a person opened, again and again while it goes on.
 */
export const AlertSpan = Type.Pick(AlertMessage, ['alertId', 'cameraId', 'phase', 'startMs', 'updatedMs', 'endMs']);
export type AlertSpan = Static<typeof AlertSpan>;

/** vms-api → rules: what an operator decided about an alert; the newest decision of each alert, in the bucket `decisions`. */
export const AlertDecision = Type.Object({
  alertId: Type.String({ format: 'uuid' }),
  cameraId: Id,
  /** State of the alert after the decision. */
  state: Type.Enum(['acknowledged', 'confirmed', 'dispatched', 'resolved', 'false-alarm']),
  /** Role of the one who decided; names stay in the record. */
  role: Type.String(),
  /** Server clock, epoch ms. */
  atMs: Type.Number(),
});
export type AlertDecision = Static<typeof AlertDecision>;

/**
 * vms-api → rules: an operator has taken an alert out of the incident it was merged into; in the bucket `decisions` under
 * `<alertId>.split`. What this camera finds later stays out of that incident too.
 */
export const AlertSplit = Type.Object({
  /** The alert that stands for itself again. */
  alertId: Type.String({ format: 'uuid' }),
  cameraId: Id,
  /** The alert it was merged into. */
  splitFrom: Type.String({ format: 'uuid' }),
  role: Type.String(),
  /** Server clock, epoch ms. */
  atMs: Type.Number(),
});
export type AlertSplit = Static<typeof AlertSplit>;

/** rules → ingest: set evidence aside before the ring forgets it. Message id `<reservationId>:<action>:<moments>`. */
export const EvidenceWanted = Type.Object({
  action: Type.Enum(['reserve', 'release']),
  reservationId: Type.String(),
  cameraId: Id,
  moments: Type.Array(EvidenceMoment, { maxItems: 16 }),
});
export type EvidenceWanted = Static<typeof EvidenceWanted>;

/** A part of a still, cut from the same picture at full resolution: the subject of the moment with its surroundings. */
export const ReservedCrop = Type.Object({
  file: Type.String(),
  /** What it shows of the picture, 0..1. */
  box: Box,
  widthPx: Type.Integer(),
  heightPx: Type.Integer(),
  sha256: Type.String(),
});
export type ReservedCrop = Static<typeof ReservedCrop>;

/** One still set aside by ingest, listed by `GET /reservations/<id>` of its internal HTTP. */
export const ReservedStill = Type.Object({
  moment: Type.String(),
  file: Type.String(),
  /** Capture time asked for and capture time of the picture, epoch ms. */
  wantedAtMs: Type.Number(),
  capturedAtMs: Type.Number(),
  widthPx: Type.Integer(),
  heightPx: Type.Integer(),
  sha256: Type.String(),
  /** Of moments with a box. */
  crop: Type.Optional(ReservedCrop),
});
export type ReservedStill = Static<typeof ReservedStill>;

/** One clip set aside by ingest: a copy of the kept video around one or more moments, from the keyframe before on. */
export const ReservedClip = Type.Object({
  /** `clip-<name of its first moment>`. */
  name: Type.String(),
  file: Type.String(),
  moments: Type.Array(Type.String()),
  /** Capture times asked for, epoch ms: moment less pre-roll, moment plus post-roll. */
  wantedFromMs: Type.Number(),
  wantedToMs: Type.Number(),
  /** Capture time of its first picture: media time 0. Media time t shows what was captured at `fromMs` + t. */
  fromMs: Type.Number(),
  /** Capture time of its last picture. */
  toMs: Type.Number(),
  durationMs: Type.Number(),
  codec: Type.String(),
  widthPx: Type.Integer(),
  heightPx: Type.Integer(),
  sizeBytes: Type.Integer(),
  sha256: Type.String(),
  /** Privacy masks were painted in and the video encoded anew when it came in: it is not the camera's own bit stream. */
  masked: Type.Optional(Type.Literal(true)),
  /** Stretches without a picture inside the clip; the picture before stands still there. */
  gaps: Type.Array(Type.Object({ fromMs: Type.Number(), toMs: Type.Number() })),
});
export type ReservedClip = Static<typeof ReservedClip>;

/** Everything set aside under one reservation; `failed` names moments and clips that could not be cut, and why. */
export const Reservation = Type.Object({
  reservationId: Type.String(),
  cameraId: Id,
  stills: Type.Array(ReservedStill),
  pending: Type.Array(Type.String()),
  clips: Type.Optional(Type.Array(ReservedClip)),
  /** Names of clips whose post-roll is not over yet. */
  pendingClips: Type.Optional(Type.Array(Type.String())),
  failed: Type.Array(Type.Object({ moment: Type.String(), reason: Type.String() })),
});
export type Reservation = Static<typeof Reservation>;
