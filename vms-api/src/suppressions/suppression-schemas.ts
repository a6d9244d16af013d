import { Bilingual, Box, Id, OBJECT_CLASSES, Polygon, RULE_TYPE_IDS } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { AlertId, EpochMs, named, nullable } from '../server/schemas.js';

const Class = Type.Enum([...OBJECT_CLASSES]);

/** What an operator asks for; what is left out is taken from the alert. */
export const SuppressBody = Type.Object(
  {
    untilMs: Type.Number({ description: 'Its end, epoch ms: at most 8 h from now, or 7 days for a shift lead' }),
    class: Type.Optional(Class),
    polygon: Type.Optional({ ...Polygon, description: "Default: the alert's box, half its size wider on each side" }),
  },
  { additionalProperties: false },
);
export type SuppressBody = Static<typeof SuppressBody>;

/** One suppression with what it has hidden so far. */
export const SuppressionView = named(
  'Suppression',
  Type.Object({
    id: AlertId,
    alertId: AlertId,
    cameraId: Id,
    cameraName: Type.String(),
    type: Type.Enum([...RULE_TYPE_IDS]),
    ruleId: Id,
    ruleName: Type.String(),
    class: nullable(Class),
    polygon: Polygon,
    fromMs: EpochMs,
    untilMs: EpochMs,
    createdBy: Type.String(),
    liftedBy: nullable(Type.String()),
    active: Type.Boolean(),
    hidden: Type.Integer({ description: 'How many findings it has hidden' }),
    lastHiddenMs: nullable(EpochMs),
    hiddenFindings: Type.Array(Type.Object({ id: Type.String(), atMs: EpochMs, box: Type.Optional(Box), text: Bilingual }), {
      description: 'The newest of them, oldest first',
    }),
  }),
);
export type SuppressionView = Static<typeof SuppressionView>;

export const SuppressionParams = Type.Object({ suppressionId: AlertId });
export const SuppressionQuery = Type.Object(
  { active: Type.Optional(Type.Boolean({ description: 'Only those in force, or only those that are over; default both' })) },
  { additionalProperties: false },
);
