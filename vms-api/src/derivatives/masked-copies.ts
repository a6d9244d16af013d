import type { EvidenceRow, FullAlertRow } from '../alerts/alert-rows.js';
import { alertRowOf } from '../alerts/alert-store.js';
import { listedStill } from '../alerts/listed-still.js';
import type { Sql } from '../database/connection.js';
import { type EvidenceFiles, hashesOf } from '../evidence/evidence-files.js';
import { hide } from '../masking/hide.js';
import type { MaskInference } from '../masking/mask-models.js';
import { decodePicture, encodeJpeg, type PixelBox, type RgbPicture } from '../masking/picture.js';
import { findPrivate, type PrivateRegion, type PrivateRegions } from '../masking/private-regions.js';
import { failure, notFound } from '../server/failure.js';
import { type DerivativeRow, findDerivative, type MadeFile, storeDerivatives } from './derivative-rows.js';
import { cameraAt, detectorIdsOf, subjectsAt } from './subjects.js';

/** Pictures worked on at the same time: the networks are shared with detection. */
const AT_ONCE = 2;

export interface MaskedCopiesOptions {
  sql: Sql;
  files: EvidenceFiles;
  inference: MaskInference;
  nowMs: () => number;
}

/** The bytes of a picture as they were stored. @throws SafecityError `API_NOT_FOUND`, `API_EVIDENCE_HASH` */
export async function readOriginal(files: EvidenceFiles, alertId: string, { file, sha256 }: { file: string; sha256: string }) {
  const bytes = await files.read(alertId, file);
  if (!bytes) throw notFound('picture', file);
  if (hashesOf(bytes).sha256 === sha256) return bytes;
  throw failure('API_EVIDENCE_HASH', 500, `the stored file ${file} no longer has its recorded hash: restore it from backup`);
}

async function decoded(bytes: Buffer, file: string): Promise<RgbPicture> {
  try {
    return await decodePicture(bytes);
  } catch (cause) {
    throw failure('API_MASK_UNAVAILABLE', 503, `${file} cannot be decoded as a picture, so no masked copy can be made`, cause);
  }
}

const share = (value: number, side: number) => Math.round((value / side) * 10_000) / 10_000;

/** What is hidden in a picture, and by which models it was found. */
type Hidden = Pick<PrivateRegions, 'models'> & { regions: readonly PrivateRegion[] };

/** What was hidden, for the record: boxes 0..1 of the picture. */
function factsOf({ regions, models }: Hidden, { widthPx, heightPx }: RgbPicture): Record<string, unknown> {
  const hidden = regions.map(({ kind, box }) => ({
    kind,
    box: box.map((value, index) => share(value, index % 2 === 0 ? widthPx : heightPx)),
  }));
  return { models, hidden };
}

/** Regions of a still as they lie in a crop of it. */
function regionsInCrop(regions: readonly PrivateRegion[], still: RgbPicture, box: readonly number[], crop: RgbPicture): PrivateRegion[] {
  const [x1 = 0, y1 = 0, x2 = 1, y2 = 1] = box;
  const scaleX = crop.widthPx / ((x2 - x1) * still.widthPx);
  const scaleY = crop.heightPx / ((y2 - y1) * still.heightPx);
  const x = (value: number) => Math.min(crop.widthPx, Math.max(0, (value - x1 * still.widthPx) * scaleX));
  const y = (value: number) => Math.min(crop.heightPx, Math.max(0, (value - y1 * still.heightPx) * scaleY));
  return regions
    .map(({ kind, box: at }) => ({ kind, box: [x(at[0]), y(at[1]), x(at[2]), y(at[3])] as PixelBox }))
    .filter(({ box: at }) => at[2] - at[0] >= 1 && at[3] - at[1] >= 1);
}

/**
 * Masked copies of evidence: faces and plates of everybody but the subject hidden for good. Each is made once, when it is
 * first asked for (the one that lists show ahead of that), and stored beside its original, which is never touched.
 */
export class MaskedCopies {
  readonly #options: MaskedCopiesOptions;
  readonly #making = new Map<string, Promise<void>>();
  #free = AT_ONCE;
  /** Whoever looks, in their order. */
  readonly #waiting: (() => void)[] = [];
  /** What is made ahead, oldest first; taken from the end, when nobody looks. */
  readonly #ahead: (() => void)[] = [];

  constructor(options: MaskedCopiesOptions) {
    this.#options = options;
  }

  /**
   * The masked copy of a still or of its crop.
   * @throws SafecityError `API_NOT_FOUND`, `API_EVIDENCE_HASH`, `API_MASK_UNAVAILABLE`
   */
  of(alert: FullAlertRow, still: EvidenceRow, file: string): Promise<DerivativeRow> {
    return this.#copy(alert, still, file, this.#waiting);
  }

  async #copy(alert: FullAlertRow, still: EvidenceRow, file: string, queue: (() => void)[]): Promise<DerivativeRow> {
    const { sql } = this.#options;
    const found = await findDerivative(sql, alert.id, 'masked', file);
    if (found) return found;
    const key = `${alert.id}/${still.file}`;
    const making = this.#making.get(key) ?? this.#inTurn(() => this.#make(alert, still), queue).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    await making;
    const made = await findDerivative(sql, alert.id, 'masked', file);
    if (!made) throw notFound('picture', file);
    return made;
  }

  /**
   * Makes the copy that lists show of an alert, before somebody looks. What cannot be made now is made, or refused with its
   * reason, for whoever looks.
   */
  async prepare(alertId: string): Promise<void> {
    try {
      const alert = await alertRowOf(this.#options.sql, alertId);
      const still = alert && listedStill(alert.message, alert.evidence);
      if (still) await this.#copy(alert, still, still.file, this.#ahead);
    } catch {
      // See above.
    }
  }

  async #inTurn(work: () => Promise<void>, queue: (() => void)[]): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift() ?? this.#ahead.pop();
      if (next) next();
      else this.#free++;
    }
  }

  async #make(alert: FullAlertRow, still: EvidenceRow): Promise<void> {
    const { sql, files, inference, nowMs } = this.#options;
    const picture = await decoded(await readOriginal(files, alert.id, still), still.file);
    const detectorIds = detectorIdsOf(await cameraAt(sql, alert));
    const found = await findPrivate(inference, picture, { subjects: subjectsAt(alert, still.moment, picture), detectorIds });
    const made: MadeFile[] = [await maskedPicture(picture, found, { name: `${still.moment}-masked`, source: still })];
    if (still.crop) {
      const crop = await decoded(await readOriginal(files, alert.id, still.crop), still.crop.file);
      const inCrop = { ...found, regions: regionsInCrop(found.regions, picture, still.crop.box, crop) };
      made.push(await maskedPicture(crop, inCrop, { name: `${still.moment}-crop-masked`, source: still.crop }));
    }
    await storeDerivatives({ sql, files }, alert.id, made, nowMs());
  }
}

async function maskedPicture(
  picture: RgbPicture,
  found: Hidden,
  { name, source }: { name: string; source: { file: string; sha256: string } },
): Promise<MadeFile> {
  const { file, sha256 } = source;
  const { widthPx, heightPx } = picture;
  const bytes = await encodeJpeg(hide(picture, found.regions));
  return { kind: 'masked', source: { file, sha256 }, name, extension: 'jpg', bytes, widthPx, heightPx, facts: factsOf(found, picture) };
}
