import { Id, WatchlistEntry } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable } from '../server/schemas.js';

/** A list is one message on the bus, whose size is limited. */
export const MOST_ENTRIES = 2000;
const MOST_AT_ONCE = 500;

const Reason = Type.String({ minLength: 3, maxLength: 200, description: 'Why the plate is looked for; stands in the alert' });
const Plate = Type.String({ minLength: 2, maxLength: 20, description: 'As it is written; ? stands for one character, * for any number' });

const shape = {
  id: Id,
  name: Type.String(),
  unitId: Id,
  createdBy: Type.String(),
  createdAtMs: EpochMs,
  entryCount: Type.Integer(),
};

export const WatchlistSummary = named('Watchlist', Type.Object(shape));
export type WatchlistSummary = Static<typeof WatchlistSummary>;

const Entry = Type.Object({
  id: Type.String(),
  plate: WatchlistEntry.properties.plate,
  reason: Type.String(),
  validFromMs: nullable(Type.Number()),
  validUntilMs: nullable(Type.Number()),
  addedBy: Type.String(),
  addedAtMs: EpochMs,
});
export type WatchlistEntryView = Static<typeof Entry>;

export const WatchlistDetail = named('WatchlistDetail', Type.Object({ ...shape, entries: Type.Array(named('WatchlistEntry', Entry)) }));
export type WatchlistDetail = Static<typeof WatchlistDetail>;

export const WatchlistBody = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    unitId: Type.Optional(
      Type.String({ description: "Owner, and where the list counts: this unit and those below it; absent: the user's" }),
    ),
  },
  { additionalProperties: false },
);
export type WatchlistBody = Static<typeof WatchlistBody>;

const EntryBody = Type.Object(
  {
    plate: Plate,
    reason: Reason,
    validFromMs: Type.Optional(Type.Number({ description: 'Epoch ms, inclusive' })),
    validUntilMs: Type.Optional(Type.Number({ description: 'Epoch ms, exclusive' })),
  },
  { additionalProperties: false },
);
export type EntryBody = Static<typeof EntryBody>;

export const EntriesBody = Type.Object(
  { entries: Type.Array(EntryBody, { minItems: 1, maxItems: MOST_AT_ONCE }) },
  { additionalProperties: false },
);
export const WatchlistParams = Type.Object({ listId: Id });
export const EntryParams = Type.Object({ listId: Id, entryId: Type.String({ format: 'uuid' }) });
