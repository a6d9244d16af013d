import { SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { ClipRow, FullAlertRow } from '../alerts/alert-rows.js';
import { alertRowOf } from '../alerts/alert-store.js';
import type { Sql } from '../database/connection.js';
import type { EvidenceFiles } from '../evidence/evidence-files.js';
import { maskClip } from '../masking/mask-clip.js';
import type { MaskInference } from '../masking/mask-models.js';
import { Rounds } from '../server/rounds.js';
import { type ClipMaskJob, claimClipMask, endClipMask, failClipMask, planClipMasks, renewClipMask, returnClipMask } from './clip-masks.js';
import { type MadeFile, storeDerivatives } from './derivative-rows.js';
import { readOriginal } from './masked-copies.js';
import { subjectsOverTime } from './subject-path.js';
import { cameraAt, detectorIdsOf } from './subjects.js';

const POLL_MS = 3000;
const PROGRESS_MS = 1000;

export interface ClipMaskerOptions {
  sql: Sql;
  files: EvidenceFiles;
  inference: MaskInference;
  logger: Logger;
  nowMs: () => number;
}

/** Half-size colour needs even sides; the last row or column goes. */
const even = (side: number): number => side - (side % 2);

/**
 * Makes masked copies of clips, one at a time and with the lowest priority: those that somebody asked for, then those of the cases
 * that are being reviewed. What is to be done is read from the database, so a restart loses nothing.
 */
export class ClipMasker {
  readonly #options: ClipMaskerOptions;
  readonly #rounds: Rounds;

  constructor(options: ClipMaskerOptions) {
    this.#options = options;
    const failed = 'masked copies of clips could not be made; trying again';
    this.#rounds = new Rounds((closing) => this.#work(closing), { everyMs: POLL_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  /** Ends the work under way; the next process takes it up. */
  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** Looks for work now. */
  wake(): void {
    void this.#rounds.wake();
  }

  async #work(closing: AbortSignal): Promise<void> {
    const { sql, nowMs } = this.#options;
    await planClipMasks(sql, nowMs());
    while (!closing.aborted) {
      const job = await claimClipMask(sql, nowMs());
      if (!job) return;
      await this.#do(job, closing);
    }
  }

  async #do(job: ClipMaskJob, closing: AbortSignal): Promise<void> {
    const { sql, logger, nowMs } = this.#options;
    try {
      const alert = await alertRowOf(sql, job.alert_id);
      const clip = alert?.clips.find(({ name }) => name === job.name);
      if (alert && clip) await this.#make({ job, alert, clip }, closing);
      await endClipMask(sql, job);
    } catch (error) {
      if (closing.aborted) return returnClipMask(sql, job);
      const known = error instanceof SafecityError;
      logger.warn({ alertId: job.alert_id, clip: job.name, err: error }, 'the masked copy of a clip could not be made');
      const why = known
        ? { code: error.code, reason: error.message }
        : { code: 'API_INTERNAL', reason: 'something failed; the log of the API says what' };
      await failClipMask(sql, job, why, nowMs());
    }
    await this.#tell(job.alert_id);
  }

  async #make({ job, alert, clip }: { job: ClipMaskJob; alert: FullAlertRow; clip: ClipRow }, closing: AbortSignal): Promise<void> {
    const { sql, files, inference, nowMs } = this.#options;
    const size = { widthPx: even(clip.width_px), heightPx: even(clip.height_px) };
    const subjects = await subjectsOverTime(sql, alert, { fromMs: clip.from_ms, toMs: clip.to_ms }, size);
    const detectorIds = detectorIdsOf(await cameraAt(sql, alert));
    const original = await readOriginal(files, alert.id, clip);
    const subjectsAt = (atMs: number) => subjects(clip.from_ms + atMs);
    const work = (signal: AbortSignal, onProgress: (share: number) => void) =>
      maskClip(inference, original, { subjectsAt, detectorIds, size, signal, onProgress });
    const { bytes, facts } = await this.#watched(job, closing, work);
    const { file, sha256 } = clip;
    const made: MadeFile = {
      kind: 'masked',
      source: { file, sha256 },
      name: `${clip.name}-masked`,
      extension: 'mp4',
      bytes,
      ...size,
      facts,
    };
    await storeDerivatives({ sql, files }, alert.id, [made], nowMs());
  }

  /** Writes down how far the work is, and ends it when the evidence was deleted meanwhile. */
  async #watched<T>(
    job: ClipMaskJob,
    closing: AbortSignal,
    work: (signal: AbortSignal, onProgress: (share: number) => void) => Promise<T>,
  ): Promise<T> {
    const { sql, logger, nowMs } = this.#options;
    const gone = new AbortController();
    let progress = 0;
    const renew = async () => {
      if (!(await renewClipMask(sql, job, progress, nowMs()))) gone.abort(new Error('its evidence was deleted'));
    };
    const timer = setInterval(
      () => void renew().catch((error: unknown) => logger.warn({ err: error }, 'the progress of a masked clip could not be stored')),
      PROGRESS_MS,
    );
    try {
      return await work(AbortSignal.any([closing, gone.signal]), (share) => {
        progress = share;
      });
    } finally {
      clearInterval(timer);
    }
  }

  /** Who has the alert on the screen hears of it. */
  async #tell(alertId: string): Promise<void> {
    await this.#options.sql.begin(async (transaction) => {
      await lockAlert(transaction, alertId);
      await stampAlert(transaction, alertId);
    });
  }
}
