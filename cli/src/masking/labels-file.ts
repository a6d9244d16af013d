import { readFileSync } from 'node:fs';
import { MASK_KINDS, type MaskLabel } from '@safecity/bench';
import { OBJECT_CLASSES, parseWith, SafecityError } from '@safecity/contracts';
import { type Static, Type } from 'typebox';

const Pixels = Type.Integer({ minimum: 0 });
const LabelBox = Type.Tuple([Pixels, Pixels, Pixels, Pixels], { description: '[x1, y1, x2, y2] in pixels of the still' });
const labels = {
  faces: Type.Optional(Type.Array(LabelBox)),
  heads: Type.Optional(Type.Array(LabelBox)),
  plates: Type.Optional(Type.Array(LabelBox)),
};

const StillLabels = Type.Object(
  {
    clip: Type.String({ minLength: 1, description: 'Id of the manifest of recordings' }),
    atMs: Type.Integer({ minimum: 0, description: 'Time in the clip' }),
    light: Type.Enum(['day', 'night']),
    area: Type.Optional(LabelBox),
    ...labels,
    subject: Type.Optional(
      Type.Object({ class: Type.Enum([...OBJECT_CLASSES]), box: LabelBox, ...labels }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
const Labels = Type.Object({ stills: Type.Array(StillLabels, { minItems: 1 }) }, { additionalProperties: false });

/** What is in one still, by eye: of others directly, of the subject of the evidence under `subject`. */
export type StillLabels = Static<typeof StillLabels>;

/** The labels of somebody in one list. */
export function labelsOf(of: Partial<Record<'faces' | 'heads' | 'plates', MaskLabel['box'][]>>): MaskLabel[] {
  return MASK_KINDS.flatMap((kind) => (of[`${kind}s`] ?? []).map((box) => ({ kind, box })));
}

/**
 * Reads which stills of which clips are labelled, and their labels.
 * @throws SafecityError `CONTRACTS_INVALID` or `CLI_USAGE` naming what is wrong
 */
export function readMaskLabels(file: string): StillLabels[] {
  const { stills } = parseWith(Labels, JSON.parse(readFileSync(file, 'utf8')), file);
  for (const { clip, atMs, area, subject, ...others } of stills) {
    const boxes = [...labelsOf(others), ...labelsOf(subject ?? {})].map(({ box }) => box);
    const wrong = [...boxes, ...(area ? [area] : []), ...(subject ? [subject.box] : [])].find(
      (box) => box[0] >= box[2] || box[1] >= box[3],
    );
    if (wrong)
      throw new SafecityError('CLI_USAGE', `${file}: ${clip} at ${atMs} ms has the box ${wrong.join(', ')}: give x1 < x2 and y1 < y2`);
  }
  return stills;
}
