import { RecordingGapReason, RecordingLock, RecordingMotion } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { Alert } from '../alerts/alert-schemas.js';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';

export const BookmarkId = AlertId;

/** A moment of a recording that somebody wants to find again. */
export const Bookmark = named(
  'Bookmark',
  Type.Object({
    id: BookmarkId,
    cameraId: Type.String(),
    cameraName: Type.String(),
    atMs: EpochMs,
    name: Type.String(),
    note: nullable(Type.String()),
    createdBy: Type.String(),
    createdAtMs: EpochMs,
  }),
);
export type Bookmark = Static<typeof Bookmark>;

const { id, kind, type, severity, state, startMs, endMs } = Alert.properties;
const StretchSchema = Type.Object({ fromMs: EpochMs, toMs: EpochMs });

/** An alert as a stretch of the timeline. */
export const TimelineAlert = named('TimelineAlert', Type.Object({ id, kind, type, severity, state, startMs, endMs }));
export type TimelineAlert = Static<typeof TimelineAlert>;

const TimelineGap = Type.Object({
  ...StretchSchema.properties,
  reason: Type.Enum([...RecordingGapReason.enum, 'worker-away'] as const, {
    description: 'worker-away: it is held by the ingest worker `workerId`, which does not answer',
  }),
  workerId: Type.Optional(Type.String()),
});

/** Everything that a timeline of one camera shows. */
export const Timeline = named(
  'Timeline',
  Type.Object({
    fromMs: EpochMs,
    toMs: EpochMs,
    spans: Type.Array(StretchSchema, { description: 'Recorded without a gap' }),
    gaps: Type.Array(named('TimelineGap', TimelineGap), { description: 'What is missing on all ingest workers together, and why' }),
    locks: Type.Array(named('RecordingLock', RecordingLock)),
    motion: nullable(RecordingMotion),
    alerts: Type.Array(TimelineAlert, { description: 'At most 500, the gravest first' }),
    alertsLeftOut: Type.Integer(),
    bookmarks: Type.Array(Bookmark),
    watchable: nullable(Type.Array(StretchSchema, { description: 'What may be watched; null: all of it' })),
  }),
);
export type Timeline = Static<typeof Timeline>;
