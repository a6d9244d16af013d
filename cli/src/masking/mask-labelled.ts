import { performance } from 'node:perf_hooks';
import { type MaskedStill, type StillScore, scoreMaskedStill } from '@safecity/bench';
import { SafecityError } from '@safecity/contracts';
import { decodePicture, findPrivate, type MaskInference, type PrivateRegion, type RgbPicture } from '@safecity/vms-api';
import { labelsOf, type StillLabels } from './labels-file.js';

/** A labelled still after masking. */
export interface LabelledResult {
  labels: StillLabels;
  picture: RgbPicture;
  regions: PrivateRegion[];
  still: MaskedStill;
  score: StillScore;
  models: string[];
  /** Decoding and finding. */
  tookMs: number;
}

/**
 * Masks a still as the API does for evidence about its subject, or about nobody, and scores it.
 * @param bytes JPEG or PNG
 * @param detectorIds the first that is served is asked
 * @throws SafecityError `CLI_USAGE` when a label lies outside the still
 */
export async function maskLabelled(
  inference: MaskInference,
  labels: StillLabels,
  bytes: Uint8Array,
  detectorIds: readonly string[],
): Promise<LabelledResult> {
  const startMs = performance.now();
  const picture = await decodePicture(bytes);
  const { subject, area } = labels;
  const subjects = subject ? [{ class: subject.class, box: subject.box }] : [];
  const { regions, models } = await findPrivate(inference, picture, { subjects, detectorIds });
  const tookMs = Math.round(performance.now() - startMs);
  const { widthPx, heightPx } = picture;
  const still: MaskedStill = {
    widthPx,
    heightPx,
    ...(area ? { area } : {}),
    others: labelsOf(labels),
    subject: labelsOf(subject ?? {}),
    regions,
  };
  const outside = [...still.others, ...still.subject].find(({ box }) => box[2] > widthPx || box[3] > heightPx);
  if (outside) {
    const where = `${labels.clip} at ${labels.atMs} ms: the ${outside.kind} ${outside.box.join(', ')}`;
    throw new SafecityError('CLI_USAGE', `${where} lies outside the still of ${widthPx}x${heightPx}`);
  }
  return { labels, picture, regions, still, score: scoreMaskedStill(still), models: models.map(({ modelId }) => modelId), tookMs };
}
