import { Id } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable, ReasonText } from '../server/schemas.js';

/** A day: what has waited for longer is no matter of seconds any more. */
const LONGEST_S = 86_400;

const Steps = Type.Array(Type.Integer({ minimum: 1, maximum: LONGEST_S }), {
  maxItems: 2,
  description: 'Seconds without anybody acknowledging it after which the first and the second level are reached; empty: never',
});

export const AfterSeconds = Type.Object({ critical: Steps, high: Steps, medium: Steps, low: Steps }, { additionalProperties: false });
export type AfterSeconds = Static<typeof AfterSeconds>;

export const EscalationBody = Type.Object(
  {
    afterSeconds: AfterSeconds,
    destinationId: nullable({ ...Id, description: 'Who is told at the second level: a destination that reaches the unit' }),
    reason: Type.Optional(ReasonText),
  },
  { additionalProperties: false },
);
export type EscalationBody = Static<typeof EscalationBody>;

export const InheritQuery = Type.Object({ reason: Type.Optional(ReasonText) }, { additionalProperties: false });

const settings = {
  afterSeconds: AfterSeconds,
  destinationId: nullable(Id),
  fromUnitId: nullable({ ...Id, description: 'Unit in which this was set; null: nobody has said anything' }),
  changedBy: nullable(Type.String()),
  changedAtMs: nullable(EpochMs),
};

/** What holds in a unit. */
export const EscalationSettings = named('EscalationSettings', Type.Object(settings));
export type EscalationSettings = Static<typeof EscalationSettings>;

const Count = Type.Integer({ minimum: 0 });
const Counts = (description: string) => Type.Object({ critical: Count, high: Count, medium: Count, low: Count }, { description });

/** What holds in every unit of the own ones that goes on, and what waits there now. */
export const EscalationOverview = named(
  'EscalationOverview',
  Type.Object({
    units: Type.Array(
      Type.Object({
        unitId: Id,
        ...settings,
        waiting: Counts('Alerts of the unit itself that nobody has acknowledged and that may be escalated'),
        escalated: Counts('How many of them were escalated'),
      }),
    ),
  }),
);
export type EscalationOverview = Static<typeof EscalationOverview>;
