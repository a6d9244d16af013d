import { RecordingLock, RecordingMotion, RecordingTimeline } from '@safecity/contracts';
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

/** Everything that a timeline of one camera shows. */
export const Timeline = named(
  'Timeline',
  Type.Object({
    fromMs: EpochMs,
    toMs: EpochMs,
    spans: Type.Array(StretchSchema, { description: 'Recorded without a gap' }),
    gaps: Type.Array(RecordingTimeline.properties.gaps.items, { description: 'What is missing, and why' }),
    locks: Type.Array(named('RecordingLock', RecordingLock)),
    motion: nullable(RecordingMotion),
    alerts: Type.Array(TimelineAlert, { description: 'At most 500, the gravest first' }),
    alertsLeftOut: Type.Integer(),
    bookmarks: Type.Array(Bookmark),
    watchable: nullable(Type.Array(StretchSchema, { description: 'What may be watched; null: all of it' })),
    elsewhere: Type.Boolean({ description: 'Another ingest worker has recordings of the camera on its own disk' }),
  }),
);
export type Timeline = Static<typeof Timeline>;
