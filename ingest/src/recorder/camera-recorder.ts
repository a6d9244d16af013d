import { type AlertSpan, RECORDING_GAP_MS, type Recording, type RecordingGapReason, type RecordingStatus } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { GopRing } from '../ring/gop-ring.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { RingReader } from '../ring/ring-reader.js';
import { AlertWindows } from './alert-windows.js';
import type { CameraArchive } from './camera-archive.js';
import type { DiskRoom } from './disk-room.js';
import type { OpenSegment } from './open-segment.js';

export interface CameraRecorderOptions {
  archive: CameraArchive;
  disk: DiskRoom;
  logger: Logger;
  nowMs: () => number;
  limits?: SegmentLimits;
}

interface SegmentLimits {
  /** A segment ends at the first keyframe after it is so long, or so big. */
  maxMs: number;
  maxBytes: number;
}

const LIMITS: SegmentLimits = { maxMs: 60_000, maxBytes: 64 * 1024 * 1024 };
/** After a write that failed for another reason than a full disk. */
const AGAIN_MS = 10_000;

type Problem = NonNullable<RecordingStatus['problem']>;

const PROBLEMS = {
  full: { code: 'INGEST_RECORDING_DISK_FULL', message: 'recording has stopped, the disk is full: make room or release locks' },
  failed: { code: 'INGEST_RECORDING_UNWRITABLE', message: 'recording has stopped, the disk cannot be written: check it' },
} satisfies Record<string, Problem>;

/**
 * Writes one camera's ring to its archive, when its configuration says so. Reads at its own pace: a slow disk costs
 * pictures of the recording (a gap), never one of detection or live view. `close()` ends it; the archive stays usable.
 */
export class CameraRecorder {
  readonly archive: CameraArchive;
  readonly #options: CameraRecorderOptions;
  readonly #windows = new AlertWindows();
  #recording: Recording;
  #ring: GopRing;
  #session: { stop: AbortController; done: Promise<void> } | null = null;
  #open: OpenSegment | null = null;
  #initOf: RingFragment['init'] | null = null;
  /** The fragment recorded last: what comes before it is not recorded again. */
  #last: { ring: GopRing; sequence: number } | null = null;
  /** Capture time up to which nothing is missing; null when what comes next follows no gap. */
  #reachedMs: number | null;
  #gapReason: RecordingGapReason | null = 'not-running';
  #problem: Problem | null = null;
  #againAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(recording: Recording, ring: GopRing, options: CameraRecorderOptions) {
    this.archive = options.archive;
    this.#options = options;
    this.#recording = recording;
    this.#ring = ring;
    this.#reachedMs = recording.mode === 'continuous' ? options.archive.owedSinceMs : null;
    this.tend();
  }

  get recording(): Recording {
    return this.#recording;
  }

  /** Undefined when the camera is not recorded. */
  get status(): RecordingStatus | undefined {
    if (this.#recording.mode === 'off') return undefined;
    const state = this.#problem ? 'stopped' : this.#session ? 'recording' : 'waiting';
    return { state, ...(this.#problem ? { problem: this.#problem } : {}), bytes: this.archive.bytes };
  }

  /** A stretch without a picture that goes on now; null when pictures come, or none are owed. */
  openGap(nowMs: number): { fromMs: number; toMs: number; reason: RecordingGapReason } | null {
    if (this.#recording.mode !== 'continuous' || this.#reachedMs === null || nowMs - this.#reachedMs <= RECORDING_GAP_MS) return null;
    return { fromMs: this.#reachedMs, toMs: nowMs, reason: this.#gapReason ?? 'no-picture' };
  }

  /** Takes a changed configuration, and the ring of a camera that was removed and is back. */
  async apply(recording: Recording, ring: GopRing): Promise<void> {
    const before = this.#recording;
    this.#recording = recording;
    if (before.mode !== recording.mode || ring !== this.#ring) {
      await this.#stop();
      if (before.mode !== recording.mode) await this.#rest();
      this.#ring = ring;
    }
    this.tend();
  }

  /** Takes an alert of the camera, whatever its phase. */
  alert(message: AlertSpan): void {
    const { preRollS, postRollS } = this.#recording;
    this.#windows.take(message, { preRollMs: preRollS * 1000, postRollMs: postRollS * 1000 });
    this.tend();
  }

  /** Begins recording when it is wanted and can be. Cheap; called often. */
  tend(): void {
    const { mode } = this.#recording;
    if (this.#closed || this.#session || mode === 'off' || this.#ring.closed) return;
    const window = mode === 'on-alert' ? this.#windows.wanted(this.#ring.oldest?.firstCaptureMs ?? Number.NEGATIVE_INFINITY) : null;
    if (mode === 'on-alert' && !window) {
      this.#problem = null;
      return;
    }
    if (this.#options.disk.isFull || this.#options.nowMs() < this.#againAtMs) return;
    this.#problem = null;
    const stop = new AbortController();
    const session = { stop, done: Promise.resolve() };
    this.#session = session;
    session.done = this.#record(window?.fromMs ?? this.#ring.newest?.lastCaptureMs ?? 0, stop.signal)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        if (this.#session === session) this.#session = null;
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const session = this.#session;
    session?.stop.abort();
    await session?.done;
  }

  async #rest(): Promise<void> {
    const lastMs = this.#reachedMs;
    this.#reachedMs = null;
    if (lastMs === null) return;
    await this.archive.rest(lastMs).catch(() => {
      // At worst a gap is listed after the next start that was none.
    });
  }

  async #record(fromMs: number, signal: AbortSignal): Promise<void> {
    const reader = new RingReader(this.#ring, { maxBehindMs: Number.POSITIVE_INFINITY, signal });
    const start = this.#startSequence(fromMs);
    if (start !== null) reader.rewindTo(start);
    let first = true;
    try {
      for (let read = await reader.read(); read; read = await reader.read()) {
        const { fragment, skipped } = read;
        if (this.#recording.mode === 'on-alert' && fragment.media.key && !this.#windows.wanted(fragment.firstCaptureMs)) {
          await this.#rest();
          break;
        }
        await this.#take(fragment, skipped && !first);
        first = false;
      }
    } finally {
      await this.#closeSegment();
    }
  }

  /** The keyframe at or before `fromMs` that is not recorded yet; the first one there is when none is so early. */
  #startSequence(fromMs: number): number | null {
    const ring = this.#ring;
    const next = this.#last?.ring === ring ? this.#last.sequence + 1 : 0;
    let start: number | null = null;
    for (let at = ring.oldest; at; at = ring.bySequence(at.sequence + 1)) {
      if (!at.media.key || at.sequence < next) continue;
      if (start !== null && (at.captureTimesMs[0] ?? 0) > fromMs) break;
      start = at.sequence;
    }
    return start;
  }

  async #take(fragment: RingFragment, skipped: boolean): Promise<void> {
    const { maxMs, maxBytes } = this.#options.limits ?? LIMITS;
    const open = this.#open?.segment;
    const reached = this.#reachedMs;
    const gapMs = reached === null ? 0 : fragment.firstCaptureMs - reached;
    const full = open && fragment.media.key && (fragment.firstCaptureMs - open.fromMs >= maxMs || open.bytes >= maxBytes);
    const apart = skipped || gapMs > RECORDING_GAP_MS || fragment.discontinuity !== undefined || this.#initOf !== fragment.init;
    if (open && (full || apart)) await this.#closeSegment();
    if (!this.#open && !fragment.media.key) return;
    await this.#write(fragment);
    if (reached !== null && gapMs > RECORDING_GAP_MS) {
      const reason = this.#gapReason ?? (skipped ? 'overload' : 'no-picture');
      await this.archive.addGap({ fromMs: reached, toMs: fragment.firstCaptureMs, reason });
    }
    this.#gapReason = null;
    this.#reachedMs = Math.max(fragment.lastCaptureMs, fragment.discontinuity === undefined ? (reached ?? 0) : 0);
    this.#last = { ring: this.#ring, sequence: fragment.sequence };
  }

  async #write(fragment: RingFragment): Promise<void> {
    for (;;) {
      try {
        if (!this.#open) {
          await this.#options.disk.check();
          if (this.#options.disk.isFull) throw new DiskFull();
          this.#open = await this.archive.open(fragment);
          this.#initOf = fragment.init;
        }
        await this.#open.append(fragment);
        return;
      } catch (error) {
        const noSpace = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
        if (!noSpace) throw error;
        if (!(await this.#options.disk.refused())) throw new DiskFull();
      }
    }
  }

  async #closeSegment(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.#initOf = null;
    await open?.close();
  }

  #failed(error: unknown): void {
    const full = error instanceof DiskFull;
    this.#problem = full ? PROBLEMS.full : PROBLEMS.failed;
    this.#gapReason = full ? 'disk-full' : 'write-failed';
    this.#againAtMs = this.#options.nowMs() + (full ? 0 : AGAIN_MS);
    const { code } = this.#problem;
    const { cameraId } = this.archive;
    this.#options.logger.warn({ cameraId, code, ...(full ? {} : { err: error }) }, this.#problem.message);
  }
}

class DiskFull extends Error {}
