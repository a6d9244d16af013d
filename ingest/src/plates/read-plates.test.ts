import { describe, expect, it } from 'vitest';
import { charactersOf } from './characters.js';
import { isRowBelow } from './find-rows.js';
import { minimumRectangle } from './minimum-rectangle.js';
import { PLATE_CHARACTERS, type PlateNetworks } from './networks.js';
import { type Picture, type Quad, quadOfBox, rectify } from './picture.js';
import { plateColour } from './plate-colour.js';
import { readPlates } from './read-plates.js';
import { textRegions } from './text-regions.js';

const CLASSES = PLATE_CHARACTERS.length + 1;

function aPicture(widthPx: number, heightPx: number, colour: (x: number, y: number) => [number, number, number]): Picture {
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) data.set(colour(x, y), (y * widthPx + x) * 3);
  return { data, widthPx, heightPx };
}

/** One step per sign: `_` is blank, `?` is a character that no plate has. */
function steps(signs: string, score = 0.9) {
  const probabilities = new Float32Array(signs.length * CLASSES);
  [...signs].forEach((sign, step) => {
    if (sign !== '?') probabilities[step * CLASSES + (sign === '_' ? 0 : PLATE_CHARACTERS.indexOf(sign) + 1)] = score;
  });
  return { probabilities, steps: signs.length };
}

describe('characters of a row', () => {
  it.each([
    { signs: '_55_1_F_', text: '51F' },
    { signs: '_11_1_1', text: '111' },
    { signs: '?5?1?', text: '51' },
    { signs: '____', text: '' },
    { signs: '', text: '' },
  ])('$signs', ({ signs, text }) => {
    expect(
      charactersOf(steps(signs))
        .map(({ character }) => character)
        .join(''),
    ).toBe(text);
  });

  it('keep what else they may be', () => {
    const row = steps('_0_', 0.6);
    row.probabilities[CLASSES + PLATE_CHARACTERS.indexOf('O') + 1] = 0.3;
    expect(charactersOf(row)).toEqual([{ character: '0', score: 0.6, alternatives: [{ character: 'O', score: 0.3 }] }]);
  });
});

describe('geometry', () => {
  it('the smallest rectangle around a turned one is that one', () => {
    const { halfLength, halfBreadth, along } = minimumRectangle([
      [0, 10],
      [30, 50],
      [38, 44],
      [8, 4],
    ]);
    expect([halfLength * 2, halfBreadth * 2]).toEqual([expect.closeTo(50), expect.closeTo(10)]);
    expect(along).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)]);
  });

  it.each([
    [[]],
    [[[3, 4]]],
    [
      [
        [3, 4],
        [3, 4],
      ],
    ],
  ])('nothing to enclose is no failure: %j', (points) => {
    expect(minimumRectangle(points as [number, number][]).halfLength).toBe(0);
  });

  it('a slanted quadrilateral is pulled straight', () => {
    const slanted: Quad = [
      [20, 10],
      [80, 30],
      [80, 60],
      [20, 40],
    ];
    const inside = (x: number, y: number) => x >= 20 && x <= 80 && y >= 10 + (x - 20) / 3 && y <= 40 + (x - 20) / 3;
    const picture = aPicture(100, 80, (x, y) => (inside(x + 0.5, y + 0.5) ? [200, 200, 200] : [0, 0, 0]));
    const { data } = rectify(picture, slanted, { widthPx: 30, heightPx: 15 });
    const values = [...data].filter((_, index) => index % 3 === 0);
    expect(values.filter((value) => value > 150).length / values.length).toBeGreaterThan(0.9);
  });

  it('text regions are grown back and carry their score', () => {
    const map = new Float32Array(64 * 32);
    for (let y = 12; y < 16; y++) for (let x = 10; x < 50; x++) map[y * 64 + x] = 0.9;
    map[3] = 0.9;
    const [region, ...others] = textRegions(map, 64, 32);
    expect(others).toEqual([]);
    expect(region?.score).toBeCloseTo(0.9);
    const [topLeft, , bottomRight] = (region as { quad: Quad }).quad;
    expect(topLeft[0]).toBeLessThan(10);
    expect(topLeft[1]).toBeLessThan(12);
    expect(bottomRight[0]).toBeGreaterThan(50);
    expect(bottomRight[1]).toBeGreaterThan(16);
  });

  it.each([
    { name: 'a row beneath', lower: [0, 22, 100, 42], expected: true },
    { name: 'the same row', lower: [0, 0, 100, 20], expected: false },
    { name: 'a row above', lower: [0, -22, 100, -2], expected: false },
    { name: 'a row far below', lower: [0, 60, 100, 80], expected: false },
    { name: 'a row beside', lower: [90, 22, 190, 42], expected: false },
    { name: 'a much larger row', lower: [0, 22, 100, 82], expected: false },
  ])('$name: $expected', ({ lower, expected }) => {
    expect(isRowBelow(quadOfBox([10, 0, 90, 20]), quadOfBox(lower as [number, number, number, number]))).toBe(expected);
  });
});

it.each([
  { colour: [230, 230, 225], expected: 'white' },
  { colour: [230, 190, 30], expected: 'yellow' },
  { colour: [20, 60, 170], expected: 'blue' },
  { colour: [180, 30, 30], expected: 'red' },
  { colour: [10, 10, 10], expected: 'unknown' },
])('a plate of $colour is $expected', ({ colour, expected }) => {
  expect(plateColour(aPicture(20, 10, (x) => (x % 4 === 0 ? [15, 15, 15] : (colour as [number, number, number]))))).toBe(expected);
});

describe('reading a picture', () => {
  const none: PlateNetworks = {
    findText: async ({ widthPx, heightPx }) => new Uint8Array(widthPx * heightPx),
    readRow: async () => steps('____'),
  };

  it.each([
    [1, 1],
    [10, 4],
    [3, 200],
  ])('a crop of %i x %i pixels gives nothing', async (widthPx, heightPx) => {
    const picture = aPicture(widthPx, heightPx, () => [90, 90, 90]);
    expect(await readPlates(picture, none, { crop: true, longSidePx: 320 })).toEqual([]);
  });

  it('two rows of text one under the other are offered together and apart', async () => {
    const networks: PlateNetworks = {
      findText: async ({ widthPx, heightPx }) => {
        const map = new Uint8Array(widthPx * heightPx);
        for (const [top, bottom] of [
          [20, 40],
          [60, 80],
        ] as const)
          for (let y = top; y < bottom; y++) map.fill(230, y * widthPx + 20, y * widthPx + 140);
        return map;
      },
      readRow: async ({ data, widthPx }) => steps(data[24 * widthPx * 3] === 100 ? '5_9_E_1' : '2_1_5_0_0'),
    };
    const picture = aPicture(160, 96, (_, y) => (y < 48 ? [100, 100, 100] : [50, 50, 50]));
    const readings = await readPlates(picture, networks, { crop: false, longSidePx: 160 });
    const texts = readings.map(({ rows }) => rows.map((row) => row.map(({ character }) => character).join('')));
    expect(texts).toContainEqual(['59E1', '21500']);
    expect(texts).toHaveLength(3);
  });
});
