import { statfs } from 'node:fs/promises';
import type { Logger } from '@safecity/platform';
import type { CameraArchive, Segment } from './camera-archive.js';

/** Free space of a file system for a process without privileges, bytes. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export interface DiskRoomOptions {
  freeBytes(): Promise<number>;
  archives(): Iterable<CameraArchive>;
  logger: Logger;
  nowMs: () => number;
  limits?: DiskLimits;
}

interface DiskLimits {
  /** Below it (exclusive) recordings are deleted, oldest first. */
  minFreeBytes: number;
  /** From it on (inclusive) recording that had stopped goes on. */
  resumeFreeBytes: number;
}

/** The database, the message streams and evidence live on the same disk and must never be the ones to run out. */
const LIMITS: DiskLimits = { minFreeBytes: 1_000_000_000, resumeFreeBytes: 1_500_000_000 };
/** A disk that said it was full while free space was reported (quota, reserve) is left alone so long. */
const AFTER_REFUSAL_MS = 30_000;

/**
 * Keeps room on the disk: what nobody has locked goes, oldest first over all cameras; when nothing of it is left,
 * recording stops (`isFull`) until there is room again.
 */
export class DiskRoom {
  readonly #options: DiskRoomOptions;
  readonly #limits: DiskLimits;
  #full = false;
  #refusedUntilMs = Number.NEGATIVE_INFINITY;
  #working: Promise<void> = Promise.resolve();

  constructor(options: DiskRoomOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
  }

  get isFull(): boolean {
    return this.#full;
  }

  /** Looks at the disk and makes room when there is too little. Cheap; called often. */
  check(): Promise<void> {
    return this.#inTurn(async () => {
      const needed = this.#full ? this.#limits.resumeFreeBytes : this.#limits.minFreeBytes;
      const hasRoom = await this.#freeUntil(needed);
      this.#set(!hasRoom || this.#options.nowMs() < this.#refusedUntilMs);
    });
  }

  /** A write met a full disk; true when something was deleted, so that it may be tried again. */
  async refused(): Promise<boolean> {
    let freed = false;
    await this.#inTurn(async () => {
      freed = await this.#removeOldest();
      if (freed) return;
      this.#refusedUntilMs = this.#options.nowMs() + AFTER_REFUSAL_MS;
      this.#set(true);
    });
    return freed;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined);
    return done;
  }

  #set(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    const { logger } = this.#options;
    if (full) logger.warn({ code: 'INGEST_RECORDING_DISK_FULL' }, 'the disk is full: recording stops; make room or release locks');
    else logger.info({}, 'there is room on the disk: recording goes on');
  }

  async #freeUntil(neededBytes: number): Promise<boolean> {
    while ((await this.#options.freeBytes()) < neededBytes) {
      if (!(await this.#removeOldest())) return false;
    }
    return true;
  }

  async #removeOldest(): Promise<boolean> {
    const candidates: { archive: CameraArchive; segment: Segment }[] = [];
    for (const archive of this.#options.archives()) {
      const segment = archive.segments.find((candidate) => !candidate.open && !archive.isLocked(candidate));
      if (segment) candidates.push({ archive, segment });
    }
    for (const { archive, segment } of candidates.sort((a, b) => a.segment.fromMs - b.segment.fromMs)) {
      if (await archive.remove(segment)) return true;
    }
    return false;
  }
}

/** Deletes what is older than `retentionDays` or beyond `maxBytes` (both exclusive), oldest first, never what is locked. */
export async function applyRetention(
  archive: CameraArchive,
  { retentionDays, maxBytes }: { retentionDays: number; maxBytes: number },
  nowMs: number,
): Promise<void> {
  const oldestMs = nowMs - retentionDays * 86_400_000;
  archive.forgetGaps(oldestMs);
  let { bytes } = archive;
  for (const segment of [...archive.segments]) {
    if (segment.toMs >= oldestMs && bytes <= maxBytes) break;
    if (await archive.remove(segment)) bytes -= segment.bytes;
  }
}
