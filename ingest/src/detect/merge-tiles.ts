import { confusionGroup, type SelectOptions, selectBoxes } from './detections-of.js';
import { ROW_COLUMNS } from './non-maximum-suppression.js';
import type { Tile } from './tiles.js';

/** A tile and what the model said of it, `Float32Array [K, 6]` in pixels of the tile. */
export interface TileResult {
  tile: Tile;
  boxes: Float32Array;
}

interface Piece {
  box: [x1: number, y1: number, x2: number, y2: number];
  score: number;
  className: string;
  tiles: Set<number>;
  /** Ends at a border behind which the picture goes on: left, top, right, bottom. */
  cut: [boolean, boolean, boolean, boolean];
}

/** A box that ends this near to a tile's inner border is cut by it, pixels of the tile (inclusive). */
const BORDER_PX = 6;
/** A cut box of which so much lies in one of another tile that is less cut is a part of that (inclusive). */
const PART_SHARE = 0.5;
/** Two cut boxes that meet are one object when their extents along the border agree so well (inclusive), shared over joint. */
const EXTENTS_AGREE = 0.6;

type Axis = 0 | 1;

/**
 * Boxes of overlapping tiles as boxes of the picture: what two tiles saw whole stays twice for the suppression that
 * follows; a part of an object that another tile saw whole is dropped; parts that continue each other are joined.
 * @param options as for the picture; only boxes that it selects are looked at
 * @returns `Float32Array [K, 6]` in pixels of the decoded picture, columns as a model gives them
 */
export function mergeTiles(results: readonly TileResult[], options: SelectOptions): Float32Array {
  const last = { x: Math.max(...results.map(({ tile }) => tile.x1)), y: Math.max(...results.map(({ tile }) => tile.y1)) };
  const pieces = results.flatMap(({ tile, boxes }, index) =>
    selectBoxes(boxes, options).flatMap(({ box, ...what }) => {
      const piece = pieceOf(box, tile, last);
      return piece ? [{ ...what, ...piece, tiles: new Set([index]) }] : [];
    }),
  );
  const joined = withoutParts(joinPieces(joinPieces(pieces, 0), 1));
  const merged = new Float32Array(joined.length * ROW_COLUMNS);
  for (const [row, { box, score, className }] of joined.entries())
    merged.set([...box, score, options.classes.indexOf(className)], row * ROW_COLUMNS);
  return merged;
}

function pieceOf([x1, y1, x2, y2]: Piece['box'], tile: Tile, last: { x: number; y: number }): Pick<Piece, 'box' | 'cut'> | null {
  const width = tile.x1 - tile.x0;
  const height = tile.y1 - tile.y0;
  // In the padding there is nothing.
  if ((x1 + x2) / 2 > width || (y1 + y2) / 2 > height) return null;
  const cut: Piece['cut'] = [
    tile.x0 > 0 && x1 <= BORDER_PX,
    tile.y0 > 0 && y1 <= BORDER_PX,
    tile.x1 < last.x && x2 >= width - BORDER_PX,
    tile.y1 < last.y && y2 >= height - BORDER_PX,
  ];
  // Beyond an inner border the detector only guesses.
  const box: Piece['box'] = [
    (tile.x0 > 0 ? Math.max(0, x1) : x1) + tile.x0,
    (tile.y0 > 0 ? Math.max(0, y1) : y1) + tile.y0,
    (tile.x1 < last.x ? Math.min(width, x2) : x2) + tile.x0,
    (tile.y1 < last.y ? Math.min(height, y2) : y2) + tile.y0,
  ];
  return { box, cut };
}

/** Joins pairs of which one is cut on its right (below) and the other on its left (above), best agreement first. */
function joinPieces(pieces: readonly Piece[], axis: Axis): Piece[] {
  const before = pieces.filter(({ cut }) => cut[axis + 2]);
  const after = pieces.filter(({ cut }) => cut[axis]);
  const pairs = before
    .flatMap((a) => after.map((b) => ({ a, b, agreement: continues(a, b, axis) })))
    .filter(({ agreement }) => agreement >= EXTENTS_AGREE)
    .sort((one, other) => other.agreement - one.agreement);
  const used = new Set<Piece>();
  const joined: Piece[] = [];
  for (const { a, b } of pairs) {
    if (used.has(a) || used.has(b)) continue;
    used.add(a).add(b);
    joined.push(join(a, b, axis));
  }
  return [...pieces.filter((piece) => !used.has(piece)), ...joined];
}

/** How well the extents of `a` and `b` along the border agree, 0..1; 0 when they are no two parts of one object. */
function continues(a: Piece, b: Piece, axis: Axis): number {
  if (isOfOneTile(a, b) || confusionGroup(a.className) !== confusionGroup(b.className)) return 0;
  // Parts of one object both span the strip that the tiles share.
  if (a.box[axis] > b.box[axis] || (b.box[axis + 2] as number) < (a.box[axis + 2] as number) || (a.box[axis + 2] as number) <= b.box[axis])
    return 0;
  const along = axis === 0 ? 1 : 0;
  const from = [a.box[along], b.box[along]];
  const to = [a.box[along + 2] as number, b.box[along + 2] as number];
  return Math.max(0, Math.min(...to) - Math.max(...from)) / (Math.max(...to) - Math.min(...from));
}

function join(a: Piece, b: Piece, axis: Axis): Piece {
  const better = a.score >= b.score ? a : b;
  const cut: Piece['cut'] = [a.cut[0] || b.cut[0], a.cut[1] || b.cut[1], a.cut[2] || b.cut[2], a.cut[3] || b.cut[3]];
  cut[axis] = a.cut[axis];
  cut[axis + 2] = b.cut[axis + 2] as boolean;
  return {
    box: [Math.min(a.box[0], b.box[0]), Math.min(a.box[1], b.box[1]), Math.max(a.box[2], b.box[2]), Math.max(a.box[3], b.box[3])],
    score: better.score,
    className: better.className,
    tiles: new Set([...a.tiles, ...b.tiles]),
    cut,
  };
}

/** Drops what is cut and lies in a box of another tile that is less so, or as much and bigger. */
function withoutParts(pieces: readonly Piece[]): Piece[] {
  const cuts = ({ cut }: Piece) => cut.filter(Boolean).length;
  const isMore = (other: Piece, part: Piece) => cuts(other) < cuts(part) || (cuts(other) === cuts(part) && area(other) > area(part));
  return pieces.filter(
    (part) =>
      cuts(part) === 0 ||
      !pieces.some(
        (other) =>
          isMore(other, part) &&
          !isOfOneTile(other, part) &&
          confusionGroup(other.className) === confusionGroup(part.className) &&
          sharedArea(other, part) >= PART_SHARE * area(part),
      ),
  );
}

function isOfOneTile(a: Piece, b: Piece): boolean {
  return [...a.tiles].some((tile) => b.tiles.has(tile));
}

function area({ box: [x1, y1, x2, y2] }: Piece): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
}

function sharedArea({ box: a }: Piece, { box: b }: Piece): number {
  return Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
}
