import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

/** A subject whose anchor is in the zone for `dwellMs` or more. */
export const IntrusionRule = Type.Object(
  { ...commonRule, type: Type.Literal('intrusion'), zoneId: Id, dwellMs: Type.Number({ minimum: 0, default: 1000 }) },
  strict,
);
export type IntrusionRule = Static<typeof IntrusionRule>;
