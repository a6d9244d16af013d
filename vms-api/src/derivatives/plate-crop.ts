import sharp from 'sharp';
import type { EvidenceRow, FullAlertRow } from '../alerts/alert-rows.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { type MaskInference, TEXT_MODEL } from '../masking/mask-models.js';
import { areaOf, decodePicture, type PixelBox } from '../masking/picture.js';
import { findText } from '../masking/text-boxes.js';
import type { MadeFile } from './derivative-rows.js';
import { readOriginal } from './masked-copies.js';
import { subjectsAt } from './subjects.js';

/** Breadth of the vehicle as the network sees it. */
const SEEN_WIDTH_PX = 512;
/** Plates hang in the lower part of a vehicle. */
const TOP = 0.3;
/** Rows of one plate lie this near to each other, as a share of the vehicle's height. */
const ROWS_APART = 0.08;
const MARGIN = 0.15;
/** Narrower than this, breadth by height, and broader, nothing is a plate. */
const ASPECT = { least: 0.8, most: 7 };

const joined = (a: PixelBox, b: PixelBox): PixelBox => [
  Math.min(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
];

/** Texts that stand above one another, together: a plate of two rows is one plate. */
export function plateBoxes(texts: readonly PixelBox[], vehicleHeightPx: number): PixelBox[] {
  const boxes: PixelBox[] = [];
  for (const text of [...texts].sort((a, b) => a[1] - b[1])) {
    const above = boxes.findIndex(
      (box) =>
        text[1] - box[3] < vehicleHeightPx * ROWS_APART &&
        Math.min(text[2], box[2]) - Math.max(text[0], box[0]) > 0.5 * (text[2] - text[0]),
    );
    if (above < 0) boxes.push(text);
    else boxes[above] = joined(boxes[above] as PixelBox, text);
  }
  return boxes.filter(([x1, y1, x2, y2]) => (x2 - x1) / (y2 - y1) >= ASPECT.least && (x2 - x1) / (y2 - y1) <= ASPECT.most);
}

/** Where the subject is seen largest. */
function largest(alert: FullAlertRow): { still: EvidenceRow; box: PixelBox } | null {
  const seen = alert.evidence.flatMap((still) =>
    subjectsAt(alert, still.moment, { widthPx: still.width_px, heightPx: still.height_px }).map(({ box }) => ({ still, box })),
  );
  return seen.sort((a, b) => areaOf(b.box) - areaOf(a.box))[0] ?? null;
}

/**
 * The subject's plate, cut from the original in which the vehicle is largest. Of several texts the largest in the lower part is
 * taken. Null when no plate was read, none is found there, or nothing that finds text is served.
 */
export async function makePlateCrop(
  { files, inference }: { files: EvidenceFiles; inference: MaskInference },
  alert: FullAlertRow,
): Promise<MadeFile | null> {
  const read = alert.message.findings.find(({ plate }) => plate?.text)?.plate;
  const view = read ? largest(alert) : null;
  if (!view || inference.tensorModel(TEXT_MODEL) === undefined) return null;
  const { still, box } = view;
  const original = await readOriginal(files, alert.id, still);
  const picture = await decodePicture(original);
  const [x1, y1, x2, y2] = box;
  const texts = await findText(inference, picture, [x1, y1 + (y2 - y1) * TOP, x2, y2], SEEN_WIDTH_PX);
  const [plate] = plateBoxes(texts, y2 - y1).sort((a, b) => areaOf(b) - areaOf(a));
  if (!plate) return null;
  const [marginX, marginY] = [(plate[2] - plate[0]) * MARGIN, (plate[3] - plate[1]) * MARGIN];
  const left = Math.max(0, Math.floor(plate[0] - marginX));
  const top = Math.max(0, Math.floor(plate[1] - marginY));
  const width = Math.min(picture.widthPx, Math.ceil(plate[2] + marginX)) - left;
  const height = Math.min(picture.heightPx, Math.ceil(plate[3] + marginY)) - top;
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 as const };
  const bytes = await sharp(picture.data, { raw })
    .extract({ left, top, width, height })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const { file, sha256 } = still;
  const models = [{ modelId: TEXT_MODEL, sha256: inference.tensorModel(TEXT_MODEL)?.sha256 }];
  const facts = { models, boxPx: [left, top, left + width, top + height], read: read?.text ?? null };
  return {
    kind: 'plate',
    source: { file, sha256 },
    name: `${still.moment}-plate`,
    extension: 'jpg',
    bytes,
    widthPx: width,
    heightPx: height,
    facts,
  };
}
