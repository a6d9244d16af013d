import { CLASS_GROUPS, type OverlayTrack } from '@safecity/contracts';
import { cutRegion, decodeFile, type MaskPolygons, type PlateNetworks, plateRegion, readVehicle } from '@safecity/ingest';
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
  class: OverlayTrack['class'];
  ptsMs: number;
  box: OverlayTrack['box'];
  area: number;
}

const MOST_LOOKS = 4;
const LEAST_STEP_MS = 250;
/** A box this near to the picture's edge (share of the side) may be cut off by it. */
const EDGE = 0.01;
const CUT_OFF_WEIGHT = 0.3;

const ROAD_VEHICLES: readonly string[] = CLASS_GROUPS['road-vehicle'];

/** The largest views of each vehicle, apart in time; views cut off by the edge of the picture last. */
function bestLooks({ moments, wants }: PlatesOfTracksOptions): Look[] {
  const byTrack = new Map<string, Look[]>();
  for (const { ptsMs, tracks } of moments) {
    for (const { id, class: className, box } of tracks.tracks) {
      if (!ROAD_VEHICLES.includes(className) || !wants(id)) continue;
      const isCutOff = box[0] < EDGE || box[1] < EDGE || box[2] > 1 - EDGE || box[3] > 1 - EDGE;
      const area = (box[2] - box[0]) * (box[3] - box[1]) * (isCutOff ? CUT_OFF_WEIGHT : 1);
      byTrack.set(id, [...(byTrack.get(id) ?? []), { trackId: id, class: className, ptsMs, box, area }]);
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

async function platesIn(frame: Uint8Array, look: Look, { widthPx, heightPx, networks, country }: PlatesOfTracksOptions): Promise<Plate[]> {
  const whole = { left: 0, top: 0, right: widthPx, bottom: heightPx };
  const region = cutRegion(frame, whole, plateRegion(look.box, { widthPx, heightPx }));
  return choosePlates(await readVehicle(region, look.class, networks), { country }).slice(0, 1);
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
      found.plates.push(...(await platesIn(frame, look, options)));
      found.looks++;
      read.set(look.trackId, found);
      options.onProgress?.(next / looks.length);
    }
    if (next >= looks.length) break;
  }
  return [...read].map(([trackId, one]) => ({ trackId, plate: votePlate(one.plates), looks: one.looks }));
}
