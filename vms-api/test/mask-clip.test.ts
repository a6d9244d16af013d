import type { ModelFacts } from '@safecity/platform';
import { beforeAll, describe, expect, it } from 'vitest';
import { eachPicture } from '../src/masking/clip-video.js';
import { maskClip, searchedPlaces } from '../src/masking/mask-clip.js';
import type { MaskInference } from '../src/masking/mask-models.js';
import { paintedClip, picturesOf, pixelsOf } from './painted-clip.js';

const SIZE = { widthPx: 320, heightPx: 192 };
/** A face of 30 pixels that goes 100 pixels a second to the right, 10 pictures a second. */
const FACE = { fromX: 20, toX: 50, top: 60, bottom: 90, pixelsPerMs: 0.1 };
const MODEL: ModelFacts = { modelId: 'nanodet-g', sha256: 'x', ...SIZE, classes: ['person'], nmsIou: 0.5 };

/** Finds the person with that face in pictures of the clip's own size, in the looks that `finds` says. */
function aFinder(finds: (look: number) => boolean): MaskInference {
  let look = 0;
  const missing = async () => Promise.reject(new Error('not served'));
  return {
    model: (id) => (id === MODEL.modelId ? MODEL : undefined),
    tensorModel: () => undefined,
    inferTensors: missing,
    infer: async ({ frame }) => {
      const left = leftOf(frame as Buffer);
      // The head of it is the upper quarter.
      const box = [left - 5, FACE.top - 2, left + 35, FACE.top + 128, 0.9, 0];
      return { boxes: Float32Array.from(finds(look++) ? box : []) } as Awaited<ReturnType<MaskInference['infer']>>;
    },
  };
}

/** Where the face begins in a row through it. */
function leftOf(frame: Buffer): number {
  const row = (FACE.top + 15) * SIZE.widthPx;
  for (let x = 0; x < SIZE.widthPx; x++) {
    const at = (row + x) * 3;
    if ((frame[at] as number) > 180 && (frame[at + 1] as number) < 90 && (frame[at + 2] as number) > 180) return x;
  }
  return -1;
}

const optionsWith = (more = {}) => ({
  ...{ subjectsAt: () => [], detectorIds: ['nanodet-g'], size: SIZE, signal: new AbortController().signal },
  ...more,
});

let clip: Buffer;
beforeAll(() => {
  clip = paintedClip(['face', [FACE.fromX, FACE.top, FACE.toX, FACE.bottom], FACE.pixelsPerMs * 1000], { ...SIZE, seconds: 2 });
});

describe('a masked clip', () => {
  it.each([
    ['that a flickering finder sees in every second look', (look: number) => look % 2 === 0],
    ['that is lost for four looks', (look: number) => look < 3 || look > 6],
  ])('shows no face in any picture: one %s', async (_name, finds) => {
    const progress: number[] = [];
    const { bytes, facts } = await maskClip(aFinder(finds), clip, optionsWith({ onProgress: (share: number) => progress.push(share) }));
    const [before, after] = [picturesOf(clip, SIZE), picturesOf(bytes, SIZE)];
    expect(before.map((picture) => pixelsOf(picture, 'face') > 500)).toEqual(Array(20).fill(true));
    expect(after.map((picture) => pixelsOf(picture, 'face') < 90)).toEqual(Array(20).fill(true));
    expect(facts).toMatchObject({ pictures: 20, searchedPictures: 11, models: [{ modelId: 'nanodet-g' }] });
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('leaves the person whom it is about', async () => {
    const subjectsAt = (atMs: number) => {
      const left = FACE.fromX + atMs * FACE.pixelsPerMs;
      return [{ class: 'person' as const, box: [left - 5, FACE.top - 2, left + 35, FACE.top + 128] as const }];
    };
    const { bytes } = await maskClip(
      aFinder(() => true),
      clip,
      optionsWith({ subjectsAt }),
    );
    expect(picturesOf(bytes, SIZE).every((picture) => pixelsOf(picture, 'face') > 500)).toBe(true);
  });

  it.each([
    ['is no video', () => Buffer.from('0123456789'), 'API_CLIP_UNREADABLE'],
    [
      'holds a codec that was destroyed',
      () => Buffer.concat([clip.subarray(0, clip.indexOf('mdat') + 4), Buffer.alloc(4000)]),
      'API_CLIP_UNREADABLE',
    ],
  ])('is refused when the clip %s', async (_name, bytes, code) => {
    await expect(
      maskClip(
        aFinder(() => true),
        bytes(),
        optionsWith(),
      ),
    ).rejects.toMatchObject({ code });
  });

  it('ends at once when it is told to', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('closing'));
    await expect(
      maskClip(
        aFinder(() => true),
        clip,
        optionsWith({ signal: stop.signal, onProgress }),
      ),
    ).rejects.toThrow('closing');
  });
});

it('chooses more pictures of a clip than ffmpeg reads in a row', async () => {
  const size = { widthPx: 32, heightPx: 32 };
  const long = paintedClip(['face', [4, 4, 12, 12]], { ...size, seconds: 30 });
  const only = Array.from({ length: 150 }, (_, index) => index * 2);
  expect(await eachPicture(long, { size, only, signal: new AbortController().signal }, async () => undefined)).toBe(150);
});

it.each([
  [[], []],
  [[0], [0]],
  [
    [0, 40, 80, 120, 160, 200, 240],
    [0, 5, 6],
  ],
  [
    [0, 195, 391],
    [0, 1, 2],
  ],
  [
    [0, 5000, 5040],
    [0, 1, 2],
  ],
])('of pictures at %j those at places %j are searched', (timesMs, places) => expect(searchedPlaces(timesMs)).toEqual(places));
