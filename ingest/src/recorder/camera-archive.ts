import { appendFile, mkdir, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  deriveId,
  RECORDING_GAP_MS,
  type RecordingEvent,
  type RecordingGapReason,
  type RecordingLock,
  type RecordingLockWanted,
  type RecordingTimeline,
} from '@safecity/contracts';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { EventLog } from './event-log.js';
import { GroupIndexBuilder, indexBox, peakOf, type RecordedGroup } from './group-index.js';
import { OpenSegment } from './open-segment.js';
import { readSegment, type SegmentContent } from './segment-file.js';
import { readPart, readTail } from './segment-part.js';
import { SegmentWriter } from './segment-writer.js';
import { unwritable } from './unwritable.js';

/** One file of a camera's recording; capture times of its first and last picture, epoch ms. */
export interface Segment {
  fromMs: number;
  toMs: number;
  bytes: number;
  path: string;
  /** It is being written. */
  open: boolean;
  /** Of one that is being written. */
  index?: GroupIndexBuilder | undefined;
  /** The most that moved in any of its groups, once it was written or looked at; null: it does not tell. */
  activity?: number | null;
}

interface Gap {
  fromMs: number;
  toMs: number;
  reason: RecordingGapReason;
}

const CLOSED = /^(\d{1,15})-(\d{1,15})-(\d{1,15})\.mp4$/;
const PARTIAL = /^(\d{1,15})\.part\.mp4$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** A segment gets its final name between the look into the index and the opening of the file. */
const READ_ATTEMPTS = 5;
const READ_AGAIN_MS = 20;

const overlaps = (a: { fromMs: number; toMs: number }, b: { fromMs: number; toMs: number }) => a.fromMs <= b.toMs && b.fromMs <= a.toMs;

/**
 * The recording of one camera on disk: `<folder>/<UTC day>/<first>-<last capture time>-<bytes>.mp4`, the one that is
 * being written `<first>.part.mp4`, gaps and locks in `events.jsonl`. Its index is in memory and comes back from the
 * names. Holds nothing open but the segment that `open` gave out.
 */
export class CameraArchive {
  readonly cameraId: string;
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #log: EventLog;
  #segments: Segment[] = [];
  #gaps: Gap[] = [];
  #locks = new Map<string, RecordingLock>();
  #restedAtMs = Number.NEGATIVE_INFINITY;

  constructor(cameraId: string, folder: string, nowMs: () => number = Date.now) {
    this.cameraId = cameraId;
    this.#nowMs = nowMs;
    this.#folder = folder;
    this.#log = new EventLog(join(folder, 'events.jsonl'));
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Up to when it is recorded without recording having been ended on purpose; null when nothing is missing since. */
  get owedSinceMs(): number | null {
    const lastMs = this.#segments.reduce((most, { toMs }) => Math.max(most, toMs), Number.NEGATIVE_INFINITY);
    const reachedMs = this.#gaps.reduce((most, { toMs }) => Math.max(most, toMs), lastMs);
    return Number.isFinite(reachedMs) && reachedMs > this.#restedAtMs ? reachedMs : null;
  }

  /** Rebuilds the index from names and events; a segment that was being written is kept up to its last whole fragment. */
  async load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const days = (await readdir(this.#folder)).filter((name) => DAY.test(name));
    const segments: Segment[] = [];
    for (const day of days) {
      for (const name of await readdir(join(this.#folder, day))) {
        const path = join(this.#folder, day, name);
        const closed = CLOSED.exec(name);
        if (closed) segments.push({ fromMs: Number(closed[1]), toMs: Number(closed[2]), bytes: Number(closed[3]), path, open: false });
        else if (PARTIAL.test(name)) segments.push(...(await this.#recovered(path).catch(() => [])));
      }
    }
    this.#segments = segments.sort((a, b) => a.fromMs - b.fromMs);
    for (const event of await this.#log.read()) this.#take(event);
    // Shorter, but no more true: a disk that is full does not keep what is there from being read.
    await this.#log.rewrite(this.#events()).catch(() => undefined);
  }

  #take(event: RecordingEvent): void {
    if (event.type === 'lock') this.#locks.set(event.lock.lockId, event.lock);
    else if (event.type === 'unlock') this.#locks.delete(event.lockId);
    else if (event.type === 'rest') this.#restedAtMs = event.atMs;
    else this.#gaps.push({ fromMs: event.fromMs, toMs: event.toMs, reason: event.reason });
  }

  #events(): RecordingEvent[] {
    return [
      ...this.#gaps.map((gap): RecordingEvent => ({ type: 'gap', ...gap })),
      ...this.#locksInForce().map((lock): RecordingEvent => ({ type: 'lock', lock })),
      ...(Number.isFinite(this.#restedAtMs) ? [{ type: 'rest', atMs: this.#restedAtMs } as const] : []),
    ];
  }

  async #recovered(path: string): Promise<Segment[]> {
    const content = readSegment(await readFile(path));
    if (!content) {
      await rm(path, { force: true });
      return [];
    }
    const times = content.fragments.flatMap(({ captureTimesMs }) => captureTimesMs);
    const fromMs = times.reduce((least, ms) => Math.min(least, ms));
    const toMs = times.reduce((most, ms) => Math.max(most, ms));
    await truncate(path, content.wholeBytes);
    const index = indexBox(content.groups);
    await appendFile(path, index);
    const bytes = content.wholeBytes + index.length;
    const finalPath = join(path, '..', `${fromMs}-${toMs}-${bytes}.mp4`);
    await rename(path, finalPath);
    return [{ fromMs, toMs, bytes, path: finalPath, open: false }];
  }

  /** Begins a segment with its first fragment, a keyframe. Writes go through what it returns. */
  async open(first: ClipFragment): Promise<OpenSegment> {
    const fromMs = Math.min(...first.captureTimesMs);
    const path = join(this.#folder, new Date(fromMs).toISOString().slice(0, 10), `${fromMs}.part.mp4`);
    const writer = await SegmentWriter.open(path, first.init.data);
    const segment: Segment = { fromMs, toMs: fromMs, bytes: writer.bytes, path, open: true, index: new GroupIndexBuilder() };
    const after = this.#segments.findLastIndex((other) => other.fromMs <= fromMs);
    this.#segments.splice(after + 1, 0, segment);
    return new OpenSegment(segment, writer, () => this.#forget(segment));
  }

  #forget(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
  }

  /** Deletes a closed segment that nobody has locked; false when it may not or cannot be deleted. */
  async remove(segment: Segment): Promise<boolean> {
    if (segment.open || this.isLocked(segment)) return false;
    this.#forget(segment);
    try {
      await rm(segment.path, { force: true });
      return true;
    } catch {
      this.#segments = [...this.#segments, segment].sort((a, b) => a.fromMs - b.fromMs);
      return false;
    }
  }

  #locksInForce(): RecordingLock[] {
    const nowMs = this.#nowMs();
    return [...this.#locks.values()].filter(({ untilMs }) => nowMs < (untilMs ?? Number.POSITIVE_INFINITY));
  }

  isLocked(segment: { fromMs: number; toMs: number }): boolean {
    return this.#locksInForce().some((lock) => overlaps(lock, segment));
  }

  /** Notes that pictures are missing. */
  async addGap(gap: Gap): Promise<void> {
    this.#gaps.push(gap);
    await this.#log.append({ type: 'gap', ...gap });
  }

  /** Forgets gaps that ended before `beforeMs`. */
  forgetGaps(beforeMs: number): void {
    this.#gaps = this.#gaps.filter(({ toMs }) => toMs >= beforeMs);
  }

  /** Recording was ended on purpose: what follows is no gap. */
  async rest(atMs: number): Promise<void> {
    this.#restedAtMs = atMs;
    await this.#log.append({ type: 'rest', atMs });
  }

  /**
   * Locks a stretch; resolves when that is on disk. The same stretch for the same owner until the same moment is the same
   * lock, with the reason it was first given.
   * @throws SafecityError `INGEST_RECORDING_UNWRITABLE` (503), nothing is locked then
   */
  async lock(wanted: RecordingLockWanted, nowMs: number): Promise<RecordingLock> {
    const lockId = deriveId(
      'recording-lock',
      this.cameraId,
      wanted.fromMs,
      wanted.toMs,
      wanted.owner,
      ...(wanted.untilMs === undefined ? [] : [wanted.untilMs]),
    );
    const known = this.#locks.get(lockId);
    if (known) return known;
    const lock: RecordingLock = { lockId, ...wanted, atMs: nowMs };
    // In memory first: nothing of it is deleted while it is written down.
    this.#locks.set(lockId, lock);
    try {
      await this.#log.append({ type: 'lock', lock });
      return lock;
    } catch (cause) {
      this.#locks.delete(lockId);
      throw unwritable('the lock', cause);
    }
  }

  /** Releases a lock; one that is not there is none the less. @throws SafecityError `INGEST_RECORDING_UNWRITABLE` (503) */
  async unlock(lockId: string): Promise<void> {
    if (!this.#locks.has(lockId)) return;
    await this.#log.append({ type: 'unlock', lockId }).catch((cause: unknown) => {
      throw unwritable('the release of the lock', cause);
    });
    this.#locks.delete(lockId);
  }

  /** What lies between two capture times (inclusive). */
  timeline(fromMs: number, toMs: number): RecordingTimeline {
    const range = { fromMs, toMs };
    const spans: RecordingTimeline['spans'] = [];
    for (const segment of this.#segments.filter((candidate) => overlaps(candidate, range))) {
      const last = spans[spans.length - 1];
      if (last && segment.fromMs - last.toMs <= RECORDING_GAP_MS) last.toMs = Math.max(last.toMs, segment.toMs);
      else spans.push({ fromMs: segment.fromMs, toMs: segment.toMs });
    }
    return {
      fromMs,
      toMs,
      spans: spans.map((span) => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) })),
      gaps: this.#gaps.filter((gap) => overlaps(gap, range)).sort((a, b) => a.fromMs - b.fromMs),
      locks: this.#locksInForce()
        .filter((lock) => overlaps(lock, range))
        .sort((a, b) => a.fromMs - b.fromMs),
    };
  }

  /** Bytes of the segments that hold pictures of that time. */
  bytesIn(fromMs: number, toMs: number): number {
    return this.#segments.filter((segment) => overlaps(segment, { fromMs, toMs })).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Every fragment of the segments that hold pictures of that time, in order. */
  async fragments(fromMs: number, toMs: number): Promise<ClipFragment[]> {
    const found: ClipFragment[] = [];
    for (const segment of this.#segments.filter((candidate) => overlaps(candidate, { fromMs, toMs }))) {
      found.push(...((await this.read(segment))?.fragments ?? []));
    }
    return found;
  }

  /** The segment that holds `atMs`, else the next after it; null when there is none. */
  segmentAt(atMs: number): Segment | null {
    return this.#segments.find(({ toMs }) => toMs >= atMs) ?? null;
  }

  /** What is recorded without a gap from `atMs` on, else from the next picture on; null when nothing is. */
  stretchAt(atMs: number): { fromMs: number; toMs: number } | null {
    const first = this.#segments.findIndex(({ toMs }) => toMs >= atMs);
    const begin = this.#segments[first];
    if (!begin) return null;
    let { toMs } = begin;
    for (let next = first + 1; next < this.#segments.length; next++) {
      const segment = this.#segments[next] as Segment;
      if (segment.fromMs - toMs > RECORDING_GAP_MS) break;
      toMs = Math.max(toMs, segment.toMs);
    }
    return { fromMs: Math.max(begin.fromMs, atMs), toMs };
  }

  /** What a segment holds now; null when it was deleted meanwhile. */
  read(segment: Segment): Promise<SegmentContent | null> {
    return this.#opened(segment, async (path) => readSegment(await readFile(path)));
  }

  /** The groups of pictures of a segment, in order; of one without an index all of it is read. Null when it was deleted. */
  async groupsOf(segment: Segment): Promise<readonly RecordedGroup[] | null> {
    if (segment.index) return segment.index.groups;
    const groups = await this.#opened(segment, (path) => readTail(path, segment.bytes));
    return groups ?? (await this.read(segment))?.groups ?? null;
  }

  /** The most that moved in a segment; null when it does not tell, because an older version wrote it or it was deleted. */
  async activityOf(segment: Segment): Promise<number | null> {
    if (segment.index) return peakOf(segment.index.groups);
    if (segment.activity === undefined) {
      segment.activity = peakOf((await this.#opened(segment, (path) => readTail(path, segment.bytes))) ?? []);
    }
    return segment.activity;
  }

  /**
   * Looks at up to `most` segments of which it is not known yet how much moved, newest first, so that the first timeline after a
   * restart need not. Returns how many it looked at.
   */
  async learnActivity(most: number): Promise<number> {
    const unknown = this.#segments.filter(({ index, activity }) => index === undefined && activity === undefined).slice(-most);
    for (const segment of unknown.reverse()) await this.activityOf(segment);
    return unknown.length;
  }

  /** Some of the bytes of a segment; null when it was deleted. */
  bytesAt(segment: Segment, offset: number, sizeBytes: number): Promise<Buffer | null> {
    return this.#opened(segment, (path) => readPart(path, offset, sizeBytes));
  }

  /** Does something with the file of a segment, also when it gets its final name meanwhile; null when it was deleted. */
  async #opened<T>(segment: Segment, work: (path: string) => Promise<T>): Promise<T | null> {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      try {
        return await work(segment.path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable('a segment', error);
      }
      await delay(READ_AGAIN_MS);
    }
    return null;
  }
}
