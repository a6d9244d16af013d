import { type Static, Type } from 'typebox';

/**
 * Why video is missing while it should have been recorded. `no-picture`: the camera sent none; `overload`: the disk was
 * slower than the camera; `not-running`: ingest was away.
 */
export const RecordingGapReason = Type.Enum(['no-picture', 'overload', 'disk-full', 'write-failed', 'not-running']);
export type RecordingGapReason = Static<typeof RecordingGapReason>;

/** What is asked of a lock; capture time, epoch ms, both inclusive. */
export const RecordingLockWanted = Type.Object(
  {
    fromMs: Type.Number({ minimum: 0, maximum: 8.64e15 }),
    toMs: Type.Number({ minimum: 0, maximum: 8.64e15 }),
    owner: Type.String({ minLength: 1, maxLength: 100 }),
    reason: Type.String({ minLength: 3, maxLength: 500 }),
    /** Epoch ms, exclusive: from then on it keeps nothing any more. Left out: until it is released. */
    untilMs: Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15 })),
  },
  { additionalProperties: false },
);
export type RecordingLockWanted = Static<typeof RecordingLockWanted>;

/** Keeps a stretch of a camera's recording from being deleted by age, by bytes, or for a full disk. */
export const RecordingLock = Type.Object({
  /** Derived from camera, stretch and owner: the same lock asked for again is the same lock. */
  lockId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  /** Capture time, epoch ms, both inclusive. */
  fromMs: Type.Number(),
  toMs: Type.Number(),
  owner: Type.String({ minLength: 1, maxLength: 100 }),
  reason: Type.String({ minLength: 3, maxLength: 500 }),
  untilMs: Type.Optional(Type.Number()),
  /** When it was set. */
  atMs: Type.Number(),
});
export type RecordingLock = Static<typeof RecordingLock>;

/** One line of a camera's `events.jsonl` in the folder of its recordings. */
export const RecordingEvent = Type.Union([
  Type.Object({ type: Type.Literal('gap'), fromMs: Type.Number(), toMs: Type.Number(), reason: RecordingGapReason }),
  Type.Object({ type: Type.Literal('lock'), lock: RecordingLock }),
  Type.Object({ type: Type.Literal('unlock'), lockId: Type.String() }),
  /** Recording was ended on purpose: what follows is no gap. */
  Type.Object({ type: Type.Literal('rest'), atMs: Type.Number() }),
]);
export type RecordingEvent = Static<typeof RecordingEvent>;

/**
 * How much moved, in equal steps. A value is the largest of the groups of pictures in its step: the mean size of a picture
 * that tells of changes, as a share of its group's keyframe, 0..1; null where nothing is recorded or known. A camera that
 * sends a constant bit rate hides much of it.
 */
export const RecordingMotion = Type.Object({ stepMs: Type.Number(), values: Type.Array(Type.Union([Type.Number(), Type.Null()])) });
export type RecordingMotion = Static<typeof RecordingMotion>;

/** Pictures further apart than this (exclusive), capture time, have something missing between them. */
export const RECORDING_GAP_MS = 2000;

/** What is recorded of a camera between two capture times, epoch ms. */
export const RecordingTimeline = Type.Object({
  fromMs: Type.Number(),
  toMs: Type.Number(),
  /** Stretches without a gap, oldest first. */
  spans: Type.Array(Type.Object({ fromMs: Type.Number(), toMs: Type.Number() })),
  gaps: Type.Array(Type.Object({ fromMs: Type.Number(), toMs: Type.Number(), reason: RecordingGapReason })),
  locks: Type.Array(RecordingLock),
  /** How much moved, when that was asked for. */
  motion: Type.Optional(RecordingMotion),
});
export type RecordingTimeline = Static<typeof RecordingTimeline>;

/** How the recording of a camera goes. `waiting`: on alert, none now; `stopped`: see `problem`. */
export const RecordingStatus = Type.Object({
  state: Type.Enum(['recording', 'waiting', 'stopped']),
  problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** Of all segments of the camera. */
  bytes: Type.Number(),
});
export type RecordingStatus = Static<typeof RecordingStatus>;
