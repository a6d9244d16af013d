import type { TracksFrame } from '../api/types.js';

/** A track as drawn, with its box at the moment of the picture shown. */
export type ShownTrack = TracksFrame['tracks'][number];
type Box = ShownTrack['box'];

/** Frames older than this before the newest are forgotten. */
const KEEP_MS = 4000;
/** A picture may borrow the boxes of a frame this far away, inclusive. */
const NEAREST_MS = 250;
/** Between two frames this close a track moves evenly; over a longer gap nobody knows where things were. */
const BRIDGE_MS = 1200;

function between(a: Box, b: Box, share: number): Box {
  return a.map((value, index) => value + ((b[index] as number) - value) * share) as Box;
}

/** The last seconds of one camera's tracks, looked up by capture time of the picture on the screen. */
export class TrackBuffer {
  private frames: TracksFrame[] = [];

  /** Takes a frame; late ones are put in their place. A clock that went back by more than the buffer starts anew. */
  add(frame: TracksFrame): void {
    const newest = this.newest;
    if (newest && frame.capturedAtMs < newest.capturedAtMs - KEEP_MS) this.frames = [];
    let at = this.frames.length;
    while (at > 0 && (this.frames[at - 1] as TracksFrame).capturedAtMs > frame.capturedAtMs) at -= 1;
    const repeated = at > 0 && (this.frames[at - 1] as TracksFrame).capturedAtMs === frame.capturedAtMs;
    this.frames.splice(repeated ? at - 1 : at, repeated ? 1 : 0, frame);
    const oldestKept = (this.newest as TracksFrame).capturedAtMs - KEEP_MS;
    this.frames = this.frames.filter(({ capturedAtMs }) => capturedAtMs >= oldestKept);
  }

  /** The latest frame by capture time. */
  get newest(): TracksFrame | undefined {
    return this.frames.at(-1);
  }

  get length(): number {
    return this.frames.length;
  }

  /**
   * Tracks of the picture captured at `captureMs`: a track that is in the frames before and after it (at most 1.2 s
   * apart) is drawn in between; one that is only in the nearest frame is drawn as it is there, within 250 ms.
   */
  at(captureMs: number): ShownTrack[] {
    const afterIndex = this.frames.findIndex((frame) => frame.capturedAtMs >= captureMs);
    const after = afterIndex < 0 ? undefined : this.frames[afterIndex];
    const before = afterIndex < 0 ? this.frames.at(-1) : this.frames[afterIndex - 1];
    const [near, far] = away(before, captureMs) <= away(after, captureMs) ? [before, after] : [after, before];
    if (!near) return [];
    const bridged = far !== undefined && Math.abs(far.capturedAtMs - near.capturedAtMs) <= BRIDGE_MS;
    const share = bridged ? (captureMs - near.capturedAtMs) / (far.capturedAtMs - near.capturedAtMs) : 0;
    const close = away(near, captureMs) <= NEAREST_MS;
    return near.tracks.flatMap((track) => {
      const other = bridged ? far.tracks.find(({ id }) => id === track.id) : undefined;
      if (other) return [{ ...track, box: between(track.box, other.box, share) }];
      return close ? [track] : [];
    });
  }
}

function away(frame: TracksFrame | undefined, captureMs: number): number {
  return frame ? Math.abs(frame.capturedAtMs - captureMs) : Number.POSITIVE_INFINITY;
}
