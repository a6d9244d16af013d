import { Id, OPENED_BY_HAND, SeveritySchema } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { HAND_SOURCES } from '../alerts/alert-record.js';
import { CoordinatesSchema } from '../alerts/alert-schemas.js';
import { AlertId, momentOf, nullable } from '../server/schemas.js';

const place = Type.String({ minLength: 3, maxLength: 300 });
const told = {
  type: Type.Enum([...OPENED_BY_HAND]),
  severity: SeveritySchema,
  description: Type.String({ minLength: 3, maxLength: 2000, description: 'What was seen, or what the caller said; no personal data' }),
};

/** What a person tells who opens an incident. */
export const IncidentBody = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
        description: 'A random UUID (version 4) chosen by who asks: the same request again then opens no second incident',
      }),
    ),
    ...told,
    source: Type.Enum([...HAND_SOURCES], { description: 'Seen by the operator, or told by telephone' }),
    cameraId: Type.Optional(Id),
    unitId: Type.Optional({ ...Id, description: 'Whose it is, when no camera sees it' }),
    place: Type.Optional({ ...place, description: 'Needed without a camera; default where the camera stands' }),
    location: Type.Optional(CoordinatesSchema),
    seenAtMs: Type.Optional(momentOf('When it was seen, as the picture on the screen was captured; default now, at most 24 h ago')),
    drillId: Type.Optional({ ...AlertId, description: 'The drill that it is part of; left out: it is real' }),
  },
  { additionalProperties: false },
);
export type IncidentBody = Static<typeof IncidentBody>;

/** What turned out to be otherwise than it was told; what is left out stays as it is. */
export const CorrectionBody = Type.Object(
  {
    reason: Type.String({
      minLength: 3,
      maxLength: 500,
      pattern: '\\S',
      description: 'Why it is corrected; stands in its history and the audit log',
    }),
    ...Type.Partial(Type.Object(told)).properties,
    cameraId: Type.Optional(nullable({ ...Id, description: 'The incident then belongs to its unit; null: no camera sees it' })),
    place: Type.Optional(nullable({ ...place, description: 'Null: where the camera stands' })),
    location: Type.Optional(nullable(CoordinatesSchema)),
  },
  { additionalProperties: false },
);
export type CorrectionBody = Static<typeof CorrectionBody>;
