import { ArchivedTrack, ConfigChange, type Finding, matches, SignalChange, VideoGap } from '@safecity/contracts';

/** What was raised when the tracks were live: enough to compare with. */
export type RaisedFinding = Pick<Finding, 'type' | 'ruleId' | 'startMs' | 'endMs'>;

/** An archive of tracks with what else was so at the time. */
export interface TrackArchive {
  tracks: ArchivedTrack[];
  signals: SignalChange[];
  gaps: VideoGap[];
  configs: ConfigChange[];
  raised: RaisedFinding[];
}

export function emptyArchive(): TrackArchive {
  return { tracks: [], signals: [], gaps: [], configs: [], raised: [] };
}

/** True for what names a rule, its type and when it began. */
export function isRaisedFinding(value: unknown): value is RaisedFinding {
  const { type, ruleId, startMs } = (value ?? {}) as Partial<RaisedFinding>;
  return typeof type === 'string' && typeof ruleId === 'string' && typeof startMs === 'number';
}

/** Puts one line of an archive where it belongs; false when it is not what it says it is. Lines of other kinds are left out. */
export function takeArchiveLine(archive: TrackArchive, { track, signal, gap, config, raised }: Record<string, unknown>): boolean {
  if (track !== undefined) return matches(ArchivedTrack, track) && archive.tracks.push(track) > 0;
  if (signal !== undefined) return matches(SignalChange, signal) && archive.signals.push(signal) > 0;
  if (gap !== undefined) return matches(VideoGap, gap) && archive.gaps.push(gap) > 0;
  if (config !== undefined) return matches(ConfigChange, config) && archive.configs.push(config) > 0;
  if (raised !== undefined) return isRaisedFinding(raised) && archive.raised.push(raised) > 0;
  return true;
}
