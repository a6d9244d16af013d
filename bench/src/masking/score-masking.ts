import { wilsonInterval } from '../plates/plate-metrics.js';
import { median } from '../statistics.js';

/** A box `[x1, y1, x2, y2]` in pixels of a still, x2 and y2 exclusive. */
export type StillBox = readonly [number, number, number, number];

export const MASK_KINDS = ['face', 'head', 'plate'] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

/** Something in a still that would tell who somebody is, labelled by eye. */
export interface MaskLabel {
  kind: MaskKind;
  box: StillBox;
}

/** A still, what is labelled in it, and what masking hid. */
export interface MaskedStill {
  widthPx: number;
  heightPx: number;
  /** The part that was labelled; absent: all of it. What is hidden outside it does not count. */
  area?: StillBox;
  /** Of everybody else: to be hidden. */
  others: readonly MaskLabel[];
  /** Of whom the evidence is about: to be left. */
  subject: readonly MaskLabel[];
  regions: readonly { kind: string; box: StillBox }[];
}

/** Labels of one kind; shares are 0..1. */
export interface MaskFigures {
  labels: number;
  hidden: number;
  /** `hidden / labels`; null without labels. */
  share: number | null;
  /** Wilson interval of the share at 95 %. Labels of one still are not independent, so it is too narrow. */
  interval: [number, number];
}

export interface StillScore {
  /** Labels of others that are not hidden, with the share of the box that is covered nevertheless. */
  missed: (MaskLabel & { covered: number })[];
  /** Labels of the subject that were hidden too. */
  subjectHidden: MaskLabel[];
  /** Share of the labelled part that is hidden. */
  hiddenShare: number;
  /** Share of the labelled part that is hidden by regions that meet no label of the others. */
  unlabelledShare: number;
}

/** A label counts as hidden from this covered share of its box on (inclusive), if its centre is covered too. */
const LEAST_COVERED = 0.7;

/**
 * Regions that make a face or a head unrecognisable: up to 4 x 4 blocks. The place of a plate is hidden by 8 x 8 blocks on a whole
 * vehicle, which is enough for characters only.
 */
const hides = (kind: MaskKind, region: string): boolean => kind === 'plate' || region !== 'plate-place';

function markCovered(mask: Uint8Array, widthPx: number, heightPx: number, [x1, y1, x2, y2]: StillBox): void {
  const [left, right] = [Math.max(0, Math.floor(x1)), Math.min(widthPx, Math.ceil(x2))];
  const bottom = Math.min(heightPx, Math.ceil(y2));
  for (let y = Math.max(0, Math.floor(y1)); y < bottom; y++) if (right > left) mask.fill(1, y * widthPx + left, y * widthPx + right);
}

function coveredBy({ widthPx, heightPx }: MaskedStill, regions: MaskedStill['regions']): Uint8Array {
  const mask = new Uint8Array(widthPx * heightPx);
  for (const { box } of regions) markCovered(mask, widthPx, heightPx, box);
  return mask;
}

function shareIn(mask: Uint8Array, widthPx: number, [x1, y1, x2, y2]: StillBox): number {
  let covered = 0;
  for (let y = y1; y < y2; y++) for (let x = x1; x < x2; x++) covered += mask[y * widthPx + x] as number;
  return covered / ((x2 - x1) * (y2 - y1));
}

const meet = (a: StillBox, b: StillBox): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/**
 * Scores one masked still. A label is hidden when its centre and at least 70 % of its box lie in regions that hide its kind,
 * together. Box coordinates of labels are whole pixels within the still.
 */
export function scoreMaskedStill(still: MaskedStill): StillScore {
  const masks = new Map(
    MASK_KINDS.map((kind) => [
      kind,
      coveredBy(
        still,
        still.regions.filter((region) => hides(kind, region.kind)),
      ),
    ]),
  );
  const coverOf = ({ kind, box }: MaskLabel) => shareIn(masks.get(kind) as Uint8Array, still.widthPx, box);
  const isHidden = (label: MaskLabel): boolean => {
    const { kind, box } = label;
    const [x, y] = [Math.floor((box[0] + box[2]) / 2), Math.floor((box[1] + box[3]) / 2)];
    return (masks.get(kind) as Uint8Array)[y * still.widthPx + x] === 1 && coverOf(label) >= LEAST_COVERED;
  };
  const area = still.area ?? [0, 0, still.widthPx, still.heightPx];
  const unlabelled = still.regions.filter(({ box }) => !still.others.some((label) => meet(label.box, box)));
  return {
    missed: still.others.filter((label) => !isHidden(label)).map((label) => ({ ...label, covered: coverOf(label) })),
    subjectHidden: still.subject.filter(isHidden),
    hiddenShare: shareIn(coveredBy(still, still.regions), still.widthPx, area),
    unlabelledShare: shareIn(coveredBy(still, unlabelled), still.widthPx, area),
  };
}

function figuresOf(labels: number, hidden: number): MaskFigures {
  return { labels, hidden, share: labels === 0 ? null : hidden / labels, interval: wilsonInterval(hidden, labels) };
}

/** Figures over stills: what of others was hidden, by kind; what of subjects was hidden though it need not; hidden area. */
export function maskingFigures(stills: readonly { still: MaskedStill; score: StillScore }[]) {
  const count = (labels: readonly MaskLabel[], kind: MaskKind) => labels.filter((label) => label.kind === kind).length;
  const sum = (of: (one: { still: MaskedStill; score: StillScore }) => number) => stills.reduce((total, one) => total + of(one), 0);
  const kinds = MASK_KINDS.map((kind) => {
    const labels = sum(({ still }) => count(still.others, kind));
    return [kind, figuresOf(labels, labels - sum(({ score }) => count(score.missed, kind)))] as const;
  });
  const shares = (of: (score: StillScore) => number) => {
    const values = stills.map(({ score }) => of(score));
    return { median: median(values), most: Math.max(...values) };
  };
  return {
    stills: stills.length,
    others: Object.fromEntries(kinds) as Record<MaskKind, MaskFigures>,
    subject: figuresOf(
      sum(({ still }) => still.subject.length),
      sum(({ score }) => score.subjectHidden.length),
    ),
    hiddenShare: shares(({ hiddenShare }) => hiddenShare),
    unlabelledShare: shares(({ unlabelledShare }) => unlabelledShare),
  };
}
