import { Id } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { AlertId, EpochMs, momentOf, named, nullable } from '../server/schemas.js';

/** A drill as declared; one that is over says who ended it, or nobody when its time ran out. */
export const Drill = named(
  'Drill',
  Type.Object({
    id: AlertId,
    unitId: Id,
    name: Type.String(),
    exercises: Type.String({ description: 'What it exercises' }),
    fromMs: EpochMs,
    untilMs: Type.Number({ description: 'Its end, exclusive: as declared, or when it was ended sooner' }),
    declaredBy: Type.String(),
    endedBy: nullable(Type.String()),
    active: Type.Boolean({ description: 'It lasts at this moment' }),
    alerts: Type.Integer({ description: 'Incidents that were opened as part of it' }),
  }),
);
export type Drill = Static<typeof Drill>;

export const DrillBody = Type.Object(
  {
    unitId: { ...Id, description: 'It holds for this unit and those below it' },
    name: Type.String({ minLength: 3, maxLength: 120 }),
    exercises: Type.String({ minLength: 3, maxLength: 1000, description: 'What it exercises' }),
    fromMs: Type.Optional(momentOf('Its beginning; default now, at most 30 days from now')),
    untilMs: momentOf('Its end: at most 3 days after its beginning'),
  },
  { additionalProperties: false },
);
export type DrillBody = Static<typeof DrillBody>;

export const DrillParams = Type.Object({ drillId: AlertId });
export const DrillQuery = Type.Object(
  {
    over: Type.Optional(
      Type.Boolean({ description: 'Only those that are over, or only those that last or are still to come; default both' }),
    ),
  },
  { additionalProperties: false },
);
