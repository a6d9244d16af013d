import { CLASS_GROUPS, type OverlayTrack } from '@safecity/contracts';
import { decodeFile, type MaskPolygons, type Picture, type PlateNetworks, readPlates } from '@safecity/ingest';
import { choosePlates, type Plate, type VotedPlate, votePlate } from '@safecity/rules';
import type { AnnotatedMoment } from './annotate/annotate.js';

export interface PlatesOfTracksOptions {
  video: string;
  widthPx: number;
  heightPx: number;
  targetFps: number;
  moments: readonly AnnotatedMoment[];
  /** Whether the plate of a track is wanted. */
  wants(trackId: string): boolean;
  networks: PlateNetworks;
  country: string;
  masks?: MaskPolygons;
  onProgress?(share: number): void;
}

/** The plate of one vehicle, and the moments that were looked at. */
export interface PlateOfTrack {
  trackId: string;
  plate: VotedPlate | undefined;
  looks: number;
}

interface Look {
  trackId: string;
  ptsMs: number;
  box: OverlayTrack['box'];
  area: number;
}

const MOST_LOOKS = 4;
const LEAST_STEP_MS = 250;
/** A box this near to the picture's edge (share of the side) may be cut off by it. */
const EDGE = 0.01;
const CUT_OFF_WEIGHT = 0.3;
const MARGIN = 0.04;
/** The detector sees crops enlarged to this, so that small plates are found, and larger ones made smaller to that. */
const LEAST_SIDE_PX = 320;
const MOST_SIDE_PX = 640;

const ROAD_VEHICLES: readonly string[] = CLASS_GROUPS['road-vehicle'];

/** The largest views of each vehicle, apart in time; views cut off by the edge of the picture last. */
function bestLooks({ moments, wants }: PlatesOfTracksOptions): Look[] {
  const byTrack = new Map<string, Look[]>();
  for (const { ptsMs, tracks } of moments) {
    for (const { id, class: className, box } of tracks.tracks) {
      if (!ROAD_VEHICLES.includes(className) || !wants(id)) continue;
      const isCutOff = box[0] < EDGE || box[1] < EDGE || box[2] > 1 - EDGE || box[3] > 1 - EDGE;
      const area = (box[2] - box[0]) * (box[3] - box[1]) * (isCutOff ? CUT_OFF_WEIGHT : 1);
      byTrack.set(id, [...(byTrack.get(id) ?? []), { trackId: id, ptsMs, box, area }]);
    }
  }
  return [...byTrack.values()].flatMap((looks) => {
    const chosen: Look[] = [];
    for (const look of looks.sort((a, b) => b.area - a.area)) {
      if (chosen.length === MOST_LOOKS) break;
      if (chosen.every((other) => Math.abs(other.ptsMs - look.ptsMs) >= LEAST_STEP_MS)) chosen.push(look);
    }
    return chosen;
  });
}

function cropOf(frame: Uint8Array, { widthPx, heightPx }: PlatesOfTracksOptions, [x1, y1, x2, y2]: OverlayTrack['box']): Picture {
  const marginX = (x2 - x1) * MARGIN;
  const marginY = (y2 - y1) * MARGIN;
  const inside = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)));
  const left = inside((x1 - marginX) * widthPx, widthPx - 1);
  const top = inside((y1 - marginY) * heightPx, heightPx - 1);
  const right = Math.max(left + 1, inside((x2 + marginX) * widthPx, widthPx));
  const bottom = Math.max(top + 1, inside((y2 + marginY) * heightPx, heightPx));
  const width = right - left;
  const data = new Uint8Array(width * (bottom - top) * 3);
  for (let row = top; row < bottom; row++) {
    const from = (row * widthPx + left) * 3;
    data.set(frame.subarray(from, from + width * 3), (row - top) * width * 3);
  }
  return { data, widthPx: width, heightPx: bottom - top };
}

async function plateIn(crop: Picture, { networks, country }: PlatesOfTracksOptions): Promise<Plate[]> {
  const longSidePx = Math.max(LEAST_SIDE_PX, Math.min(MOST_SIDE_PX, Math.max(crop.widthPx, crop.heightPx)));
  return choosePlates(await readPlates(crop, networks, { crop: false, longSidePx }), { country }).slice(0, 1);
}

/** Reads the plates of vehicles at their best moments, from the file's own pictures, and votes over each vehicle. */
export async function platesOfTracks(options: PlatesOfTracksOptions): Promise<PlateOfTrack[]> {
  const { video, widthPx, heightPx, targetFps, masks } = options;
  const looks = bestLooks(options).sort((a, b) => a.ptsMs - b.ptsMs);
  const read = new Map<string, { plates: Plate[]; looks: number }>();
  let next = 0;
  if (looks.length === 0) return [];
  for await (const { ptsMs, frame } of decodeFile({ path: video, widthPx, heightPx, targetFps, ...(masks ? { masks } : {}) })) {
    for (let look = looks[next]; look && look.ptsMs <= ptsMs; look = looks[++next]) {
      const found = read.get(look.trackId) ?? { plates: [], looks: 0 };
      found.plates.push(...(await plateIn(cropOf(frame, options, look.box), options)));
      found.looks++;
      read.set(look.trackId, found);
      options.onProgress?.(next / looks.length);
    }
    if (next >= looks.length) break;
  }
  return [...read].map(([trackId, one]) => ({ trackId, plate: votePlate(one.plates), looks: one.looks }));
}
