import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { DetectionsFrame, matches, SafecityError } from '@safecity/contracts';

/** Writes a detection trace: one frame a line, as `ingest` publishes it. */
export function writeTrace(file: string, frames: readonly DetectionsFrame[]): void {
  writeFileSync(file, frames.map((frame) => `${JSON.stringify(frame)}\n`).join(''));
}

/**
 * Reads a detection trace.
 * @throws SafecityError `CLI_USAGE` naming the line that is none
 */
export function readTrace(file: string): DetectionsFrame[] {
  if (!existsSync(file)) throw new SafecityError('CLI_USAGE', `${file} is not there: name a detection trace`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [frameOf(line, `${file}, line ${index + 1}`)]));
}

function frameOf(line: string, place: string): DetectionsFrame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SafecityError('CLI_USAGE', `${place} is not JSON`, { cause: error });
  }
  if (matches(DetectionsFrame, value)) return value;
  throw new SafecityError('CLI_USAGE', `${place} is no frame of detections: write one as ingest publishes it`);
}
