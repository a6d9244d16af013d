import { type Static, Type } from 'typebox';

/** A text in both languages of the product; Vietnamese first. */
export const Bilingual = Type.Object({ vi: Type.String(), en: Type.String() }, { additionalProperties: false });
export type Bilingual = Static<typeof Bilingual>;
