import { describe, expect, it } from 'vitest';
import { inferPicture } from './infer-picture.js';
import { mergeTiles } from './merge-tiles.js';
import { cutTile, decodedSize, type Tile, tilesOf } from './tiles.js';

type Row = [x1: number, y1: number, x2: number, y2: number, score: number, classIndex: number];
const rows = (...list: Row[]) => Float32Array.from(list.flat());
const model = { modelId: 'm', widthPx: 100, heightPx: 100, classes: ['person', 'car', 'truck'], nmsIou: 0.5 };
const options = { classes: model.classes, nmsIou: 0.5, minScore: 0.3, suppressAcrossGroup: true };

describe('tiles', () => {
  it('fill the input, overlap by the share and cover the picture', () => {
    const tiling = { layout: '2x2', overlap: 0.2 } as const;
    expect(decodedSize(model, tiling)).toEqual({ widthPx: 180, heightPx: 180 });
    expect(tilesOf({ widthPx: 1000, heightPx: 1000 }, model, tiling)).toEqual([
      { x0: 0, y0: 0, x1: 100, y1: 100 },
      { x0: 80, y0: 0, x1: 180, y1: 100 },
      { x0: 0, y0: 80, x1: 100, y1: 180 },
      { x0: 80, y0: 80, x1: 180, y1: 180 },
    ]);
  });

  it.each([
    { layout: '2x1', overlap: 0 },
    { layout: '2x1', overlap: 0.5 },
    { layout: '2x2', overlap: 0.13 },
  ] as const)('$layout with overlap $overlap are never bigger than the input, whatever the picture', (tiling) => {
    for (const source of [
      { widthPx: 1920, heightPx: 1080 },
      { widthPx: 720, heightPx: 1280 },
      { widthPx: 1601, heightPx: 1199 },
    ]) {
      const tiles = tilesOf(source, model, tiling);
      for (const { x0, y0, x1, y1 } of tiles) {
        expect(x1 - x0).toBeLessThanOrEqual(model.widthPx);
        expect(y1 - y0).toBeLessThanOrEqual(model.heightPx);
        expect(Math.min(x0, y0)).toBeGreaterThanOrEqual(0);
      }
      const [first] = tiles;
      if (tiles.length === 4) expect(tiles[3]?.y0).toBeLessThanOrEqual(first?.y1 as number);
      expect(tiles[1]?.x0).toBeLessThanOrEqual(first?.x1 as number);
    }
  });

  it('are cut with grey around them', () => {
    const rgb = Buffer.from(Array.from({ length: 4 * 2 * 3 }, (_, at) => at));
    const cut = cutTile(rgb, { widthPx: 4, heightPx: 2 }, { widthPx: 3, heightPx: 3 }, { x0: 2, y0: 1, x1: 4, y1: 2 });
    expect([...cut]).toEqual([18, 19, 20, 21, 22, 23, ...Array.from({ length: 3 + 18 }, () => 0x72)]);
  });
});

describe('boxes of tiles', () => {
  const left: Tile = { x0: 0, y0: 0, x1: 100, y1: 100 };
  const right: Tile = { x0: 80, y0: 0, x1: 180, y1: 100 };
  const merge = (inLeft: Row[], inRight: Row[]) => {
    const merged = mergeTiles(
      [
        { tile: left, boxes: rows(...inLeft) },
        { tile: right, boxes: rows(...inRight) },
      ],
      options,
    );
    return Array.from({ length: merged.length / 6 }, (_, row) =>
      Array.from(merged.subarray(row * 6, row * 6 + 6), (v) => Number(v.toFixed(2))),
    );
  };
  const cases: { name: string; left: Row[]; right: Row[]; merged: number[][] }[] = [
    { name: 'come to their place in the picture', left: [], right: [[50, 10, 60, 40, 0.9, 0]], merged: [[130, 10, 140, 40, 0.9, 0]] },
    {
      name: 'are one for an object that a border cuts, though one tile takes it for another class',
      left: [[60, 10, 99, 50, 0.6, 2]],
      right: [[0, 12, 50, 52, 0.8, 1]],
      merged: [[60, 10, 130, 52, 0.8, 1]],
    },
    {
      name: 'stay two where two objects meet a border at different heights',
      left: [[60, 0, 99, 30, 0.6, 1]],
      right: [[1, 60, 50, 90, 0.8, 1]],
      merged: [
        [60, 0, 99, 30, 0.6, 1],
        [81, 60, 130, 90, 0.8, 1],
      ],
    },
    {
      name: 'are one for an object that one tile sees whole, however weakly',
      left: [[88, 10, 100, 50, 0.9, 0]],
      right: [[8, 10, 28, 50, 0.4, 0]],
      merged: [[88, 10, 108, 50, 0.4, 0]],
    },
    {
      name: 'stay two for a person in front of a vehicle',
      left: [[85, 10, 100, 50, 0.9, 0]],
      right: [[5, 10, 60, 50, 0.4, 1]],
      merged: [
        [85, 10, 100, 50, 0.9, 0],
        [85, 10, 140, 50, 0.4, 1],
      ],
    },
    {
      name: 'below the least score join nothing',
      left: [[60, 10, 99, 50, 0.2, 1]],
      right: [[0, 10, 50, 50, 0.8, 1]],
      merged: [[80, 10, 130, 50, 0.8, 1]],
    },
    {
      name: 'are one for an object that just reaches the border of the tile that sees it whole',
      left: [[60, 10, 96, 50, 0.7, 1]],
      right: [[0, 10, 14, 50, 0.8, 1]],
      merged: [[60, 10, 96, 50, 0.7, 1]],
    },
    { name: 'in the padding are none', left: [[20, 90, 30, 140, 0.9, 0]], right: [], merged: [] },
  ];
  it.each(cases)('$name', ({ left: inLeft, right: inRight, merged }) => expect(merge(inLeft, inRight)).toEqual(merged));

  it('are one for an object in the middle, which all four tiles cut', () => {
    const tiles = tilesOf({ widthPx: 1000, heightPx: 1000 }, model, { layout: '2x2', overlap: 0.2 });
    const inTiles: Row[] = [
      [50, 50, 100, 100, 0.5, 0],
      [0, 50, 40, 100, 0.6, 0],
      [50, 0, 100, 40, 0.7, 0],
      [0, 0, 40, 40, 0.8, 0],
    ];
    const merged = mergeTiles(
      tiles.map((tile, index) => ({ tile, boxes: rows(inTiles[index] as Row) })),
      options,
    );
    expect(Array.from(merged.subarray(0, 4))).toEqual([50, 50, 120, 120]);
    expect(merged.length).toBe(6);
  });
});

describe('a picture', () => {
  const picture = { rgb: Buffer.alloc(180 * 100 * 3), source: { widthPx: 1800, heightPx: 1000 } };
  const tiling = { layout: '2x1', overlap: 0.2 } as const;

  it('is run tile by tile, all at once, and gives boxes of the whole', async () => {
    const inputs: Buffer[] = [];
    const boxes = inferPicture(picture, {
      model,
      tiling,
      minScore: 0.3,
      infer: (input) => {
        inputs.push(input);
        return Promise.resolve(rows([40, 20, 50, 30, 0.9, 0]));
      },
    });
    expect(inputs.map(({ length }) => length)).toEqual([30_000, 30_000]);
    expect(Array.from((await boxes).filter((_, at) => at % 6 === 0))).toEqual([40, 120]);
  });

  it('fails as a whole when one tile fails, after the others are done', async () => {
    let done = 0;
    const infer = async () => {
      if (done++ === 0) throw new Error('busy');
      await new Promise(setImmediate);
      done = 10;
      return rows();
    };
    await expect(inferPicture(picture, { model, tiling, minScore: 0.3, infer })).rejects.toThrow('busy');
    expect(done).toBe(10);
  });
});
