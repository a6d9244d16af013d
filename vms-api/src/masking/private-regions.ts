import { CLASS_GROUPS, type ObjectClass } from '@safecity/contracts';
import type { ModelFacts } from '@safecity/platform';
import { failure } from '../server/failure.js';
import { FACE_MODEL, type Found, findInTiles, type MaskInference, TEXT_MODEL } from './mask-models.js';
import { areaOf, grown, holdsCentre, type PixelBox, type RgbPicture, sharedArea } from './picture.js';
import { findText } from './text-boxes.js';
import { fitScale } from './tiles.js';

/** What is hidden: a face, the head of a person, a text on a vehicle (its plate), or where a vehicle's plate hangs. */
export type PrivateKind = 'face' | 'head' | 'plate' | 'plate-place';

export interface PrivateRegion {
  kind: PrivateKind;
  box: PixelBox;
}

/** A region as it was found. */
export interface FoundRegion extends PrivateRegion {
  /** The person or vehicle that it is of, or the face itself: larger, so that it is known again in the next picture. */
  of: PixelBox;
}

/** Whom the evidence is about, in the picture. */
export interface Subject {
  class: ObjectClass | undefined;
  box: PixelBox;
}

/** What was found, and by which models. */
export interface PrivateRegions {
  regions: FoundRegion[];
  models: { modelId: string; sha256: string }[];
}

/** Lower than for alerts: a miss shows a face, a false one hides a piece of street. */
const LEAST_SCORE = { object: 0.25, face: 0.5 };
/**
 * From this score on (inclusive) the place of a plate is hidden: what a detector doubts may be half the street. Two-wheelers are
 * small, and every doubt counts.
 */
const sureScore = (className: string): number => (isTwoWheeler(className) ? LEAST_SCORE.object : 0.4);
/** Pictures up to this size are also looked at twice as large for faces. */
const SMALL_PICTURE_PX = 1_000_000;
/** The head of a person's box: from above its upper edge down, and a little beyond its sides, as shares of the box. */
const HEAD = { above: 0.04, down: 0.25, beside: 0.05 };
/**
 * Breadth of somebody who stands or walks and is seen whole, by height (Dollár et al., Pedestrian Detection, PAMI 2012).
 * A squatter box shows a part of somebody, cut by the picture's edge or by others, and the head is more of it.
 */
const WHOLE_PERSON_ASPECT = 0.41;
const FACE_MARGIN = 0.25;
/** Often one row of a plate is found, or a part of it: so much more is hidden on each side, of the text's longer side and at most of the vehicle's breadth. */
const PLATE_MARGIN = { ofText: 0.7, ofVehicle: 0.12 };
/** Narrower vehicles have no plate that can be read: its characters would be under about 4 pixels high. */
const LEAST_WIDTH_PX: Record<string, number> = { motorcycle: 26, car: 70, bus: 70, truck: 70, train: 70 };
/** Breadth of a vehicle as the network sees it, and at most so many times its own. */
const SEEN_WIDTH_PX: Record<string, number> = { motorcycle: 320 };
const DEFAULT_SEEN_WIDTH_PX = 512;
const MOST_ENLARGED = 3;
/** Plates hang in the lower part of a vehicle, from this share of its height on; of a two-wheeler's own box that is all of it. */
const PLATE_TOP = { vehicle: 0.3, twoWheeler: 0 };
/** Where a plate hangs that was not found, as shares of the vehicle's box. */
const PLACE = { left: 0.1, right: 0.9, bottom: 1, top: { vehicle: 0.45, twoWheeler: 0.1 } };

const isTwoWheeler = (name: string | undefined) => (CLASS_GROUPS['two-wheeler'] as readonly string[]).includes(name ?? '');
const isVehicle = (name: string | undefined) => (CLASS_GROUPS['road-vehicle'] as readonly string[]).includes(name ?? '');

function headOf([x1, y1, x2, y2]: PixelBox): PixelBox {
  const wholePx = Math.max(y2 - y1, (x2 - x1) / WHOLE_PERSON_ASPECT);
  return [x1 - (x2 - x1) * HEAD.beside, y1 - (y2 - y1) * HEAD.above, x2 + (x2 - x1) * HEAD.beside, Math.min(y2, y1 + wholePx * HEAD.down)];
}

/** The subject itself, or who rides it: helmets are proof. Who sits in a car is not. */
function isOwnPerson(person: PixelBox, subjects: readonly Subject[]): boolean {
  return subjects.some(({ class: name, box }) => {
    const shared = sharedArea(person, box);
    if (isTwoWheeler(name)) return shared >= 0.6 * areaOf(person);
    return name === 'person' && shared >= 0.5 * (areaOf(person) + areaOf(box) - shared);
  });
}

function isOwnFace(face: PixelBox, people: readonly Found[], subjects: readonly Subject[]): boolean {
  const bodies = people.filter(({ box }) => holdsCentre(box, face)).sort((a, b) => areaOf(a.box) - areaOf(b.box));
  if (bodies[0]) return isOwnPerson(bodies[0].box, subjects);
  return subjects.some(({ class: name, box }) => (name === 'person' || isTwoWheeler(name)) && holdsCentre(box, face));
}

const isOwnVehicle = (vehicle: PixelBox, subjects: readonly Subject[]): boolean =>
  subjects.some(({ class: name, box }) => {
    const shared = sharedArea(vehicle, box);
    // A motorcycle's own box ends at the saddle; the subject's holds the rider too.
    return (
      isVehicle(name) &&
      (shared >= 0.5 * (areaOf(vehicle) + areaOf(box) - shared) || (isTwoWheeler(name) && shared >= 0.7 * areaOf(vehicle)))
    );
  });

/** Of two vehicles that both hold a plate the smaller one bears it: the larger one is seen behind or around it. */
function isOwnPlate(plate: PixelBox, seenOn: PixelBox, subjects: readonly Subject[]): boolean {
  return subjects.some(({ class: name, box }) => isVehicle(name) && holdsCentre(box, plate) && areaOf(box) <= areaOf(seenOn));
}

function wholePlate([x1, y1, x2, y2]: PixelBox, vehicle: PixelBox): PixelBox {
  const most = (vehicle[2] - vehicle[0]) * PLATE_MARGIN.ofVehicle;
  const margin = Math.min(most, Math.max(x2 - x1, y2 - y1) * PLATE_MARGIN.ofText);
  return [x1 - margin, y1 - margin, x2 + margin, y2 + margin];
}

const topOf = (className: string, { vehicle, twoWheeler }: { vehicle: number; twoWheeler: number }) =>
  isTwoWheeler(className) ? twoWheeler : vehicle;

const placeOf = ({ className, box: [x1, y1, x2, y2] }: Found): PixelBox => [
  x1 + (x2 - x1) * PLACE.left,
  y1 + (y2 - y1) * topOf(className, PLACE.top),
  x1 + (x2 - x1) * PLACE.right,
  y1 + (y2 - y1) * PLACE.bottom,
];

/** Texts in the lower part of a vehicle; none when nothing that finds text is served. */
async function textsOn(inference: MaskInference, picture: RgbPicture, { className, box }: Found): Promise<PixelBox[]> {
  if (inference.tensorModel(TEXT_MODEL) === undefined) return [];
  const [x1, y1, x2, y2] = box;
  const part: PixelBox = [
    x1 - (x2 - x1) * 0.04,
    y1 + (y2 - y1) * topOf(className, PLATE_TOP),
    x2 + (x2 - x1) * 0.04,
    y2 + (y2 - y1) * 0.04,
  ];
  return findText(inference, picture, part, Math.min(SEEN_WIDTH_PX[className] ?? DEFAULT_SEEN_WIDTH_PX, (x2 - x1) * MOST_ENLARGED));
}

/** A text that is broader, as a share of its vehicle, is no plate: writing on its side, or what the camera prints into the picture. */
const BROADEST_PLATE = 0.75;

const shareOf = ([x1, , x2]: PixelBox, { box }: Found): number => (x2 - x1) / (box[2] - box[0]);

/** As large as a plate on that vehicle: a badge or a part of a row alone does not say that the plate was found. */
const isPlateLike = (text: PixelBox, vehicle: Found): boolean =>
  holdsCentre(vehicle.box, text) && shareOf(text, vehicle) >= (isTwoWheeler(vehicle.className) ? 0.15 : 0.08);

/** Every text on the vehicles of others that may be a plate is hidden; where none looks like one, its place, on what is surely a vehicle. */
async function platesOf(
  inference: MaskInference,
  picture: RgbPicture,
  vehicles: readonly Found[],
  subjects: readonly Subject[],
): Promise<FoundRegion[]> {
  const regions: FoundRegion[] = [];
  for (const vehicle of vehicles) {
    const texts = (await textsOn(inference, picture, vehicle)).filter((text) => shareOf(text, vehicle) <= BROADEST_PLATE);
    if (vehicle.score >= sureScore(vehicle.className) && !texts.some((text) => isPlateLike(text, vehicle)))
      regions.push({ kind: 'plate-place', box: placeOf(vehicle), of: vehicle.box });
    for (const text of texts)
      if (!isOwnPlate(text, vehicle.box, subjects)) regions.push({ kind: 'plate', box: wholePlate(text, vehicle.box), of: vehicle.box });
  }
  return regions;
}

function detectorOf(inference: MaskInference, detectorIds: readonly string[]): ModelFacts {
  for (const id of detectorIds) {
    const facts = inference.model(id);
    if (facts) return facts;
  }
  throw failure(
    'API_MASK_UNAVAILABLE',
    503,
    `no inference node serves ${detectorIds.join(' or ')}: faces and plates cannot be found, so no masked copy can be made`,
  );
}

/** For faces: the whole, pixel for pixel, and small pictures enlarged. For people and vehicles: the whole and twice that. */
function scalesOf(picture: RgbPicture, input: ModelFacts, kind: 'face' | 'object'): number[] {
  const fit = fitScale(picture, input);
  if (kind === 'object') return [fit, Math.min(1, fit * 2)];
  return picture.widthPx * picture.heightPx <= SMALL_PICTURE_PX ? [Math.min(1, fit), 1, 2] : [fit, 1];
}

const within = ({ box, ...region }: FoundRegion, { widthPx, heightPx }: RgbPicture): FoundRegion => ({
  ...region,
  box: [Math.max(0, box[0]), Math.max(0, box[1]), Math.min(widthPx, box[2]), Math.min(heightPx, box[3])],
});

/**
 * Finds faces, heads and plates of everybody but the subject. Heads come from the detector's people, so that those whose
 * face is too small for the face model, turned away or hidden are covered too, and all of them when no face model is served.
 * Without a model for text, where plates hang is hidden instead.
 * @param detectorIds detectors that may be asked, the first that is served is
 * @throws SafecityError `API_MASK_UNAVAILABLE` when no detector is served
 */
export async function findPrivate(
  inference: MaskInference,
  picture: RgbPicture,
  { subjects, detectorIds }: { subjects: readonly Subject[]; detectorIds: readonly string[] },
): Promise<PrivateRegions> {
  const detector = detectorOf(inference, detectorIds);
  const objects = await findInTiles(inference, detector, picture, {
    scales: scalesOf(picture, detector, 'object'),
    minScore: LEAST_SCORE.object,
  });
  const people = objects.filter(({ className }) => className === 'person');
  const faceModel = inference.model(FACE_MODEL);
  const faces = faceModel
    ? await findInTiles(inference, faceModel, picture, { scales: scalesOf(picture, faceModel, 'face'), minScore: LEAST_SCORE.face })
    : [];
  const others = objects.filter(
    ({ className, box }) => box[2] - box[0] >= (LEAST_WIDTH_PX[className] ?? Number.POSITIVE_INFINITY) && !isOwnVehicle(box, subjects),
  );
  const regions: FoundRegion[] = [
    ...people.filter(({ box }) => !isOwnPerson(box, subjects)).map(({ box }) => ({ kind: 'head' as const, box: headOf(box), of: box })),
    ...faces
      .filter(({ box }) => !isOwnFace(box, people, subjects))
      .map(({ box }) => ({ kind: 'face' as const, box: grown(box, FACE_MARGIN), of: box })),
    ...(await platesOf(inference, picture, others, subjects)),
  ];
  const text = inference.tensorModel(TEXT_MODEL);
  const used = [detector, ...(faceModel ? [faceModel] : []), ...(text ? [text] : [])];
  return {
    regions: regions.map((region) => within(region, picture)).filter(({ box }) => box[2] - box[0] >= 1 && box[3] - box[1] >= 1),
    models: used.map(({ modelId, sha256 }) => ({ modelId, sha256 })),
  };
}
