import { type Reservation, type ReservedStill, SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import { lockAlert, stampAlert } from '../alerts/alert-clock.js';
import type { StoredCrop } from '../alerts/alert-rows.js';
import type { Sql, Transaction } from '../database/connection.js';
import { planLatePictures, releaseHeldDeliveries } from '../deliveries/late-pictures.js';
import { appendLedger } from '../ledger/ledger.js';
import { Rounds } from '../server/rounds.js';
import { type FetchedClip, fetchClips, insertClip } from './clip-rows.js';
import { type EvidenceFiles, hashesOf, stillFileName } from './evidence-files.js';
import { claimEvidenceJobs, type EvidenceJob } from './evidence-jobs.js';
import type { ReservationSource } from './ingest-client.js';

const POLL_MS = 1000;
const AT_ONCE = 8;
/** Ingest keeps what it has set aside for a day: so long an outage of the evidence store loses nothing. */
const STORE_OUTAGE_MS = 23 * 3_600_000;
const RETRY_MS = { first: 250, longest: 5000 };
const MOMENT = /^[a-z][a-z0-9-]{0,31}$/;

interface Picture {
  still: ReservedStill;
  file: string;
  sizeBytes: number;
  sha1: string;
  crop: StoredCrop | null;
}

interface Outcome {
  pictures: Picture[];
  clips: FetchedClip[];
  /** Their post-roll is not over, or they could not be fetched yet. */
  clipsMissing: boolean;
  failed: { moment: string; reason: string }[];
  /** Moments that may still come. */
  missing: string[];
  error: string | null;
  /** The evidence store failed, not ingest: what is missing lies there still. */
  storeFailed: boolean;
}

export interface CollectorOptions {
  sql: Sql;
  source: ReservationSource;
  files: EvidenceFiles;
  logger: Logger;
  nowMs: () => number;
  /** Called after pictures have made deliveries due. */
  onDeliveries: () => void;
  /** Called after pictures of an alert were stored. */
  onPictures?: (alertId: string) => void;
}

/**
 * Fetches the pictures that ingest has set aside for alerts, checks their hashes and stores them. Its work list is the
 * table `evidence_jobs`, so a restart loses nothing; what cannot be had is recorded with its reason.
 */
export class EvidenceCollector {
  readonly #options: CollectorOptions;
  readonly #rounds: Rounds;

  constructor(options: CollectorOptions) {
    this.#options = options;
    const failed = 'evidence could not be collected; trying again';
    this.#rounds = new Rounds((closing) => this.#workAll(closing), { everyMs: POLL_MS, logger: options.logger, failed });
  }

  start(): void {
    void this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** Looks for due jobs now. */
  wake(): void {
    void this.#rounds.wake();
  }

  async #workAll(closing: AbortSignal): Promise<void> {
    let jobs: EvidenceJob[];
    do {
      jobs = await claimEvidenceJobs(this.#options.sql, AT_ONCE, this.#options.nowMs());
      await Promise.all(jobs.map((job) => this.#work(job)));
    } while (jobs.length === AT_ONCE && !closing.aborted);
  }

  async #work(job: EvidenceJob): Promise<void> {
    const outcome = await this.#collect(job);
    const { sql } = this.#options;
    const deliveries = (await sql.begin((transaction) => this.#record(transaction, job, outcome))) as boolean;
    if (deliveries) this.#options.onDeliveries();
    if (outcome.pictures.length > 0) this.#options.onPictures?.(job.alert_id);
  }

  async #storedMoments(job: EvidenceJob): Promise<Set<string>> {
    const rows = await this.#options.sql<{ moment: string }[]>`SELECT moment FROM alert_evidence WHERE alert_id = ${job.alert_id}`;
    return new Set(rows.map((row) => row.moment));
  }

  async #collect(job: EvidenceJob): Promise<Outcome> {
    const stored = await this.#storedMoments(job);
    const pictures: Picture[] = [];
    const done = () => new Set([...stored, ...pictures.map(({ still }) => still.moment)]);
    const missingOf = (failed: { moment: string }[], pending: string[]) => {
      const settled = new Set([...done(), ...failed.map(({ moment }) => moment)]);
      return [...new Set([...job.wanted_moments, ...pending])].filter((moment) => !settled.has(moment));
    };
    let reservation: Reservation | undefined;
    try {
      reservation = await this.#options.source.reservation(job.camera_id, job.reservation_id);
      for (const still of reservation.stills) {
        if (MOMENT.test(still.moment) && !stored.has(still.moment)) pictures.push(await this.#fetchPicture(job, still));
      }
      const failed = reservation.failed.filter(({ moment }) => MOMENT.test(moment));
      const missing = missingOf(failed, reservation.pending);
      return { pictures, failed, missing, error: null, storeFailed: false, ...(await this.#collectClips(job, reservation)) };
    } catch (error) {
      const failed = reservation?.failed ?? [];
      const unfetched = reservation?.stills.map(({ moment }) => moment) ?? [];
      const storeFailed = ofStore(error);
      const clipsMissing = storeFailed && (reservation?.clips?.length ?? 0) > 0;
      return { pictures, failed, missing: missingOf(failed, unfetched), error: messageOf(error), storeFailed, clips: [], clipsMissing };
    }
  }

  /** Pictures do not wait for clips: what fails here is tried again with the job. */
  async #collectClips(job: EvidenceJob, reservation: Reservation): Promise<Pick<Outcome, 'clips' | 'clipsMissing'> & Partial<Outcome>> {
    try {
      const clips = await fetchClips(this.#options, job, reservation);
      return { clips, clipsMissing: (reservation.pendingClips ?? []).length > 0 };
    } catch (error) {
      return { clips: [], clipsMissing: true, error: messageOf(error), storeFailed: ofStore(error) };
    }
  }

  async #fetchPicture(job: EvidenceJob, still: ReservedStill): Promise<Picture> {
    const bytes = await this.#options.source.picture(job.camera_id, job.reservation_id, still.file);
    const { sha256, sha1 } = hashesOf(bytes);
    if (sha256 !== still.sha256) throw new Error(`the picture of moment ${still.moment} does not have the hash announced for it`);
    const file = stillFileName(still.moment, sha256);
    await this.#options.files.write(job.alert_id, file, bytes);
    return { still, file, sizeBytes: bytes.length, sha1, crop: await this.#fetchCrop(job, still) };
  }

  async #fetchCrop(job: EvidenceJob, { moment, crop }: ReservedStill): Promise<StoredCrop | null> {
    if (!crop) return null;
    const bytes = await this.#options.source.picture(job.camera_id, job.reservation_id, crop.file);
    if (hashesOf(bytes).sha256 !== crop.sha256) throw new Error(`the crop of moment ${moment} does not have the hash announced for it`);
    const file = stillFileName(`${moment}-crop`, crop.sha256);
    await this.#options.files.write(job.alert_id, file, bytes);
    return { ...crop, file, sizeBytes: bytes.length };
  }

  async #record(transaction: Transaction, job: EvidenceJob, outcome: Outcome): Promise<boolean> {
    const nowMs = this.#options.nowMs();
    await lockAlert(transaction, job.alert_id);
    const waiting = outcome.missing.length > 0 || outcome.clipsMissing;
    const givenUp = waiting && nowMs >= job.give_up_at_ms + (outcome.storeFailed ? STORE_OUTAGE_MS : 0);
    const lost = givenUp ? outcome.missing.map((moment) => ({ moment, reason: outcome.error ?? 'ingest did not deliver it in time' })) : [];
    for (const picture of outcome.pictures) await insertPicture(transaction, job.alert_id, picture, nowMs);
    for (const clip of outcome.clips) await insertClip(transaction, job.alert_id, clip, nowMs);
    let changed = outcome.pictures.length + outcome.clips.length > 0;
    for (const failure of [...outcome.failed, ...lost])
      changed = (await insertFailure(transaction, job.alert_id, failure, nowMs)) || changed;
    await this.#settleJob(transaction, job, { givenUp, waiting, error: outcome.error, nowMs });
    const ended = givenUp || outcome.missing.length === 0;
    const released = ended && (await releaseHeldDeliveries(transaction, job.alert_id, nowMs));
    const planned = ended && (await planLatePictures(transaction, job.alert_id, nowMs));
    await enterInLedger(transaction, job.alert_id, outcome, lost, nowMs);
    if (changed) await stampAlert(transaction, job.alert_id);
    return released || planned;
  }

  /** Only when the wanted moments are still those the work was done for; otherwise the job has been opened again. */
  async #settleJob(
    transaction: Transaction,
    job: EvidenceJob,
    result: { givenUp: boolean; waiting: boolean; error: string | null; nowMs: number },
  ): Promise<void> {
    const state = result.givenUp ? 'given-up' : result.waiting ? 'pending' : 'complete';
    const waitMs = Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** Math.min(job.attempts - 1, 10));
    if (state === 'pending') setTimeout(() => this.wake(), waitMs).unref();
    await transaction`
      UPDATE evidence_jobs SET state = ${state}, last_error = ${result.error}, next_attempt_ms = ${result.nowMs + waitMs}
      WHERE alert_id = ${job.alert_id} AND wanted_moments = ${job.wanted_moments}`;
  }
}

function ofStore(error: unknown): boolean {
  return error instanceof SafecityError && error.code === 'API_EVIDENCE_STORE';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}

/** What was stored, or given up as lost, is entered in the ledger with it. */
async function enterInLedger(
  transaction: Transaction,
  alertId: string,
  { pictures, clips }: Outcome,
  lost: { moment: string; reason: string }[],
  atMs: number,
): Promise<void> {
  const subject = `alert:${alertId}`;
  const files = [
    ...pictures.flatMap(({ still, file, crop }) => {
      const { moment, capturedAtMs, sha256 } = still;
      const cut = crop ? [{ file: crop.file, sha256: crop.sha256, moment: `${moment}-crop`, capturedAtMs }] : [];
      return [{ file, sha256, moment, capturedAtMs }, ...cut];
    }),
    ...clips.map(({ clip, file }) => ({ file, sha256: clip.sha256, moment: clip.name, capturedAtMs: clip.fromMs })),
  ];
  if (files.length > 0) await appendLedger(transaction, { atMs, kind: 'evidence.stored', subject, content: { files } });
  if (lost.length > 0) await appendLedger(transaction, { atMs, kind: 'evidence.lost', subject, content: { lost } });
}

async function insertPicture(transaction: Transaction, alertId: string, { still, file, sizeBytes, sha1, crop }: Picture, nowMs: number) {
  await transaction`
    INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, crop, stored_at_ms)
    VALUES (${alertId}, ${still.moment}, ${file}, ${still.capturedAtMs}, ${still.widthPx}, ${still.heightPx}, ${sizeBytes},
      ${still.sha256}, ${sha1}, ${crop ? transaction.json({ ...crop }) : null}, ${nowMs})
    ON CONFLICT (alert_id, moment) DO NOTHING`;
  await transaction`DELETE FROM alert_evidence_failures WHERE alert_id = ${alertId} AND moment = ${still.moment}`;
}

async function insertFailure(transaction: Transaction, alertId: string, failure: { moment: string; reason: string }, nowMs: number) {
  const rows = await transaction`
    INSERT INTO alert_evidence_failures (alert_id, moment, reason, at_ms)
    VALUES (${alertId}, ${failure.moment}, ${failure.reason.slice(0, 300)}, ${nowMs})
    ON CONFLICT (alert_id, moment) DO NOTHING RETURNING 1`;
  return rows.length > 0;
}
