import type { ObjectClass } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import type { Picture } from './picture.js';
import { vehicleColour } from './vehicle-colour.js';

type Rgb = readonly [number, number, number];

/** A picture of 40 × 30 whose pixel at a place says `at`. */
function aPicture(at: (x: number, y: number) => Rgb): Picture {
  const [widthPx, heightPx] = [40, 30];
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) data.set(at(x, y), (y * widthPx + x) * 3);
  return { data, widthPx, heightPx };
}

const plain = (colour: Rgb) => aPicture(() => colour);

describe('the colour of a vehicle', () => {
  it.each<[string, Rgb, string]>([
    ['white paint', [225, 228, 230], 'white'],
    ['white paint under a blue sky', [190, 200, 215], 'white'],
    ['silver', [150, 153, 156], 'grey'],
    ['black paint with a shine', [48, 48, 52], 'black'],
    ['red', [170, 30, 35], 'red'],
    ['dark red', [95, 20, 30], 'red'],
    ['orange', [235, 120, 30], 'orange'],
    ['a yellow taxi', [235, 195, 40], 'yellow'],
    ['green', [40, 130, 60], 'green'],
    ['blue', [35, 70, 150], 'blue'],
    ['brown', [95, 60, 35], 'brown'],
  ])('%s', (_name, colour, expected) => {
    expect(vehicleColour(plain(colour), 'car')).toEqual({ name: expected, share: 1 });
  });

  it.each<[string, Picture, ObjectClass]>([
    ['a motorcycle, whose rider would be named', plain([170, 30, 35]), 'motorcycle'],
    ['a person', plain([170, 30, 35]), 'person'],
    ['the dark', plain([20, 20, 22]), 'car'],
    ['violet, which has no name here', plain([120, 40, 140]), 'car'],
    [
      'many colours',
      aPicture(
        (x) =>
          (
            [
              [225, 228, 230],
              [170, 30, 35],
              [35, 70, 150],
              [40, 130, 60],
            ] as const
          )[x % 4] as Rgb,
      ),
      'car',
    ],
  ])('nothing is said of %s', (_name, picture, className) => expect(vehicleColour(picture, className)).toBeNull());

  it('is that of the body, not of the road beside it or the wheels below', () => {
    const body: Rgb = [170, 30, 35];
    const picture = aPicture((x, y) => (x >= 8 && x < 32 && y < 18 ? body : [120, 120, 120]));
    expect(vehicleColour(picture, 'car')).toEqual({ name: 'red', share: 1 });
  });
});
