import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AlertSpan,
  ID_PATTERN,
  RECORDING_DEFAULTS,
  type Recording,
  type RecordingStatus,
  type RecordingTimeline,
} from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import type { GopRing } from '../ring/gop-ring.js';
import { CameraArchive } from './camera-archive.js';
import { CameraRecorder } from './camera-recorder.js';
import { applyRetention, DiskRoom, freeBytesOf } from './disk-room.js';

export interface RecorderOptions {
  /** Recordings lie in `<folder>/<camera id>/`. */
  folder: string;
  logger: Logger;
  nowMs?: () => number;
  freeBytes?: () => Promise<number>;
}

interface Member {
  archive: CameraArchive;
  recorder: CameraRecorder | null;
  /** What holds for its retention; a camera that was removed keeps what it had, after a restart the defaults. */
  recording: Recording;
}

const SAFE_NAME = new RegExp(ID_PATTERN);
const TEND_MS = 1000;
const TIDY_MS = 30_000;
/** Segments looked at each time: a day of one camera in half a minute, and no burst of reading when there are hundreds. */
const LEARNT_AT_ONCE = 1500;

/** Records the cameras of a worker. A failure of one camera's files stays with that camera. `close()` ends all of it. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #nowMs: () => number;
  readonly #members = new Map<string, Member>();
  readonly disk: DiskRoom;
  #changes: Promise<void> = Promise.resolve();
  #timers: NodeJS.Timeout[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.disk = new DiskRoom({
      freeBytes: options.freeBytes ?? (() => freeBytesOf(options.folder)),
      archives: () => [...this.#members.values()].map(({ archive }) => archive),
      logger: options.logger,
      nowMs: this.#nowMs,
    });
  }

  /** Rebuilds the index of every camera that has recordings, then looks after them regularly. */
  async start(): Promise<void> {
    const { folder, logger } = this.#options;
    try {
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder)) if (SAFE_NAME.test(name)) await this.#member(name);
    } catch (error) {
      logger.error({ code: 'INGEST_RECORDING_UNWRITABLE', err: error }, 'the recordings folder cannot be read: check the disk');
    }
    this.#timers = [setInterval(() => this.#tend(), TEND_MS), setInterval(() => void this.tidy(), TIDY_MS)];
  }

  async #member(cameraId: string): Promise<Member | null> {
    const known = this.#members.get(cameraId);
    if (known) return known;
    const archive = new CameraArchive(cameraId, join(this.#options.folder, cameraId), this.#nowMs);
    try {
      await archive.load();
    } catch (error) {
      this.#options.logger.error(
        { cameraId, code: 'INGEST_RECORDING_UNWRITABLE', err: error },
        'the recordings of this camera cannot be read: check the disk',
      );
      return null;
    }
    const member: Member = { archive, recorder: null, recording: RECORDING_DEFAULTS };
    this.#members.set(cameraId, member);
    return member;
  }

  /** Adds a camera or takes its changed configuration; in the order of the calls. */
  apply(cameraId: string, recording: Recording, ring: GopRing): Promise<void> {
    return this.#inTurn(async () => {
      if (recording.mode === 'off' && !this.#members.has(cameraId)) return;
      const member = await this.#member(cameraId);
      if (!member) return;
      member.recording = recording;
      if (member.recorder) await member.recorder.apply(recording, ring);
      else
        member.recorder = new CameraRecorder(recording, ring, {
          archive: member.archive,
          disk: this.disk,
          logger: this.#options.logger,
          nowMs: this.#nowMs,
        });
    });
  }

  /** The camera is gone: its recordings stay until they age out. */
  remove(cameraId: string): Promise<void> {
    return this.#inTurn(async () => {
      const member = this.#members.get(cameraId);
      await member?.recorder?.close();
      if (member) member.recorder = null;
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#changes = this.#changes.then(work).catch((error: unknown) => {
      this.#options.logger.error({ code: 'INGEST_RECORDING_UNWRITABLE', err: error }, 'a recording could not be changed: check the disk');
    });
    return this.#changes;
  }

  /** Takes an alert of any camera. */
  alert(message: AlertSpan): void {
    this.#members.get(message.cameraId)?.recorder?.alert(message);
  }

  statusOf(cameraId: string): RecordingStatus | undefined {
    return this.#members.get(cameraId)?.recorder?.status;
  }

  /** Cameras of which something is recorded here, held by this worker or not, with the first and last capture time. */
  get recorded(): { cameraId: string; fromMs: number; toMs: number }[] {
    return [...this.#members].flatMap(
      ([
        cameraId,
        {
          archive: { segments },
        },
      ]) => {
        const [first, last] = [segments[0], segments.at(-1)];
        return first && last ? [{ cameraId, fromMs: first.fromMs, toMs: last.toMs }] : [];
      },
    );
  }

  /** The camera's recording; null when there never was one. */
  archiveOf(cameraId: string): CameraArchive | null {
    return this.#members.get(cameraId)?.archive ?? null;
  }

  /** Spans, gaps and locks of a camera; a gap that goes on ends at the present. */
  timeline(cameraId: string, fromMs: number, toMs: number): RecordingTimeline {
    const member = this.#members.get(cameraId);
    if (!member) return { fromMs, toMs, spans: [], gaps: [], locks: [] };
    const timeline = member.archive.timeline(fromMs, toMs);
    const gap = member.recorder?.openGap(this.#nowMs());
    return gap && gap.fromMs <= toMs && gap.toMs >= fromMs ? { ...timeline, gaps: [...timeline.gaps, gap] } : timeline;
  }

  /** What is recorded of that time (inclusive); nothing when the camera is not recorded. */
  async fragments(cameraId: string, fromMs: number, toMs: number): Promise<ClipFragment[]> {
    return (await this.archiveOf(cameraId)?.fragments(fromMs, toMs)) ?? [];
  }

  /** Deletes what has aged out or is too much, and learns some of what moved in segments from before the start. */
  async tidy(): Promise<void> {
    let most = LEARNT_AT_ONCE;
    for (const { archive } of [...this.#members.values()]) if (most > 0) most -= await archive.learnActivity(most).catch(() => 0);
    for (const { archive, recording } of [...this.#members.values()]) await applyRetention(archive, recording, this.#nowMs());
    await this.disk.check().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'the free space of the disk cannot be read');
    });
  }

  #tend(): void {
    if (this.disk.isFull) void this.disk.check().catch(() => undefined);
    for (const { recorder } of this.#members.values()) recorder?.tend();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#changes;
    await Promise.all([...this.#members.values()].map(({ recorder }) => recorder?.close()));
  }
}
