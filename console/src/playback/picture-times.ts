/** What a box holds, as a view: type and content. */
interface Box {
  type: string;
  start: number;
  end: number;
}

function* boxesIn(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const sizeBytes = view.getUint32(at);
    if (sizeBytes < 8 || at + sizeBytes > end) return;
    const type = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at + 4, 4));
    yield { type, start: at + 8, end: at + sizeBytes };
    at += sizeBytes;
  }
}

function find(view: DataView, within: { start: number; end: number }, path: readonly string[]): Box | null {
  let scope: { start: number; end: number } = within;
  let found: Box | null = null;
  for (const wanted of path) {
    found = [...boxesIn(view, scope.start, scope.end)].find(({ type }) => type === wanted) ?? null;
    if (!found) return null;
    scope = found;
  }
  return found;
}

/** Ticks per second of the first track (`mdhd`, ISO/IEC 14496-12 8.4.2). */
function timescaleOf(view: DataView, moov: Box): number {
  const mdhd = find(view, moov, ['trak', 'mdia', 'mdhd']);
  if (!mdhd) return 0;
  return view.getUint32(mdhd.start + (view.getUint8(mdhd.start) === 1 ? 20 : 12));
}

/** The times of one `moof` as the server writes them: `tfdt` of version 1, `trun` with duration, size, flags and offset each. */
function ticksOf(view: DataView, moof: Box): number[] {
  const tfdt = find(view, moof, ['traf', 'tfdt']);
  const trun = find(view, moof, ['traf', 'trun']);
  if (!tfdt || !trun) return [];
  let ticks = Number(view.getBigUint64(tfdt.start + 4));
  const count = view.getUint32(trun.start + 4);
  return Array.from({ length: count }, (_, index) => {
    const at = trun.start + 12 + index * 16;
    const shown = ticks + view.getInt32(at + 12);
    ticks += view.getUint32(at);
    return shown;
  });
}

/**
 * When each picture of a piece of a recording is shown, seconds since 1970, in order. The browser tells only what it is
 * showing; to step to the next or the previous picture one has to know where that is.
 */
export function pictureTimes(piece: ArrayBuffer): number[] {
  const view = new DataView(piece);
  const times: number[] = [];
  let timescale = 0;
  for (const box of boxesIn(view, 0, view.byteLength)) {
    if (box.type === 'moov') timescale = timescaleOf(view, box);
    else if (box.type === 'moof' && timescale > 0) times.push(...ticksOf(view, box).map((ticks) => ticks / timescale));
  }
  return times.sort((a, b) => a - b);
}
