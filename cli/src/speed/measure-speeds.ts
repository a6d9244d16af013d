import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SafecityError } from '@safecity/contracts';
import { pathSpeed, type RoadPlane, type RoadSighting } from '@safecity/rules';

/** One line of a tracks file: where a track's reference point was, in pixels. */
export interface TrackObservation {
  track: number | string;
  timeMs: number;
  x: number;
  y: number;
}

/** Speed of one track. */
export interface TrackSpeed {
  track: number | string;
  speedKmh: number;
}

/** What a tracks file gave beside the speeds. */
export interface SpeedCounts {
  observations: number;
  /** Observations at or beyond the horizon of the road. */
  beyondHorizon: number;
  /** Tracks without two moments to measure between. */
  unmeasured: number;
}

/** A track not observed for longer, by the times in the file, is measured and let go, so that a day's file needs no more memory than a minute's. */
const FINISHED_AFTER_MS = 60_000;
/** Sightings kept of one track; a longer one loses every second. */
const MAX_SIGHTINGS = 8192;

interface OpenTrack {
  track: number | string;
  sightings: RoadSighting[];
  lastMs: number;
}

function observationOf(text: string, place: string): TrackObservation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SafecityError('CLI_USAGE', `${place} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const wrong = ['timeMs', 'x', 'y'].find((key) => typeof given[key] !== 'number' || !Number.isFinite(given[key]));
  if (wrong !== undefined) throw new SafecityError('CLI_USAGE', `${place}: ${wrong} must be a finite number`);
  if (typeof given['track'] !== 'string' && !Number.isFinite(given['track']))
    throw new SafecityError('CLI_USAGE', `${place}: track must be a number or a text`);
  return given as unknown as TrackObservation;
}

/** Reads a tracks file line by line. @throws SafecityError `CLI_USAGE` with the line */
export async function* readObservations(file: string): AsyncGenerator<TrackObservation & { place: string }> {
  const input = createReadStream(file, 'utf8');
  const opened = new Promise<void>((resolve, reject) => {
    input.once('open', () => resolve());
    input.once('error', reject);
  });
  await opened;
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() !== '') yield { ...observationOf(text, `${file} line ${line}`), place: `${file} line ${line}` };
  }
}

/**
 * Mean speed of every track, given out once it is finished. Observations may be in order of time over all tracks, or
 * track after track; within a track time must not go back.
 * @throws SafecityError `CLI_USAGE` when it does
 */
export async function* measureSpeeds(
  observations: AsyncIterable<TrackObservation & { place: string }>,
  plane: RoadPlane,
  counts: SpeedCounts,
): AsyncGenerator<TrackSpeed> {
  const open = new Map<number | string, OpenTrack>();
  const finish = ({ track, sightings }: OpenTrack): TrackSpeed[] => {
    const speed = pathSpeed(sightings);
    if (!speed) counts.unmeasured++;
    return speed ? [{ track, speedKmh: speed.speedKmh }] : [];
  };
  let sweptMs = Number.NEGATIVE_INFINITY;
  for await (const { track, timeMs, x, y, place } of observations) {
    counts.observations++;
    if (Math.abs(timeMs - sweptMs) > FINISHED_AFTER_MS) {
      for (const one of [...open.values()])
        if (one.track !== track && timeMs - one.lastMs > FINISHED_AFTER_MS) {
          open.delete(one.track);
          yield* finish(one);
        }
      sweptMs = timeMs;
    }
    const one = open.get(track) ?? { track, sightings: [], lastMs: timeMs };
    if (timeMs < one.lastMs)
      throw new SafecityError(
        'CLI_USAGE',
        `${place}: time of track ${track} goes back from ${one.lastMs} to ${timeMs} ms; sort each track by time`,
      );
    one.lastMs = timeMs;
    open.set(track, one);
    const placed = plane.place([x, y]);
    if (!placed) counts.beyondHorizon++;
    else if (one.sightings.push({ ...placed, atMs: timeMs }) > MAX_SIGHTINGS)
      one.sightings = one.sightings.filter((_, i) => i % 2 === 0 || i === one.sightings.length - 1);
  }
  for (const one of open.values()) yield* finish(one);
}
