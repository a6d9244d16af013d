import { type EvidenceMoment, type EvidenceWanted, type Reservation, SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { GopRing } from '../ring/gop-ring.js';
import type { StillCutter } from '../stills/still-cutter.js';
import { ReservationStore } from './reservation-store.js';

export interface ReservationKeeperOptions {
  store: ReservationStore;
  cutter: Pick<StillCutter, 'cut'>;
  /** Ring of a camera this worker holds; null for others. */
  ringOf(cameraId: string): GopRing | null;
  logger: Logger;
  nowMs?: () => number;
  limits?: { maxAgeMs: number; maxPerCamera: number };
}

/** What is not fetched by then is not wanted; a camera that fires without end cannot fill the disk. */
const LIMITS = { maxAgeMs: 24 * 3_600_000, maxPerCamera: 500 };
/** A picture after the moment has come, so the nearest one is known. */
const SETTLED_MS = 250;
/** A moment for which no picture comes: the camera is away. */
const GIVE_UP_MS = 15_000;
const LOOK_AGAIN_MS = 100;

interface Job {
  reservation: Reservation;
  moments: EvidenceMoment[];
  /** Work is in hand: another pass would cut the same moments twice. */
  busy: boolean;
}

/**
 * Sets evidence aside before the ring forgets it: each wanted moment becomes a full-resolution still on disk as soon
 * as its picture is in the ring. The same reservation may come again, with the same or more moments; nothing is cut
 * twice. Aged out and capped per camera, oldest first.
 */
export class ReservationKeeper {
  readonly #options: ReservationKeeperOptions;
  readonly #nowMs: () => number;
  readonly #limits: { maxAgeMs: number; maxPerCamera: number };
  #jobs = new Map<string, Job>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: ReservationKeeperOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#limits = options.limits ?? LIMITS;
  }

  /** Takes a request; resolves when it is on disk, so that it may be acknowledged. Other workers' cameras are ignored. */
  take(wanted: EvidenceWanted): Promise<void> {
    const done = this.#writing.then(() => this.#apply(wanted));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  read(reservationId: string): Promise<Reservation | null> {
    const job = this.#jobs.get(reservationId);
    return job ? Promise.resolve(structuredClone(job.reservation)) : this.#options.store.read(reservationId);
  }

  /** Moments that were pending when the worker ended cannot be cut any more: the ring went with it. */
  async recover(): Promise<void> {
    for (const { reservation } of await this.#options.store.list()) {
      if (reservation.pending.length === 0) continue;
      const failed = reservation.pending.map((moment) => ({ moment, reason: 'ingest was restarted before the picture could be cut' }));
      await this.#options.store.write({ ...reservation, pending: [], failed: [...reservation.failed, ...failed] });
    }
    await this.tidy();
  }

  /** Removes what is too old or too much. */
  async tidy(): Promise<void> {
    const perCamera = new Map<string, number>();
    const all = await this.#options.store.list();
    for (const { reservation, changedAtMs } of all.toReversed()) {
      const count = (perCamera.get(reservation.cameraId) ?? 0) + 1;
      perCamera.set(reservation.cameraId, count);
      const keep = this.#nowMs() - changedAtMs <= this.#limits.maxAgeMs && count <= this.#limits.maxPerCamera;
      if (!keep && !this.#jobs.has(reservation.reservationId)) await this.#options.store.remove(reservation.reservationId);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#writing;
  }

  async #apply(wanted: EvidenceWanted): Promise<void> {
    const { reservationId, cameraId } = wanted;
    if (!ReservationStore.accepts(reservationId) || !this.#options.ringOf(cameraId)) return;
    if (wanted.action === 'release') {
      this.#jobs.delete(reservationId);
      await this.#options.store.remove(reservationId);
      return;
    }
    const job = this.#jobs.get(reservationId) ?? (await this.#open(reservationId, cameraId));
    if (job.reservation.cameraId !== cameraId) return;
    const { stills, pending, failed } = job.reservation;
    const known = new Set([...stills.map(({ moment }) => moment), ...pending, ...failed.map(({ moment }) => moment)]);
    const added = wanted.moments.filter(({ name }) => !known.has(name));
    if (added.length === 0) return;
    job.moments.push(...added);
    job.reservation.pending.push(...added.map(({ name }) => name));
    this.#jobs.set(reservationId, job);
    await this.#options.store.write(job.reservation);
    this.#lookAgain(0);
  }

  async #open(reservationId: string, cameraId: string): Promise<Job> {
    const stored = await this.#options.store.read(reservationId);
    return { reservation: stored ?? { reservationId, cameraId, stills: [], pending: [], failed: [] }, moments: [], busy: false };
  }

  #lookAgain(afterMs: number): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      for (const job of this.#jobs.values()) if (!job.busy) void this.#work(job);
      if (this.#jobs.size > 0) this.#lookAgain(LOOK_AGAIN_MS);
    }, afterMs);
  }

  async #work(job: Job): Promise<void> {
    const ready = job.moments.filter((moment) => this.#isReady(job.reservation.cameraId, moment));
    if (ready.length === 0) return;
    job.busy = true;
    for (const moment of ready) await this.#cut(job, moment);
    job.busy = false;
    if (this.#jobs.get(job.reservation.reservationId) !== job) {
      await this.#options.store.remove(job.reservation.reservationId);
    } else if (job.moments.length === 0) this.#jobs.delete(job.reservation.reservationId);
  }

  #isReady(cameraId: string, { atMs }: EvidenceMoment): boolean {
    const newestMs = this.#options.ringOf(cameraId)?.newest?.lastCaptureMs ?? Number.NEGATIVE_INFINITY;
    return newestMs >= atMs + SETTLED_MS || this.#nowMs() >= atMs + GIVE_UP_MS;
  }

  async #cut(job: Job, moment: EvidenceMoment): Promise<void> {
    const { reservation } = job;
    try {
      const ring = this.#options.ringOf(reservation.cameraId);
      if (!ring) throw new SafecityError('INGEST_CAMERA_UNKNOWN', 'the camera was removed');
      const still = await this.#options.cutter.cut(reservation.cameraId, ring, { atMs: moment.atMs, widthPx: null });
      reservation.stills.push(await this.#options.store.addStill(reservation.reservationId, moment, still));
    } catch (error) {
      reservation.failed.push({ moment: moment.name, reason: reasonOf(error) });
    }
    job.moments = job.moments.filter(({ name }) => name !== moment.name);
    reservation.pending = reservation.pending.filter((name) => name !== moment.name);
    await this.#options.store.write(reservation).catch((error: unknown) => {
      this.#options.logger.error(
        { reservationId: reservation.reservationId, err: error },
        'evidence index cannot be written: check the disk',
      );
    });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SafecityError) return error.message;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 'the disk is full: free space in the data directory';
  return 'the picture could not be written: check the data directory';
}
