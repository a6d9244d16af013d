import { SafecityError } from '@safecity/contracts';

/** One line of a MOTChallenge file; box in pixels, `xyxy`. */
export interface MotRow {
  /** Counts from 1. */
  frame: number;
  /** -1 in detections. */
  id: number;
  box: [number, number, number, number];
  /** Score of a detection or result; 0 in a truth file marks a box that does not count. */
  confidence: number;
  /** Class of a truth box in the benches from 2016 on; undefined elsewhere. */
  class: number | undefined;
}

/** Columns of a truth file with classes: frame, id, x, y, w, h, confidence, class, visibility. The one of 2015 has ten. */
const CLASSED_COLUMNS = 9;

/**
 * Reads MOTChallenge text: `frame,id,x,y,w,h[,confidence[,class,visibility]]`, separated by commas or blanks.
 * @param name what the text is, for the message
 * @throws SafecityError `BENCH_MOT_UNREADABLE` for a line that is none
 */
export function parseMotText(text: string, name: string): MotRow[] {
  const rows: MotRow[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const cells = line.trim().split(/[,\s]+/);
    const [frame, id, x, y, width, height] = cells.slice(0, 6).map(Number) as [number, number, number, number, number, number];
    const confidence = cells.length > 6 ? Number(cells[6]) : 1;
    const numbers = [frame, id, x, y, width, height, confidence];
    if (cells.length < 6 || !numbers.every(Number.isFinite) || !Number.isInteger(frame) || frame < 1)
      throw new SafecityError('BENCH_MOT_UNREADABLE', `${name}, line ${index + 1}: expected frame,id,x,y,w,h,score with frames from 1`);
    const classed = cells.length === CLASSED_COLUMNS ? Number(cells[7]) : undefined;
    rows.push({ frame, id, box: [x, y, x + width, y + height], confidence, class: classed });
  });
  return rows;
}

/** What `seqinfo.ini` tells; undefined where it does not. */
export interface SequenceInfo {
  frameRate: number | undefined;
  frames: number | undefined;
}

/** Reads frame rate and length from the text of a `seqinfo.ini`. */
export function parseSequenceInfo(text: string): SequenceInfo {
  const positive = (key: string) => {
    const value = Number(new RegExp(`^\\s*${key}\\s*=\\s*([0-9.]+)\\s*$`, 'm').exec(text)?.[1]);
    return value > 0 ? value : undefined;
  };
  return { frameRate: positive('frameRate'), frames: positive('seqLength') };
}
