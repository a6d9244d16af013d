import { type EvidenceMoment, type EvidenceWanted, type Reservation, type ReservedCrop, SafecityError } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { ClipCutter } from '../clips/clip-cutter.js';
import type { GopRing } from '../ring/gop-ring.js';
import type { StillCutter } from '../stills/still-cutter.js';
import { ClipBudget, type ClipFigures } from './clip-budget.js';
import { type ClipRoll, type ClipWindow, withMoments } from './clip-windows.js';
import { ReservationStore } from './reservation-store.js';

export interface ReservationKeeperOptions {
  store: ReservationStore;
  cutter: Pick<StillCutter, 'cut'>;
  clips: Pick<ClipCutter, 'cut'>;
  /** How much of a camera's video belongs to a moment. */
  rollOf(cameraId: string): ClipRoll;
  /** Ring of a camera this worker holds; null for others. */
  ringOf(cameraId: string): GopRing | null;
  logger: Logger;
  nowMs?: () => number;
  limits?: KeeperLimits;
}

interface KeeperLimits {
  maxAgeMs: number;
  maxPerCamera: number;
  /** Of the clips of one camera. */
  maxClipBytesPerCamera: number;
}

/** What is not fetched by then is not wanted; a camera that fires without end cannot fill the disk. */
const LIMITS: KeeperLimits = { maxAgeMs: 24 * 3_600_000, maxPerCamera: 500, maxClipBytesPerCamera: 1_000_000_000 };
/** A picture after the moment has come, so the nearest one is known. */
const SETTLED_MS = 250;
/** A moment for which no picture comes: the camera is away. */
const GIVE_UP_MS = 15_000;
const LOOK_AGAIN_MS = 100;
/** Of the subject's own size, around it on every side. */
const CROP_MARGIN = 0.15;

interface Job {
  reservation: Reservation;
  moments: EvidenceMoment[];
  windows: ClipWindow[];
  /** Work is in hand: another pass would cut the same moments twice. */
  busy: boolean;
}

/**
 * Sets evidence aside before the ring forgets it: each wanted moment becomes a full-resolution still on disk, with a crop of its subject, as soon
 * as its picture is in the ring, and the video around the moments a clip as soon as its post-roll is over. The same reservation may come again, with the same or more moments; nothing is cut
 * twice. Aged out and capped per camera, oldest first.
 */
export class ReservationKeeper {
  readonly #options: ReservationKeeperOptions;
  readonly #nowMs: () => number;
  readonly #limits: KeeperLimits;
  readonly #budget: ClipBudget;
  #jobs = new Map<string, Job>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: ReservationKeeperOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#limits = options.limits ?? LIMITS;
    this.#budget = new ClipBudget(this.#limits.maxClipBytesPerCamera);
  }

  /** Takes a request; resolves when it is on disk, so that it may be acknowledged. Other workers' cameras are ignored. */
  take(wanted: EvidenceWanted): Promise<void> {
    const done = this.#writing.then(() => this.#apply(wanted));
    this.#writing = done.catch(() => undefined);
    return done;
  }

  get clipFigures(): ClipFigures {
    return this.#budget.figures;
  }

  read(reservationId: string): Promise<Reservation | null> {
    const job = this.#jobs.get(reservationId);
    return job ? Promise.resolve(structuredClone(job.reservation)) : this.#options.store.read(reservationId);
  }

  /** Moments that were pending when the worker ended cannot be cut any more: the ring went with it. */
  async recover(): Promise<void> {
    for (const { reservation } of await this.#options.store.list()) {
      for (const clip of reservation.clips ?? []) this.#budget.add(reservation.reservationId, reservation.cameraId, clip.sizeBytes);
      const lost = [...reservation.pending, ...(reservation.pendingClips ?? [])];
      if (lost.length === 0) continue;
      const failed = lost.map((moment) => ({ moment, reason: 'ingest was restarted before it could be cut' }));
      await this.#options.store.write({ ...reservation, pending: [], pendingClips: [], failed: [...reservation.failed, ...failed] });
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
      if (!keep && !this.#jobs.has(reservation.reservationId)) await this.#remove(reservation.reservationId);
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
      await this.#remove(reservationId);
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
    job.windows = withMoments(job.windows, added, this.#options.rollOf(cameraId));
    job.reservation.pendingClips = job.windows.map(({ name }) => name);
    this.#jobs.set(reservationId, job);
    await this.#options.store.write(job.reservation);
    this.#lookAgain(0);
  }

  async #open(reservationId: string, cameraId: string): Promise<Job> {
    const stored = await this.#options.store.read(reservationId);
    return {
      reservation: stored ?? { reservationId, cameraId, stills: [], pending: [], failed: [] },
      moments: [],
      windows: [],
      busy: false,
    };
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
    const { cameraId, reservationId } = job.reservation;
    const ready = job.moments.filter(({ atMs }) => this.#isReady(cameraId, atMs, SETTLED_MS));
    const over = job.windows.filter(({ toMs }) => this.#isReady(cameraId, toMs, 0));
    if (ready.length + over.length === 0) return;
    job.busy = true;
    for (const moment of ready) await this.#cut(job, moment);
    for (const window of over) await this.#cutClip(job, window);
    job.busy = false;
    if (this.#jobs.get(reservationId) !== job) {
      await this.#remove(reservationId);
    } else if (job.moments.length + job.windows.length === 0) this.#jobs.delete(job.reservation.reservationId);
  }

  /** The ring has reached that time, or the camera has been away for long. */
  #isReady(cameraId: string, atMs: number, settledMs: number): boolean {
    const newestMs = this.#options.ringOf(cameraId)?.newest?.lastCaptureMs ?? Number.NEGATIVE_INFINITY;
    return newestMs >= atMs + settledMs || this.#nowMs() >= atMs + GIVE_UP_MS;
  }

  async #remove(reservationId: string): Promise<void> {
    this.#budget.forget(reservationId);
    await this.#options.store.remove(reservationId);
  }

  async #cut(job: Job, moment: EvidenceMoment): Promise<void> {
    const { reservation } = job;
    try {
      const ring = this.#options.ringOf(reservation.cameraId);
      if (!ring) throw new SafecityError('INGEST_CAMERA_UNKNOWN', 'the camera was removed');
      const still = await this.#options.cutter.cut(reservation.cameraId, ring, { atMs: moment.atMs, widthPx: null });
      const stored = await this.#options.store.addStill(reservation.reservationId, moment, still);
      const crop = await this.#cutCrop(reservation, ring, moment, still.capturedAtMs);
      reservation.stills.push({ ...stored, ...(crop ? { crop } : {}) });
    } catch (error) {
      reservation.failed.push({ moment: moment.name, reason: reasonOf(error) });
    }
    job.moments = job.moments.filter(({ name }) => name !== moment.name);
    reservation.pending = reservation.pending.filter((name) => name !== moment.name);
    await this.#save(reservation);
  }

  /** The subject of a moment, from the very picture of its still. A crop that cannot be cut costs nothing but itself. */
  async #cutCrop(reservation: Reservation, ring: GopRing, moment: EvidenceMoment, atMs: number): Promise<ReservedCrop | null> {
    if (!moment.box) return null;
    try {
      const wanted = { atMs, widthPx: null, crop: { box: moment.box, margin: CROP_MARGIN } };
      const crop = await this.#options.cutter.cut(reservation.cameraId, ring, wanted);
      return await this.#options.store.addCrop(reservation.reservationId, moment.name, crop);
    } catch (error) {
      reservation.failed.push({ moment: `${moment.name}-crop`, reason: reasonOf(error) });
      return null;
    }
  }

  async #cutClip(job: Job, window: ClipWindow): Promise<void> {
    const { reservation } = job;
    const { reservationId, cameraId } = reservation;
    try {
      const ring = this.#options.ringOf(cameraId);
      if (!ring) throw new SafecityError('INGEST_CAMERA_UNKNOWN', 'the camera was removed');
      const clip = await this.#options.clips.cut(cameraId, ring, window);
      const removed = this.#budget.makeRoom(reservationId, cameraId, clip.sizeBytes);
      if (!removed)
        throw new SafecityError(
          'INGEST_CLIP_UNAVAILABLE',
          `the clip has ${clip.sizeBytes} bytes; the clips of a camera may have ${this.#budget.maxBytes}: lower its bit rate`,
        );
      for (const id of removed) await this.#options.store.remove(id);
      reservation.clips = [...(reservation.clips ?? []), await this.#options.store.addClip(reservationId, window, clip)];
      this.#budget.add(reservationId, cameraId, clip.sizeBytes);
    } catch (error) {
      reservation.failed.push({ moment: window.name, reason: reasonOf(error) });
    }
    // Moments that came while it was cut made new windows of the same list.
    job.windows = job.windows.filter(({ name }) => name !== window.name);
    reservation.pendingClips = job.windows.map(({ name }) => name);
    await this.#save(reservation);
  }

  async #save(reservation: Reservation): Promise<void> {
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
