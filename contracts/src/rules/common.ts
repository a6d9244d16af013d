import { Type } from 'typebox';
import { CLASS_GROUPS, OBJECT_CLASSES } from '../classes.js';
import { Id } from '../ids.js';
import { SeveritySchema } from '../rule-types.js';
import { Schedule } from './schedule.js';

/** Objects of the configuration take no member that they do not know. */
export const strict = { additionalProperties: false } as const;
/** A name that people gave. */
export const Name = Type.String({ minLength: 1, maxLength: 120 });

/** A class, or a group of classes, that a rule looks at. */
export const ClassSelector = Type.Enum([...OBJECT_CLASSES, ...Object.keys(CLASS_GROUPS)]);

/** Points of a box that may stand for the object. */
export const ANCHORS = ['bottom-centre', 'centre', 'top'] as const;
export type AnchorPoint = (typeof ANCHORS)[number];

/** Options that every rule has. A rule adds its own members to them. */
export const commonRule = {
  id: Id,
  name: Name,
  enabled: Type.Boolean({ default: true }),
  severity: Type.Optional(SeveritySchema),
  classes: Type.Optional(
    Type.Array(ClassSelector, { minItems: 1, description: 'Classes or groups the rule looks at; each type has its own default' }),
  ),
  anchor: Type.Optional(
    Type.Enum([...ANCHORS], {
      description:
        'Point of the box that is tested against zones and lines: the middle of its lower side (default), of itself, or of its upper side',
    }),
  ),
  minTrackAgeMs: Type.Optional(Type.Number({ minimum: 0, description: 'A younger track is ignored; default 600' })),
  repeatMs: Type.Optional(
    Type.Number({ minimum: 0, description: 'The same thing at the same place within this time is the same alert; default 600000' }),
  ),
  schedule: Type.Optional(Schedule),
};
