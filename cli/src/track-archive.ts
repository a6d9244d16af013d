import { readFileSync, writeFileSync } from 'node:fs';
import { type ArchiveRecord, SafecityError } from '@safecity/contracts';
import { emptyArchive, isRaisedFinding, type RaisedFinding, type TrackArchive, takeArchiveLine } from '@safecity/rules';

/** Writes an archive: JSON lines, one record of the archive each, then `{"raised":…}` each. */
export function writeArchive(
  file: string,
  { records, raised }: { records: readonly ArchiveRecord[]; raised: readonly RaisedFinding[] },
): void {
  const lines = [
    ...records,
    ...raised.map(({ type, ruleId, startMs, endMs }) => ({ raised: { type, ruleId, startMs, ...(endMs === undefined ? {} : { endMs }) } })),
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function lineOf(text: string, place: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, as for a line that is JSON but no object.
  }
  throw new SafecityError('CLI_USAGE', `${place} is not a JSON object`);
}

function* linesOf(file: string): Generator<{ line: Record<string, unknown>; place: string }> {
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    const place = `${file}, line ${index + 1}`;
    if (text.trim() !== '') yield { line: lineOf(text, place), place };
  }
}

/**
 * Reads an archive. Lines of other kinds are left out, so that more may join.
 * @throws SafecityError `CLI_USAGE` naming the line that is wrong
 */
export function readArchive(file: string): TrackArchive {
  const archive = emptyArchive();
  for (const { line, place } of linesOf(file)) {
    if (!takeArchiveLine(archive, line))
      throw new SafecityError('CLI_USAGE', `${place}: the ${Object.keys(line)[0]} is not one of an archive`);
  }
  return archive;
}

/**
 * Reads findings as `analyze --out` writes them; lines that are no findings (totals of counting rules) are left out.
 * @throws SafecityError `CLI_USAGE` naming the line that is wrong
 */
export function readRaised(file: string): RaisedFinding[] {
  const raised: RaisedFinding[] = [];
  for (const { line } of linesOf(file)) {
    const finding = { ...line, ruleId: line['rule'] };
    if (isRaisedFinding(finding) && 'raisedAtMs' in line) raised.push(finding);
  }
  return raised;
}

/** The part of an archive that is about one camera. @throws SafecityError `CLI_USAGE` when it holds others' records only */
export function ofCamera(archive: TrackArchive, cameraId: string, file: string): TrackArchive {
  const own = <T extends { cameraId: string }>(list: readonly T[]) => list.filter((record) => record.cameraId === cameraId);
  const tracks = own(archive.tracks);
  const other = archive.tracks[0];
  if (tracks.length === 0 && other) {
    throw new SafecityError('CLI_USAGE', `${file} has tracks of ${other.cameraId} and none of ${cameraId}: give that camera`);
  }
  return { ...archive, tracks, signals: own(archive.signals), gaps: own(archive.gaps), configs: own(archive.configs) };
}
