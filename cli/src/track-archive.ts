import { readFileSync, writeFileSync } from 'node:fs';
import { ArchivedTrack, type Finding, matches, SafecityError } from '@safecity/contracts';

/** What was raised when the tracks were live: enough to compare with. */
export type RaisedFinding = Pick<Finding, 'type' | 'ruleId' | 'startMs' | 'endMs'>;

export interface TrackArchive {
  tracks: ArchivedTrack[];
  raised: RaisedFinding[];
}

/** Writes an archive: JSON lines, `{"track":…}` each, then `{"raised":…}` each. */
export function writeArchive(file: string, { tracks, raised }: TrackArchive): void {
  const lines = [
    ...tracks.map((track) => ({ track })),
    ...raised.map(({ type, ruleId, startMs, endMs }) => ({ raised: { type, ruleId, startMs, ...(endMs === undefined ? {} : { endMs }) } })),
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function lineOf(text: string, place: string): { track?: unknown; raised?: RaisedFinding } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, as for a line that is JSON but no object.
  }
  throw new SafecityError('CLI_USAGE', `${place} is not a JSON object`);
}

/**
 * Reads an archive. Lines of other kinds are left out, so that more may join.
 * @throws SafecityError `CLI_USAGE` naming the line that is wrong
 */
export function readArchive(file: string): TrackArchive {
  const archive: TrackArchive = { tracks: [], raised: [] };
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (text.trim() === '') continue;
    const place = `${file}, line ${index + 1}`;
    const { track, raised } = lineOf(text, place);
    if (raised) archive.raised.push(raised);
    if (track === undefined) continue;
    if (!matches(ArchivedTrack, track)) throw new SafecityError('CLI_USAGE', `${place}: the track is not one of an archive`);
    archive.tracks.push(track);
  }
  return archive;
}
