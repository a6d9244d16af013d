import { useText } from './language.js';

/** The words of one area of the console. Vietnamese gives the shape; English must have the same. */
export interface Words<Dictionary> {
  vi: Dictionary;
  en: Dictionary;
}

/** Words of an area, kept in its folder: `const words = defineWords({ vi: {...}, en: {...} })`. */
export const defineWords = <Dictionary>(both: { vi: Dictionary; en: NoInfer<Dictionary> }): Words<Dictionary> => both;

/** The words of an area in the language of this workstation. */
export function useWords<Dictionary>(words: Words<Dictionary>): Dictionary {
  return words[useText().language];
}
