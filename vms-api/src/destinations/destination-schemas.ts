import { ALERT_KINDS, Id, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { CENTRES } from '../alerts/alert-schemas.js';
import { named } from '../server/schemas.js';

const HOUR_MS = 3_600_000;

const facts = {
  name: Type.String({ minLength: 1, maxLength: 200, pattern: worded('\\S', 'not-blank', 'must not be blank') }),
  url: Type.String({
    maxLength: 2000,
    pattern: worded('^https?://[^\\s@]+$', 'http-address', 'must be http:// or https:// without user and password'),
    description: 'http or https, without user and password',
  }),
  mode: Type.Enum(['exercise', 'actual'], { description: 'actual: a real emergency is told as one' }),
  kinds: Type.Array(Type.Enum([...ALERT_KINDS]), { minItems: 1, uniqueItems: true, description: 'Kinds of alert it takes' }),
  expiresAfterMs: Type.Number({ minimum: 60_000, maximum: 720 * HOUR_MS, description: 'How long a message is worth delivering' }),
};

/** What desks see of it, and whether it waits for them. */
const forDesks = {
  centre: Type.Enum([...CENTRES], { description: 'Kind of centre' }),
  automatic: Type.Boolean({ description: 'It is told of every alert of its kinds by itself; false: of what is dispatched to it alone' }),
};

/** Another centre that is told of alerts. Secrets stay inside. */
export const Destination = named(
  'Destination',
  Type.Object({
    id: Id,
    ...facts,
    ...forDesks,
    format: Type.Enum(['cap', 'webhook'], { description: 'CAP 1.2, or JSON signed as the Standard Webhooks specification says' }),
    unitId: Id,
    enabled: Type.Boolean(),
  }),
);
export type Destination = Static<typeof Destination>;

export const DestinationBody = Type.Object(
  {
    ...{ id: Id, ...facts, format: Destination.properties.format, unitId: Id },
    centre: Type.Optional(forDesks.centre),
    automatic: Type.Optional(forDesks.automatic),
  },
  { additionalProperties: false },
);
export type DestinationBody = Static<typeof DestinationBody>;

export const DestinationChange = Type.Partial(
  Type.Object({
    ...facts,
    ...forDesks,
    enabled: Type.Boolean(),
    renewSecret: Type.Literal(true, { description: 'Webhooks: sign with a new secret from now on' }),
  }),
  { additionalProperties: false, minProperties: 1 },
);
export type DestinationChange = Static<typeof DestinationChange>;

/** What making or changing a destination answers; the secret is told this once. */
export const DestinationAnswer = Type.Object({
  destination: Destination,
  secret: Type.Optional(Type.String({ description: 'whsec_…: verifies the signature of its messages; told once' })),
});
export type DestinationAnswer = Static<typeof DestinationAnswer>;

export const DestinationParams = Type.Object({ destinationId: Id });
