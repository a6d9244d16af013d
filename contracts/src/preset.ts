import { type Static, Type } from 'typebox';
import { Id } from './ids.js';
import { Name } from './rules/common.js';

/** A view that a camera which turns and zooms is sent to again and again. */
export const Preset = Type.Object(
  {
    id: Id,
    name: Name,
    taughtAtMs: Type.Optional(
      Type.Number({
        description: 'When somebody said that the camera stands at this preset, epoch ms: its reference view is learnt from there on',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Preset = Static<typeof Preset>;

/** On zones, lines, lanes and the calibration: the preset they were drawn at. Absent: they hold for every view. */
export const PresetReference = Type.Optional(
  Type.String({ ...Id, description: 'Preset at which this was drawn; absent: it holds for every view of the camera' }),
);
