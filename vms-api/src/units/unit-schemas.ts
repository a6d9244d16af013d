import { Bilingual, Id } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, momentOf, named, nullable, ReasonText } from '../server/schemas.js';

/** An administrative body. */
export const Unit = named(
  'Unit',
  Type.Object({
    id: Id,
    parentId: nullable(Id),
    name: Bilingual,
    validFromMs: EpochMs,
    validUntilMs: nullable(Type.Number({ description: 'Closed from this time on (epoch ms, exclusive); null: it goes on' })),
    successorIds: Type.Array(Id, { description: 'Units that took its place' }),
  }),
);
export type Unit = Static<typeof Unit>;

const Name = Type.Object(
  { vi: Type.String({ minLength: 1, maxLength: 200 }), en: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
);

export const UnitBody = Type.Object(
  {
    id: Id,
    parentId: { ...Id, description: 'A unit of the own ones that is not closed' },
    name: Name,
    validFromMs: Type.Optional(momentOf('Epoch ms; left out: now')),
  },
  { additionalProperties: false },
);
export type UnitBody = Static<typeof UnitBody>;

export const CloseBody = Type.Object(
  {
    atMs: Type.Optional(momentOf('Last moment, exclusive (epoch ms); left out: now')),
    successorIds: Type.Array(Id, {
      maxItems: 64,
      uniqueItems: true,
      description: 'Units of the own ones that take its place; rights follow them',
    }),
    reason: Type.Optional(ReasonText),
  },
  { additionalProperties: false },
);
export type CloseBody = Static<typeof CloseBody>;

export const UnitParams = Type.Object({ unitId: Id });
