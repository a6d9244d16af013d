import type { Detection, ObjectClass } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { ColourLooks } from './colour-looks.js';
import type { DetectedPicture } from './light.js';

type Rgb = readonly [number, number, number];

const SIZE = { inputWidthPx: 208, pictureWidthPx: 200, pictureHeightPx: 100 };
const ROAD: Rgb = [105, 105, 108];
const GLASS: Rgb = [30, 32, 35];
const WHITE: Rgb = [235, 236, 238];
const RED: Rgb = [170, 30, 35];
const GREEN: Rgb = [40, 130, 60];
/** The car's box in pixels, and shares of the picture. */
const CAR = [60, 30, 140, 80] as const;
const BOX: Detection['box'] = [CAR[0] / 200, CAR[1] / 100, CAR[2] / 200, CAR[3] / 100];

/** A picture that is at each place what `at` says. A tenth is grass, so that it is no grey picture. */
function aPicture(at: (x: number, y: number) => Rgb): DetectedPicture {
  const rgb = new Uint8Array(SIZE.inputWidthPx * SIZE.pictureHeightPx * 3);
  for (let y = 0; y < SIZE.pictureHeightPx; y++)
    for (let x = 0; x < SIZE.pictureWidthPx; x++) rgb.set(y < 10 ? GREEN : at(x, y), (y * SIZE.inputWidthPx + x) * 3);
  return { rgb, ...SIZE };
}

/** A car whose upper part is glass, and whose lowest part is tyres and shade. */
function aCar(paint: Rgb, road: Rgb = ROAD): DetectedPicture {
  return aPicture((x, y) => {
    if (x < CAR[0] || x >= CAR[2] || y < CAR[1] || y >= CAR[3]) return road;
    const v = (y - CAR[1]) / (CAR[3] - CAR[1]);
    return (v > 0.15 && v < 0.4 && x > 70 && x < 130) || v > 0.87 ? GLASS : paint;
  });
}

const detected = (className: ObjectClass = 'car', box = BOX): Detection => ({ class: className, score: 0.8, box });
const colourOf = (picture: DetectedPicture, ...detections: [Detection, ...Detection[]]) =>
  new ColourLooks().take(detections, picture, 1000)[0]?.colour;

const beside = (x1: number, y1: number, x2: number, y2: number, className: ObjectClass = 'car') =>
  detected(className, [x1 / 200, y1 / 100, x2 / 200, y2 / 100]);

/** The picture in another light. */
const inLight = (picture: DetectedPicture, light: Rgb): DetectedPicture => ({
  ...picture,
  rgb: picture.rgb.map((value, at) => Math.round(value * (light[at % 3] as number))),
});

describe('the colour of a vehicle', () => {
  it.each<[string, Rgb, string | undefined]>([
    ['white', WHITE, 'white'],
    ['silver', [140, 142, 145], 'grey'],
    ['black', [35, 35, 38], 'black'],
    ['red', RED, 'red'],
    ['dark red', [95, 20, 30], 'red'],
    ['orange', [235, 120, 30], 'orange'],
    ['a yellow taxi', [235, 195, 40], 'yellow'],
    ['a green taxi', GREEN, 'green'],
    ['blue', [35, 70, 150], 'blue'],
    ['brown', [110, 70, 40], 'brown'],
    ['grey that mirrors the sky', [118, 126, 146], 'grey'],
    ['between silver and white', [152, 153, 155], undefined],
    ['violet, which has no name here', [120, 40, 140], undefined],
  ])('%s', (_name, paint, expected) => expect(colourOf(aCar(paint), detected())).toBe(expected));

  it.each<[string, DetectedPicture, string | undefined]>([
    ['half the light', inLight(aCar(WHITE), [0.6, 0.6, 0.6]), 'white'],
    ['bluish light', inLight(aCar(WHITE), [0.88, 0.95, 1]), 'white'],
    [
      'a grey picture, of an infrared camera',
      { ...SIZE, rgb: aCar(WHITE).rgb.map((_value, at, all) => all[at - (at % 3)] as number) },
      undefined,
    ],
    ['sodium lamps', inLight(aCar(RED), [1, 0.62, 0.2]), undefined],
    ['the dark', inLight(aCar(RED), [0.2, 0.2, 0.2]), undefined],
  ])('in %s', (_name, picture, expected) => expect(colourOf(picture, detected())).toBe(expected));

  it.each<[string, Detection[], string | undefined]>([
    ['half hidden by a nearer one', [detected(), beside(90, 35, 170, 95)], undefined],
    ['before another one', [detected(), beside(90, 20, 170, 60)], 'red'],
    ['told twice', [detected(), beside(61, 31, 140, 82, 'truck')], 'red'],
    ['cut off by the edge', [beside(0, 30, 140, 80)], undefined],
    ['too small', [beside(60, 70, 71, 79)], undefined],
    ['a person', [detected('person')], undefined],
  ])('%s', (_name, detections, expected) => expect(colourOf(aCar(RED), ...(detections as [Detection, ...Detection[]]))).toBe(expected));
});

describe('the colour of a two-wheeler is that of the machine, not of its rider', () => {
  /** From behind: the rider above, the machine below him. */
  const ridden = (clothes: Rgb, machine: Rgb) =>
    aPicture((x, y) => {
      if (x < 85 || x >= 115 || y < 15 || y >= 95) return ROAD;
      return y < 53 ? clothes : machine;
    });
  const box: Detection['box'] = [80 / 200, 15 / 100, 120 / 200, 95 / 100];

  it.each<[string, Rgb, Rgb, string | undefined]>([
    ['a red shirt on a black one', RED, [30, 30, 32], 'black'],
    ['a black shirt on a red one', [30, 30, 32], RED, 'red'],
    ['a green shirt on a white one', GREEN, WHITE, 'white'],
    ['grey, as metal and road are', RED, [110, 110, 112], undefined],
    ['orange, as skin is', RED, [200, 120, 70], undefined],
  ])('%s', (_name, clothes, machine, expected) =>
    expect(colourOf(ridden(clothes, machine), { class: 'motorcycle', score: 0.6, box })).toBe(expected),
  );
});

it('looks at a camera every 400 ms of capture time, also after its clock was set back', () => {
  const looks = new ColourLooks();
  const at = [10_000, 10_200, 10_400, 10_799, 10_800, 3000, 3200, 3400];
  const told = at.filter((ms) => looks.take([detected()], aCar(RED), ms)[0]?.colour === 'red');
  expect(told).toEqual([10_000, 10_400, 10_800, 3000, 3400]);
  expect(looks.figures).toMatchObject({ looks: 5, named: 5 });
});

it('looks less often where there are many, so that a crowd costs no more', () => {
  const looks = new ColourLooks();
  const many = Array.from({ length: 25 }, (_, index) => beside(20 + 5 * index, 30, 40 + 5 * index, 50));
  const told = [0, 400, 999, 1000].filter((ms) => looks.take(many, aCar(RED), ms) !== many);
  expect(told).toEqual([0, 1000]);
  expect(looks.figures.looks).toBe(50);
});
