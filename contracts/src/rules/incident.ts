import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

/** A vehicle that stands in the zone for `dwellMs` or more. */
export const StalledVehicleRule = Type.Object(
  { ...commonRule, type: Type.Literal('stalled-vehicle'), zoneId: Id, dwellMs: Type.Number({ minimum: 1000, default: 20_000 }) },
  strict,
);
export type StalledVehicleRule = Static<typeof StalledVehicleRule>;
