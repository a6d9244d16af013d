import { type Static, Type } from 'typebox';
import { Id } from '../ids.js';
import { commonRule, strict } from './common.js';

const intervalMs = Type.Integer({
  minimum: 1000,
  maximum: 86_400_000,
  default: 60_000,
  description: 'Totals are told for each such interval; intervals begin at whole multiples of it since 1970, UTC',
});

/** Counts what crosses a line, by class and direction, per interval. Raises nothing. */
export const LineCountRule = Type.Object({ ...commonRule, type: Type.Literal('line-count'), lineId: Id, intervalMs }, strict);
export type LineCountRule = Static<typeof LineCountRule>;

/** Counts what is in a zone, by class: least, most and mean per interval. Raises nothing. */
export const OccupancyRule = Type.Object({ ...commonRule, type: Type.Literal('occupancy'), zoneId: Id, intervalMs }, strict);
export type OccupancyRule = Static<typeof OccupancyRule>;
