import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
import { Id } from './ids.js';

/** Which way something crossed a line: the side it went to, as seen walking from A to B. */
export const CrossingDirection = Type.Enum(['left', 'right']);
export type CrossingDirection = Static<typeof CrossingDirection>;

/** One crossing of a line. */
export const Crossing = Type.Object({
  ruleId: Id,
  trackId: Type.String(),
  class: Type.Enum([...OBJECT_CLASSES]),
  direction: CrossingDirection,
  /** Capture time at which the anchor met the line, interpolated, epoch ms. */
  atMs: Type.Number(),
});
export type Crossing = Static<typeof Crossing>;

/**
 * What a counting rule counted in one interval, rules → vms-api and whoever wants it. Message id `countsKey`; a replay after a
 * crash repeats it. A camera that was changed within the interval gives one for each revision.
 */
export const Counts = Type.Object({
  cameraId: Id,
  ruleId: Id,
  type: Type.Enum(['line-count', 'occupancy']),
  configRevision: Type.Integer(),
  /** The interval, capture time: a multiple of its length (inclusive) to the next one (exclusive). */
  fromMs: Type.Number(),
  toMs: Type.Number(),
  /** The part of it that was watched, ms: without gaps in the video, without the hours in which the rule was off. */
  watchedMs: Type.Number(),
  /** `line-count`: how many of each class went each way; combinations that did not occur are absent. */
  crossings: Type.Optional(
    Type.Array(Type.Object({ class: Type.Enum([...OBJECT_CLASSES]), direction: CrossingDirection, count: Type.Integer({ minimum: 1 }) })),
  ),
  /** `occupancy`: how many of each class were inside, least, most and mean over the time watched; `now` at its end. */
  inside: Type.Optional(
    Type.Array(
      Type.Object({
        class: Type.Enum([...OBJECT_CLASSES]),
        least: Type.Integer(),
        most: Type.Integer(),
        mean: Type.Number(),
        now: Type.Integer(),
      }),
    ),
  ),
});
export type Counts = Static<typeof Counts>;

/** Message id of what was counted in one interval, the same for the same interval of a replay. */
export const countsKey = ({ cameraId, ruleId, fromMs, configRevision }: Counts): string =>
  `${cameraId}:${ruleId}:${fromMs}:${configRevision}`;
