import type { Picture } from './picture.js';

/** Character classes of the recogniser after the CTC blank, as its preparation orders them. */
export const PLATE_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. ';

/** Class probabilities along one row of text: `Float32Array [steps, 1 + characters]`, blank first. */
export interface RowProbabilities {
  probabilities: Float32Array;
  steps: number;
}

/** The two networks of the plate reader, wherever they run. */
export interface PlateNetworks {
  /** Text probability in steps of 1/255, `Uint8Array [heightPx, widthPx]`; sides are multiples of 32. */
  findText(picture: Picture): Promise<Uint8Array>;
  /** A row 48 pixels high. */
  readRow(row: Picture): Promise<RowProbabilities>;
}
