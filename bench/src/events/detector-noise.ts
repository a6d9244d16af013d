import { type Box, type Detection, type DetectionsFrame, OBJECT_CLASSES, type ObjectClass } from '@safecity/contracts';
import type { DetectorNoise, HeightNoise } from '@safecity/fixtures';
import { boxIou, createTracker, trackClass } from '@safecity/rules';

/** One look for a tracked object in one frame; `detection` is null when the detector missed it. */
interface Look {
  box: Box;
  detection: Detection | null;
  /** Greatest share of its box that lies under the box of a nearer object. */
  covered: number;
}

/** An object as the tracker followed it, from its first to its last detection. */
interface Followed {
  looks: Look[];
  class: ObjectClass;
}

/** Upper ends of the bins of box heights, shares of the picture height. */
const HEIGHT_BINS = [0.06, 0.12, 0.24, Number.POSITIVE_INFINITY];
/** Upper ends of the bins of covered shares. */
const COVER_BINS = [0.1, 0.4, 0.7, 1];
/** Looks on both sides from which the smoothed place of a box is taken. */
const SMOOTH = 2;

function coveredShare(box: Box, others: readonly Box[]): number {
  const area = (box[2] - box[0]) * (box[3] - box[1]);
  let most = 0;
  for (const other of others) {
    if (other === box || other[3] <= box[3]) continue;
    const width = Math.min(box[2], other[2]) - Math.max(box[0], other[0]);
    const height = Math.min(box[3], other[3]) - Math.max(box[1], other[1]);
    if (width > 0 && height > 0) most = Math.max(most, (width * height) / area);
  }
  return most;
}

/** Follows the objects of a trace, and gives the detections that no object claims: false boxes, or objects seen too rarely. */
function follow(frames: readonly DetectionsFrame[], minScore: number): { objects: Followed[]; unclaimed: Detection[] } {
  const tracker = createTracker({ highScore: minScore, newTrackScore: minScore });
  const state = tracker.start();
  const objects = new Map<string, Followed>();
  const claims = new Map<Detection, string>();
  for (const { capturedAtMs, detections } of frames) {
    tracker.step(state, capturedAtMs, detections);
    const free = new Set(detections);
    const seen = state.tracks.filter(({ lastMs }) => lastMs === capturedAtMs).map(({ box }) => box);
    for (const track of state.tracks) {
      const object: Followed = objects.get(track.id) ?? { looks: [], class: trackClass(track) };
      objects.set(track.id, object);
      if (track.phase !== 'tentative') object.class = trackClass(track);
      const best = track.lastMs === capturedAtMs ? nearest(track.box, free) : null;
      if (best) {
        free.delete(best);
        claims.set(best, track.id);
      }
      object.looks.push({ box: [...track.box], detection: best, covered: coveredShare(track.box, seen) });
    }
  }
  const lasting = [...objects].filter(([, { looks }]) => looks.filter(({ detection }) => detection).length >= 5);
  const ids = new Set(lasting.map(([id]) => id));
  const unclaimed = frames.flatMap(({ detections }) => detections.filter((one) => !ids.has(claims.get(one) ?? '')));
  return { objects: lasting.map(([, object]) => ({ ...object, looks: withoutEnds(object.looks) })), unclaimed };
}

function nearest(box: Box, detections: ReadonlySet<Detection>): Detection | null {
  let best: Detection | null = null;
  let most = 0.3;
  for (const detection of detections) {
    const iou = boxIou(box, detection.box);
    if (iou > most) [best, most] = [detection, iou];
  }
  return best;
}

/** Misses after the last detection say nothing: the object may have left. */
function withoutEnds(looks: Look[]): Look[] {
  return looks.slice(0, looks.findLastIndex(({ detection }) => detection !== null) + 1);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** How far the parts of a detected box lie from a line through its neighbours, in shares of the box height. */
function tremblings({ looks }: Followed): { heightIndex: number; centre: number[]; size: number[] }[] {
  return looks.flatMap((look, index) => {
    const around = looks.slice(Math.max(0, index - SMOOTH), index + SMOOTH + 1);
    if (!look.detection || around.length < 2 * SMOOTH + 1 || around.some(({ detection }) => !detection)) return [];
    const boxes = around.map(({ detection }) => (detection as Detection).box);
    const smooth = [0, 1, 2, 3].map((side) => mean(boxes.map((box) => box[side] as number))) as Box;
    const height = smooth[3] - smooth[1];
    // A mean of five holds a fifth of the error itself.
    const off = look.detection.box.map((value, side) => ((value - (smooth[side] as number)) / height) * Math.sqrt(5 / 4));
    const [left = 0, top = 0, right = 0, bottom = 0] = off;
    return [
      { heightIndex: binOf(HEIGHT_BINS, height), centre: [(left + right) / 2, (top + bottom) / 2], size: [right - left, bottom - top] },
    ];
  });
}

const binOf = (bins: readonly number[], value: number) => bins.findIndex((end) => value <= end);
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** How often a miss follows a detection, and how often a miss follows a miss. */
function missChances(looks: readonly [Look, Look][]): { afterHit: number; afterMiss: number } {
  const share = (afterMiss: boolean) => {
    const pairs = looks.filter(([before]) => (before.detection === null) === afterMiss);
    return rounded(pairs.filter(([, after]) => after.detection === null).length / Math.max(1, pairs.length));
  };
  return { afterHit: share(false), afterMiss: share(true) };
}

function heightNoise(objects: readonly Followed[], index: number): HeightNoise {
  const pairs = objects.flatMap(({ looks }) =>
    looks
      .slice(1)
      .map((look, at): [Look, Look] => [looks[at] as Look, look])
      .filter(([, { box, covered }]) => binOf(HEIGHT_BINS, box[3] - box[1]) === index && covered <= (COVER_BINS[0] as number)),
  );
  const trembling = objects.flatMap(tremblings).filter(({ heightIndex }) => heightIndex === index);
  const scores = pairs.flatMap(([, { detection }]) => (detection ? [detection.score] : []));
  return {
    upTo: Number.isFinite(HEIGHT_BINS[index]) ? (HEIGHT_BINS[index] as number) : 10,
    looks: pairs.length,
    miss: missChances(pairs),
    centreSpread: rounded(spread(trembling.flatMap(({ centre }) => centre))),
    sizeSpread: rounded(spread(trembling.flatMap(({ size }) => size))),
    score: { mean: rounded(mean(scores)), spread: rounded(spread(scores)) },
  };
}

function classNoise(objects: readonly Followed[]): DetectorNoise['classes'] {
  const classes: DetectorNoise['classes'] = {};
  for (const name of OBJECT_CLASSES) {
    const said = objects
      .filter((object) => object.class === name)
      .flatMap(({ looks }) => looks.flatMap(({ detection }) => detection?.class ?? []));
    if (said.length < 20) continue;
    const shares = OBJECT_CLASSES.map((as) => [as, rounded(said.filter((one) => one === as).length / said.length)] as const);
    classes[name] = Object.fromEntries(shares.filter(([, share]) => share > 0));
  }
  return classes;
}

function coverNoise(objects: readonly Followed[]): DetectorNoise['covered'] {
  const looks = objects.flatMap((object) => object.looks);
  return COVER_BINS.map((upTo, index) => {
    const own = looks.filter(({ covered }) => binOf(COVER_BINS, covered) === index);
    return { upTo, looks: own.length, miss: rounded(own.filter(({ detection }) => detection === null).length / Math.max(1, own.length)) };
  });
}

/**
 * What a detector does to objects, measured on traces of real recordings: how it misses, trembles and mistakes them.
 *
 * There is no truth for the recordings: an object is what the tracker followed over five detections or more, and a miss is
 * a frame between its first and last detection that does not show it. Objects that are never found are not in it.
 * @param traces each recorded from a moment without a break; scores from 0.15 on
 */
export function measureDetectorNoise(
  traces: readonly (readonly DetectionsFrame[])[],
  minScore: number,
): Omit<DetectorNoise, 'standingFalse' | 'riderAlone'> {
  const followed = traces.map((frames) => follow(frames, minScore));
  const objects = followed.flatMap((one) => one.objects);
  const unclaimed = followed.flatMap((one) => one.unclaimed).filter(({ score }) => score >= minScore);
  const frames = traces.reduce((sum, trace) => sum + trace.length, 0);
  return {
    frames,
    objects: objects.length,
    minScore,
    heights: HEIGHT_BINS.map((_end, index) => heightNoise(objects, index)),
    covered: coverNoise(objects),
    classes: classNoise(objects),
    fleetingFalse: {
      perFrame: rounded(unclaimed.length / frames),
      height: {
        mean: rounded(mean(unclaimed.map(({ box }) => box[3] - box[1]))),
        spread: rounded(spread(unclaimed.map(({ box }) => box[3] - box[1]))),
      },
      classes: Object.fromEntries(
        OBJECT_CLASSES.map(
          (name) => [name, rounded(unclaimed.filter((one) => one.class === name).length / unclaimed.length)] as const,
        ).filter(([, share]) => share > 0),
      ),
    },
  };
}
