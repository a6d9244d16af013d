import type { ArchivedTrack } from '@safecity/contracts';

type ArchivePoint = ArchivedTrack['points'][number];

/** `uint32` ms after the first point with "seen" in its highest bit, then `int16` x1, y1, x2, y2 in ten-thousandths. */
const POINT_BYTES = 12;
const SEEN = 0x8000_0000;
const SCALE = 10_000;

/** A path as it is stored; sides of boxes to four places, as they are archived. */
export function pathBytes(points: readonly ArchivePoint[]): Buffer {
  const bytes = Buffer.alloc(points.length * POINT_BYTES);
  points.forEach(([ms, x1, y1, x2, y2, seen], index) => {
    const at = index * POINT_BYTES;
    bytes.writeUInt32LE(ms + (seen === 1 ? SEEN : 0), at);
    for (const [i, side] of [x1, y1, x2, y2].entries()) bytes.writeInt16LE(Math.round(side * SCALE), at + 4 + 2 * i);
  });
  return bytes;
}

/** A stored path as it was archived. */
export function pathPoints(bytes: Buffer): ArchivePoint[] {
  const points: ArchivePoint[] = [];
  for (let at = 0; at + POINT_BYTES <= bytes.length; at += POINT_BYTES) {
    const word = bytes.readUInt32LE(at);
    const side = (i: number) => bytes.readInt16LE(at + 4 + 2 * i) / SCALE;
    points.push([word % SEEN, side(0), side(1), side(2), side(3), word >= SEEN ? 1 : 0]);
  }
  return points;
}
