import { failure } from '../server/failure.js';
import { eachPicture, encodeClip, pictureTimes } from './clip-video.js';
import { followRegions, type SearchedPicture } from './follow-regions.js';
import { hide } from './hide.js';
import type { MaskInference } from './mask-models.js';
import { findPrivate, type PrivateKind, type PrivateRegions, type Subject } from './private-regions.js';
import type { Size } from './tiles.js';

/** The time from one searched picture to the next, ms: a pedestrian goes 30 cm, a car in town 3 m. */
const SEARCH_EVERY_MS = 200;
/** Part of the work that is searching; the rest is drawing and encoding. */
const SEARCH_SHARE = 0.85;

export interface MaskClipOptions {
  /** Whom the evidence is about at a media time, in pixels. */
  subjectsAt: (atMs: number) => readonly Subject[];
  /** Detectors that may be asked, the first that is served is. */
  detectorIds: readonly string[];
  size: Size;
  /** 0..1, again and again. */
  onProgress?: (share: number) => void;
  signal: AbortSignal;
}

/** A masked clip and how it was made. */
export interface MaskedClip {
  bytes: Buffer;
  facts: {
    models: PrivateRegions['models'];
    pictures: number;
    searchedPictures: number;
    searchedEveryMs: number;
    /** Regions found in the pictures that were searched. */
    found: Record<PrivateKind, number>;
  };
}

/** Places of the pictures to be searched: one as soon as so much time has gone, and the last. */
export function searchedPlaces(timesMs: readonly number[], everyMs = SEARCH_EVERY_MS): number[] {
  const places: number[] = [];
  for (const [index, atMs] of timesMs.entries()) {
    const last = places.at(-1);
    // Times of cameras jitter by a few ms.
    if (last === undefined || atMs - (timesMs[last] as number) >= everyMs * 0.95 || index === timesMs.length - 1) places.push(index);
  }
  return places;
}

function countsOf(searched: readonly SearchedPicture[]): Record<PrivateKind, number> {
  const counts: Record<PrivateKind, number> = { face: 0, head: 0, plate: 0, 'plate-place': 0 };
  for (const { regions } of searched) for (const { kind } of regions) counts[kind]++;
  return counts;
}

/** Nothing is asked of the networks any more once the signal says so: a picture takes dozens of runs. */
function stoppable(inference: MaskInference, signal: AbortSignal): MaskInference {
  const whileWanted =
    <Asked, Answer>(run: (asked: Asked) => Promise<Answer>) =>
    async (asked: Asked) => {
      signal.throwIfAborted();
      return run(asked);
    };
  return {
    model: (modelId) => inference.model(modelId),
    tensorModel: (modelId) => inference.tensorModel(modelId),
    infer: whileWanted((asked) => inference.infer(asked)),
    inferTensors: whileWanted((asked) => inference.inferTensors(asked)),
  };
}

async function search(inference: MaskInference, clip: Uint8Array, timesMs: readonly number[], options: MaskClipOptions) {
  const { subjectsAt, detectorIds, size, signal, onProgress } = options;
  const places = searchedPlaces(timesMs);
  const searched: SearchedPicture[] = [];
  let models: PrivateRegions['models'] = [];
  await eachPicture(clip, { size, only: places, signal }, async (picture, index) => {
    const atMs = timesMs[places[index] as number] as number;
    const found = await findPrivate(stoppable(inference, signal), picture, { subjects: subjectsAt(atMs), detectorIds });
    signal.throwIfAborted();
    searched.push({ atMs, regions: found.regions });
    models = found.models;
    onProgress?.((searched.length / places.length) * SEARCH_SHARE);
  });
  if (searched.length !== places.length) throw cutShort(searched.length, places.length);
  return { searched, models };
}

/** The same bytes gave more before: ffmpeg was ended from outside, which may not happen again. */
function cutShort(got: number, wanted: number): Error {
  return failure('API_MASK_UNAVAILABLE', 503, `the clip gave ${got} pictures where it had ${wanted} before: try again`);
}

/**
 * The clip with faces, heads and plates of everybody but the subject hidden in every picture. Some pictures are searched as stills
 * are; in those between, what was found is hidden on its way. Media times stay as they are; sound is left out.
 * @param clip MP4 whose index comes first
 * @throws SafecityError `API_CLIP_UNREADABLE`, `API_CLIP_TOO_LONG`, `API_FFMPEG_MISSING`, `API_MASK_UNAVAILABLE`; the signal's reason
 */
export async function maskClip(inference: MaskInference, clip: Uint8Array, options: MaskClipOptions): Promise<MaskedClip> {
  const { size, signal, onProgress } = options;
  const timesMs = await pictureTimes(clip, signal);
  const { searched, models } = await search(inference, clip, timesMs, options);
  const regionsAt = followRegions(searched);
  const encoder = await encodeClip(timesMs, size);
  try {
    const pictures = await eachPicture(clip, { size, signal }, async (picture, index) => {
      if (index >= timesMs.length) return;
      await encoder.write(hide(picture, regionsAt(timesMs[index] as number), { flat: true }));
      onProgress?.(SEARCH_SHARE + (index / timesMs.length) * (1 - SEARCH_SHARE));
    });
    if (pictures !== timesMs.length) throw cutShort(pictures, timesMs.length);
    const bytes = await encoder.finish();
    const facts = { models, pictures, searchedPictures: searched.length, searchedEveryMs: SEARCH_EVERY_MS, found: countsOf(searched) };
    return { bytes, facts };
  } finally {
    await encoder.close();
  }
}
