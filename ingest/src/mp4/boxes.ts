/** One ISO BMFF box inside a buffer; `start` and `end` bound its content, header excluded. */
export interface BoxView {
  type: string;
  start: number;
  end: number;
}

/** Reads the header of the box at `at`: its whole size in bytes and the length of the header; null when cut short. */
export function readBoxHeader(buffer: Buffer, at: number): { type: string; sizeBytes: number; headerBytes: number } | null {
  if (buffer.length < at + 8) return null;
  const size32 = buffer.readUInt32BE(at);
  const type = buffer.toString('latin1', at + 4, at + 8);
  if (size32 !== 1) return { type, sizeBytes: size32, headerBytes: 8 };
  if (buffer.length < at + 16) return null;
  return { type, sizeBytes: Number(buffer.readBigUInt64BE(at + 8)), headerBytes: 16 };
}

/** The boxes between `start` and `end`; stops quietly at a malformed one, so that a cut box yields what came before. */
export function* childBoxes(buffer: Buffer, start: number, end: number): Generator<BoxView> {
  let at = start;
  while (at + 8 <= end) {
    const header = readBoxHeader(buffer, at);
    if (!header || header.sizeBytes < header.headerBytes || at + header.sizeBytes > end) return;
    yield { type: header.type, start: at + header.headerBytes, end: at + header.sizeBytes };
    at += header.sizeBytes;
  }
}

/** First box along a path of types, for example `['trak', 'mdia', 'mdhd']`; null when there is none. */
export function findBox(buffer: Buffer, within: { start: number; end: number }, path: readonly string[]): BoxView | null {
  let found: BoxView | null = null;
  let scope = within;
  for (const type of path) {
    found = null;
    for (const box of childBoxes(buffer, scope.start, scope.end)) {
      if (box.type !== type) continue;
      found = box;
      break;
    }
    if (!found) return null;
    scope = found;
  }
  return found;
}
