import { type Static, Type } from 'typebox';
import { OBJECT_CLASSES } from './classes.js';
import { Box, Polygon } from './geometry.js';
import { Id } from './ids.js';
import { Bilingual } from './text.js';

const SuppressionId = Type.String({ format: 'uuid' });

/**
 * vms-api → rules: findings of one rule, one class and one part of the picture that raise no alert for a while. Bucket
 * `suppressions`, by id. Lifting it sets `untilMs` to that moment.
 */
export const Suppression = Type.Object({
  id: SuppressionId,
  cameraId: Id,
  ruleId: Id,
  /** Absent: findings without a class, which are about a zone as a whole. */
  class: Type.Optional(Type.Enum([...OBJECT_CLASSES])),
  /** Holds the anchor (bottom centre) of what is hidden. */
  polygon: Polygon,
  /** Findings that began then or later (capture time, inclusive) are hidden, until then (exclusive). */
  fromMs: Type.Number(),
  untilMs: Type.Number(),
});
export type Suppression = Static<typeof Suppression>;

/** Hidden findings told one by one; the count goes on. */
export const MAX_HIDDEN_TOLD = 20;

/** rules → vms-api: what a suppression has hidden since it began; the newest count is enough. */
export const SuppressionTally = Type.Object({
  suppressionId: SuppressionId,
  hidden: Type.Integer({ minimum: 0 }),
  /** Capture time of the newest one. */
  lastAtMs: Type.Number(),
  /** The newest ones, oldest first. */
  findings: Type.Array(Type.Object({ id: Type.String(), atMs: Type.Number(), box: Type.Optional(Box), text: Bilingual }), {
    maxItems: MAX_HIDDEN_TOLD,
  }),
});
export type SuppressionTally = Static<typeof SuppressionTally>;
