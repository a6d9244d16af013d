import { CLASS_GROUPS, type Detection } from '@safecity/contracts';
import { bodyPixels, type PixelBox } from './body-pixels.js';
import { type DetectedPicture, lightOf } from './light.js';
import { nameColour } from './name-colour.js';

const ROAD_VEHICLES: ReadonlySet<string> = new Set(CLASS_GROUPS['road-vehicle']);
const TWO_WHEELERS: ReadonlySet<string> = new Set(CLASS_GROUPS['two-wheeler']);

/** Time between two looks at a camera's vehicles, capture time: looks closer together see the same. */
const STEP_MS = 400;
/** Vehicles that are looked at per second of a camera, about: where there are more, each is looked at less often. */
const LOOKS_PER_S = 25;
/** Boxes of a lower score say nothing, and hide nothing (exclusive). */
const LEAST_SCORE = 0.25;
/** A box this near to the picture's edge, as a share of its side, may be cut off by it. */
const EDGE = 0.01;
/** Smaller vehicles are a few pixels of mixed colours: the shorter side; of a two-wheeler the longer one. */
const LEAST_SIDE_PX = 12;
const LEAST_TWO_WHEELER_PX = 34;

/** What the looks of one camera were, for measurements. */
export interface ColourFigures {
  looks: number;
  named: number;
  /** Time of the thread that looks, sum. */
  tookMs: number;
}

function isWorthALook([x1, y1, x2, y2]: PixelBox, { className, pictureWidthPx, pictureHeightPx }: { className: string } & DetectedPicture) {
  const [edgeX, edgeY] = [EDGE * pictureWidthPx, EDGE * pictureHeightPx];
  if (x1 < edgeX || y1 < edgeY || x2 > pictureWidthPx - edgeX || y2 > pictureHeightPx - edgeY) return false;
  const sides = [x2 - x1, y2 - y1];
  return TWO_WHEELERS.has(className) ? Math.max(...sides) >= LEAST_TWO_WHEELER_PX : Math.min(...sides) >= LEAST_SIDE_PX;
}

/** Tells the colours of the vehicles of one camera, from the pictures that were decoded for detection, every 400 ms or less often. */
export class ColourLooks {
  readonly figures: ColourFigures = { looks: 0, named: 0, tookMs: 0 };
  #lastMs = Number.NEGATIVE_INFINITY;
  #pauseMs = STEP_MS;

  /** The detections of a picture, with colours where they could be told. Keeps nothing of the picture. */
  take(detections: Detection[], picture: DetectedPicture, capturedAtMs: number): Detection[] {
    const isEarly = capturedAtMs >= this.#lastMs && capturedAtMs - this.#lastMs < this.#pauseMs;
    if (isEarly || !detections.some((one) => ROAD_VEHICLES.has(one.class))) return detections;
    this.#lastMs = capturedAtMs;
    const startMs = performance.now();
    const looksBefore = this.figures.looks;
    const coloured = this.#look(detections, picture);
    this.#pauseMs = Math.max(STEP_MS, (1000 * (this.figures.looks - looksBefore)) / LOOKS_PER_S);
    this.figures.tookMs += performance.now() - startMs;
    return coloured;
  }

  #look(detections: Detection[], picture: DetectedPicture): Detection[] {
    const light = lightOf(picture);
    if (!light) return detections;
    const { pictureWidthPx: w, pictureHeightPx: h } = picture;
    const seen = detections.map((one) => {
      const box: PixelBox = [one.box[0] * w, one.box[1] * h, one.box[2] * w, one.box[3] * h];
      return { detection: one, box, isPerson: one.class === 'person' };
    });
    const sure = seen.filter(({ detection }) => detection.score >= LEAST_SCORE);
    return seen.map(({ detection, box }) => {
      const { class: className, score } = detection;
      if (score < LEAST_SCORE || !ROAD_VEHICLES.has(className) || !isWorthALook(box, { className, ...picture })) return detection;
      const isTwoWheeler = TWO_WHEELERS.has(className);
      const others = sure.filter((other) => other.detection !== detection);
      const colour = nameColour(bodyPixels(picture, { box, isTwoWheeler, others }), light, isTwoWheeler);
      this.figures.looks++;
      if (colour === null) return detection;
      this.figures.named++;
      return { ...detection, colour };
    });
  }
}
