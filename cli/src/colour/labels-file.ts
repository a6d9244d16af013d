import { readFileSync } from 'node:fs';
import { CLASS_GROUPS, parseWith, SafecityError, VEHICLE_COLOURS } from '@safecity/contracts';
import { type Static, Type } from 'typebox';

const Pixels = Type.Integer({ minimum: 0 });
const strict = { additionalProperties: false };

const VehicleLabel = Type.Object(
  {
    atMs: Type.Integer({ minimum: 0, description: 'Time in the clip' }),
    class: Type.Enum([...CLASS_GROUPS['road-vehicle']]),
    box: Type.Tuple([Pixels, Pixels, Pixels, Pixels], { description: '[x1, y1, x2, y2] in pixels of the clip' }),
    colours: Type.Array(Type.Enum([...VEHICLE_COLOURS]), {
      maxItems: 2,
      description:
        'Of its body, of a two-wheeler of the machine: the names somebody would give it, best first; none when nobody could tell',
    }),
  },
  strict,
);

const ClipLabels = Type.Object(
  {
    clip: Type.String({ minLength: 1, description: 'Id of the manifest of recordings' }),
    set: Type.Enum(['tuning', 'held-out']),
    light: Type.Enum(['day', 'night']),
    fromAbove: Type.Optional(Type.Boolean({ description: 'As `detection.fromAbove` of a camera' })),
    stills: Type.Optional(
      Type.Boolean({ description: 'Its pictures are too far apart for tracks: the looks within 0.7 s of the label are voted on' }),
    ),
    vehicles: Type.Array(VehicleLabel, { minItems: 1 }),
  },
  strict,
);
const Labels = Type.Object({ clips: Type.Array(ClipLabels, { minItems: 1 }) }, strict);

/** Vehicles of one clip, labelled by eye. */
export type ColourLabels = Static<typeof ClipLabels>;
export type VehicleLabel = Static<typeof VehicleLabel>;

/**
 * Reads which vehicles of which clips are labelled.
 * @throws SafecityError `CONTRACTS_INVALID` or `CLI_USAGE` naming what is wrong
 */
export function readColourLabels(file: string): ColourLabels[] {
  const { clips } = parseWith(Labels, JSON.parse(readFileSync(file, 'utf8')), file);
  for (const { clip, vehicles } of clips) {
    const wrong = vehicles.find(({ box }) => box[0] >= box[2] || box[1] >= box[3]);
    if (wrong)
      throw new SafecityError(
        'CLI_USAGE',
        `${file}: ${clip} at ${wrong.atMs} ms has the box ${wrong.box.join(', ')}: give x1 < x2 and y1 < y2`,
      );
  }
  return clips;
}
