import type { Alert } from '../api/types.js';

/** The plate of a vehicle. */
export type Plate = NonNullable<Alert['findings'][number]['plate']>;

/** A plate read with less confidence is shown with a question mark (exclusive). */
const DOUBTFUL = 0.8;

/** The text of a plate as a person should take it: `51F31118`, or `51F31118?` when it is doubtful. Empty when unread. */
export function shownPlate({ text, confidence }: Pick<Plate, 'text' | 'confidence'>): string {
  if (text === null) return '';
  return confidence < DOUBTFUL ? `${text}?` : text;
}
