import {
  ArchivedTrack,
  CLASS_GROUPS,
  type ClassGroup,
  HEADINGS,
  Id,
  OBJECT_CLASSES,
  type ObjectClass,
  VEHICLE_COLOURS,
} from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable } from '../server/schemas.js';

const GROUPS = Object.keys(CLASS_GROUPS) as ClassGroup[];
/** A class, or a group of classes that is not the name of one. */
const CLASS_FILTERS = [...OBJECT_CLASSES, ...GROUPS.filter((group) => !(OBJECT_CLASSES as readonly string[]).includes(group))] as const;

/** Classes that a filter stands for. */
export function classesOf(filter: string): ObjectClass[] {
  const group = CLASS_GROUPS[filter as ClassGroup] as readonly ObjectClass[] | undefined;
  return group ? [...group] : [filter as ObjectClass];
}

/** `<camera>.<track>.<capture time of its first box>` */
const TRACK_KEY = '^[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{1,64}\\.\\d{1,15}(\\.\\d{1,6})?$';

/** One track as it is found. */
export const Track = named(
  'Track',
  Type.Object({
    id: Type.String({ description: '<camera>.<track>.<capture time of its first box>' }),
    cameraId: Id,
    trackId: Type.String(),
    class: Type.Enum([...OBJECT_CLASSES]),
    score: Type.Number({ description: 'Mean score, 0..1' }),
    firstMs: EpochMs,
    lastMs: EpochMs,
    durationMs: Type.Number(),
    zoneIds: Type.Array(Type.String(), { description: 'Zones its anchor was in' }),
    heading: nullable(Type.Enum([...HEADINGS])),
    meanSpeedKmh: nullable(Type.Number()),
    colour: nullable(
      Type.Enum([...VEHICLE_COLOURS], {
        description: "Of a vehicle's body, of a two-wheeler the machine, not the rider; silver is grey; null: could not be told",
      }),
    ),
    plate: nullable(Type.String()),
    configRevision: Type.Integer({ description: 'Revision of the camera in force' }),
  }),
);
export type Track = Static<typeof Track>;

/** A track with its path. */
export const TrackDetail = named(
  'TrackDetail',
  Type.Object({
    track: Track,
    parts: Type.Array(named('ArchivedTrack', ArchivedTrack), { description: 'Its path, in parts in order of time' }),
  }),
);

export type TrackDetail = Static<typeof TrackDetail>;

const filters = {
  fromMs: Type.Optional(Type.Number({ description: 'Began at this capture time or later (inclusive)' })),
  toMs: Type.Optional(Type.Number({ description: 'Began before this capture time (exclusive)' })),
  cameraId: Type.Optional(Id),
  class: Type.Optional(Type.Enum([...CLASS_FILTERS], { description: 'A class, or a group of them' })),
  zoneId: Type.Optional({ ...Id, description: 'Was in this zone; needs cameraId' }),
  heading: Type.Optional(Type.Enum([...HEADINGS], { description: 'Which way it went in the picture' })),
  colour: Type.Optional(Type.Enum([...VEHICLE_COLOURS], { description: 'Of a vehicle, of a two-wheeler the machine; silver is grey' })),
  minSpeedKmh: Type.Optional(Type.Number({ minimum: 0 })),
  maxSpeedKmh: Type.Optional(Type.Number({ minimum: 0 })),
  minDurationMs: Type.Optional(Type.Number({ minimum: 0 })),
  maxDurationMs: Type.Optional(Type.Number({ minimum: 0 })),
  plate: Type.Optional(
    Type.String({ minLength: 2, maxLength: 20, description: '* stands for any characters, ? for one; separators do not matter. Recorded' }),
  ),
  plateDistance: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2, description: 'Characters that may differ, be missing or be too many; without wildcards' }),
  ),
};

export const TrackQuery = Type.Object(
  {
    ...filters,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Default 100' })),
    cursor: Type.Optional(Type.String({ pattern: TRACK_KEY, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);
export type TrackQuery = Static<typeof TrackQuery>;

export const TrackExportQuery = Type.Object({ ...filters, format: Type.Enum(['csv', 'geojson']) }, { additionalProperties: false });
export type TrackExportQuery = Static<typeof TrackExportQuery>;

export const TrackPage = named(
  'TrackPage',
  Type.Object({
    tracks: Type.Array(Track),
    nextCursor: nullable(Type.String({ description: 'For the page of older tracks; null on the last one' })),
  }),
);
export type TrackPage = Static<typeof TrackPage>;

export const TrackParams = Type.Object({ trackKey: Type.String({ pattern: TRACK_KEY }) });
export const ArchiveQuery = Type.Object({ fromMs: EpochMs, toMs: EpochMs }, { additionalProperties: false });
