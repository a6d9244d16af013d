import type { AttributeName, Box, ObjectClass, TrackAttribute, TrackAttributes } from '@safecity/contracts';

/** What was told of a track at one moment. */
interface Look {
  atMs: number;
  box: Box;
  attributes: TrackAttribute[];
}

/** All looks at one track, oldest first. Plain JSON. */
export interface AttributeTrack {
  class: ObjectClass;
  looks: Look[];
}

/** trackId → what was told of it. */
export type AttributeTracks = Record<string, AttributeTrack>;

/** What the looks at a track say of one person together. */
export interface AttributeVote {
  person: number;
  yes: number;
  no: number;
  /** Mean score of the looks that say no, 0..1; 0 without one. */
  noScore: number;
  /** The first look that said no; null without one. */
  firstNo: { atMs: number; box: Box } | null;
}

/** Older looks than the newest so many go. */
const MOST_LOOKS = 32;
/** A track is remembered so long after it was looked at last: looks come later than frames. */
const KEPT_MS = 60_000;

/**
 * Takes in what was told of a track. Mutates `tracks`.
 * @param known the track as the tracker has it; absent when it is gone
 * @returns undefined for a track that is not known (any more) and for a moment that was taken before
 */
export function takeLook(
  tracks: AttributeTracks,
  { trackId, capturedAtMs, box, attributes }: TrackAttributes,
  known: { class: ObjectClass } | undefined,
): AttributeTrack | undefined {
  const track = tracks[trackId] ?? (known && { class: known.class, looks: [] });
  if (!track || track.looks.some(({ atMs }) => atMs === capturedAtMs)) return undefined;
  if (known) track.class = known.class;
  track.looks = [...track.looks, { atMs: capturedAtMs, box, attributes }].sort((a, b) => a.atMs - b.atMs).slice(-MOST_LOOKS);
  tracks[trackId] = track;
  return track;
}

/** What all looks at a track say of each person. A value of less than `minScore` counts as unknown. */
export function voteAttribute({ looks }: AttributeTrack, name: AttributeName, minScore: number): AttributeVote[] {
  const votes = new Map<number, AttributeVote>();
  for (const { atMs, box, attributes } of looks) {
    for (const { name: told, person, value, score } of attributes) {
      if (told !== name || value === 'unknown' || score < minScore) continue;
      const vote = votes.get(person) ?? { person, yes: 0, no: 0, noScore: 0, firstNo: null };
      votes.set(person, vote);
      vote[value]++;
      if (value === 'yes') continue;
      vote.noScore += (score - vote.noScore) / vote.no;
      vote.firstNo ??= { atMs, box };
    }
  }
  return [...votes.values()].sort((a, b) => a.person - b.person);
}

/** Lets go of tracks that were not looked at for a minute. Mutates `tracks`. */
export function forgetLooks(tracks: AttributeTracks, nowMs: number): void {
  for (const [trackId, { looks }] of Object.entries(tracks)) if (nowMs - (looks.at(-1)?.atMs ?? 0) > KEPT_MS) delete tracks[trackId];
}
