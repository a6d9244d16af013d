import {
  AlertDecision,
  AlertSplit,
  type ArchiveRecord,
  archiveKey,
  buckets,
  type CameraConfig,
  CameraHealthMessage,
  countsKey,
  DetectionsFrame,
  matches,
  PlatesRead,
  parseCamera,
  Suppression,
  streams,
  subjects,
  TrackAttributes,
  Watchlist,
} from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import { archiveLook, archiveStep, finishArchive, newArchiveState } from '../archive/camera-archive.js';
import { BacktestRunner } from '../backtest/backtest-runner.js';
import { areaKey } from '../incidents/area.js';
import { DECISION_KEPT_MS } from '../incidents/decided.js';
import { type CameraPipeline, createCameraPipeline, finishPipeline, type PipelineState, type PipelineStep } from '../pipeline/pipeline.js';
import { Areas } from './areas.js';
import { type AreaCheckpoint, type Checkpoint, checkpointText, deleteCheckpoint, loadCheckpoints, saveCheckpoints } from './checkpoints.js';
import { CountedLog } from './counted-log.js';
import { Outbox } from './outbox.js';

/** What rules needs from outside. */
export interface RulesOptions {
  /** Stays the caller's: close it after `RulesService.close()`. */
  bus: Bus;
  logger: Logger;
  /** Server clock, epoch ms; only for what is not worth publishing late and for logging. Default `Date.now`. */
  clock?: () => number;
  /** Time between checkpoints; default 2000. */
  checkpointMs?: number;
}

/** Running rules. */
export interface RulesService {
  /** Cameras in force. */
  cameraIds(): string[];
  /** Frames taken and messages left out since the start. */
  counts(): { frames: number; invalidMessages: number };
  /** Newest message of the detections stream that was taken. */
  position(): number;
  /** Writes a checkpoint now. */
  checkpoint(): Promise<void>;
  /** Stops taking messages, writes a last checkpoint. Alerts that cannot be stored any more are found again by the replay. */
  close(): Promise<void>;
}

interface CameraSlot {
  pipeline: CameraPipeline;
  checkpoint: Checkpoint;
}

const CHECKPOINT_MS = 2000;
/** Tracks older than this are not drawn any more: a replay after a crash does not repeat them. */
const LATE_TRACKS_MS = 5000;
/** A camera that wakes catches up from its last keyframe, which may be so old: its attention still counts. */
const LATE_ATTENTION_MS = 30_000;
/** Health comes in the same stream, so that a replay has it in its place. */
const HEALTH_SUBJECTS = 'detections.health.';
/** Longer than the longest suppression lasts. */
const SUPPRESSION_KEPT_MS = 8 * 86_400_000;
const PLATES_SUBJECTS = 'detections.plates.';
const ATTRIBUTES_SUBJECTS = 'detections.attributes.';
/** Above this many alerts not yet stored, no further detections are taken; the same for records of the archive. */
const FULL_OUTBOX = 500;
const FULL_ARCHIVE = 5000;

/**
 * Starts the NATS shell of rules: configuration from the KV bucket `cameras`, detections in stream order from the
 * sequence after the checkpoint, tracks and attention out by core NATS, alerts, evidence requests and the archive out
 * through JetStream. A checkpoint is written only after the alerts and archive records of its messages are stored, so that
 * a crash at any moment leads to a replay that yields the same ids again and misses nothing.
 */
export async function startRules(options: RulesOptions): Promise<RulesService> {
  const shell = new RulesShell(options);
  await shell.start();
  return shell;
}

class RulesShell implements RulesService {
  private readonly cameras = new Map<string, CameraSlot>();
  private readonly areas = new Areas();
  private readonly dirty = new Set<string>();
  private readonly removed = new Set<string>();
  private readonly nowMs: () => number;
  private readonly log: CountedLog;
  private readonly outbox: Outbox;
  /** Of its own: many tracks that end at once hold up no alert. */
  private readonly archive: Outbox;
  private readonly backtests: BacktestRunner;
  private readonly watchlists = new Map<string, Watchlist>();
  private restored = new Map<string, Checkpoint>();
  /** By id; kept for cameras that come or come back later. */
  private readonly suppressions = new Map<string, Suppression>();
  private bucket!: Awaited<ReturnType<Bus['kv']>>;
  private streamSeq = 0;
  private savedSeq = 0;
  private frames = 0;
  private saving: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private stops: (() => Promise<void>)[] = [];

  constructor(private readonly options: RulesOptions) {
    this.nowMs = options.clock ?? Date.now;
    this.log = new CountedLog(options.logger, this.nowMs);
    this.outbox = new Outbox(options.bus, this.log);
    this.archive = new Outbox(options.bus, this.log);
    this.backtests = new BacktestRunner(options.bus, this.log, this.nowMs);
  }

  cameraIds(): string[] {
    return [...this.cameras.keys()];
  }

  counts(): { frames: number; invalidMessages: number } {
    return { frames: this.frames, invalidMessages: this.log.total('RULES_MESSAGE_INVALID') };
  }

  position(): number {
    return this.streamSeq;
  }

  async start(): Promise<void> {
    const { bus } = this.options;
    this.bucket = await bus.kv(buckets.rulesCheckpoints);
    const stored = await loadCheckpoints(this.bucket, this.log);
    await this.placeInStream(stored.position, stored.cameras, stored.areas);
    await this.watchCameras();
    await this.watchDecisions();
    await this.watchSuppressions();
    await this.watchWatchlists();
    this.finishOrphans();
    await this.consume();
    this.backtests.start();
    this.timer = setInterval(() => void this.checkpoint(), this.options.checkpointMs ?? CHECKPOINT_MS);
  }

  /** Where to go on. A stream that was made anew counts from 1 again: then stored sequences mean nothing. */
  private async placeInStream(position: number, cameras: Map<string, Checkpoint>, areas: Map<string, AreaCheckpoint>): Promise<void> {
    const { state } = await this.options.bus.jsm.streams.info(streams.detections.name);
    const isSameStream = position <= state.last_seq;
    this.streamSeq = isSameStream ? position : 0;
    this.savedSeq = this.streamSeq;
    for (const checkpoint of [...cameras.values(), ...areas.values()])
      if (!isSameStream || checkpoint.streamSeq > state.last_seq) checkpoint.streamSeq = 0;
    this.restored = cameras;
    this.areas.restore(areas);
  }

  private watchCameras(): Promise<void> {
    return this.watchBucket(buckets.cameras, {}, (key, text) => (text === null ? this.remove(key) : this.configure(key, text)));
  }

  /** After the cameras, because a decision belongs to one, and before the detections, so that a replay knows all of them. */
  private watchDecisions(): Promise<void> {
    return this.watchBucket(buckets.decisions, { ttlMs: DECISION_KEPT_MS }, (key, text) => {
      if (text !== null) this.decide(key, text);
    });
  }

  /** Before the detections too: a suppression hides by capture time, so a replay that knows it hides the same. */
  private async watchSuppressions(): Promise<void> {
    await this.options.bus.kv(buckets.suppressionTallies, { ttlMs: SUPPRESSION_KEPT_MS });
    return this.watchBucket(buckets.suppressions, { ttlMs: SUPPRESSION_KEPT_MS }, (key, text) => {
      if (text !== null) this.suppress(key, text);
    });
  }

  private suppress(key: string, text: string): void {
    const suppression = parsed(text);
    if (!matches(Suppression, suppression)) {
      this.log.note('RULES_MESSAGE_INVALID', `the suppression ${key} breaks its schema`, { suppressionId: key });
      return;
    }
    for (const { id, untilMs } of this.suppressions.values())
      if (untilMs < this.nowMs() - SUPPRESSION_KEPT_MS) this.suppressions.delete(id);
    this.suppressions.set(suppression.id, suppression);
    const slot = this.cameras.get(suppression.cameraId);
    if (!slot) return;
    slot.pipeline.takeSuppression(slot.checkpoint.state, suppression);
    this.dirty.add(suppression.cameraId);
  }

  private watchWatchlists(): Promise<void> {
    return this.watchBucket(buckets.watchlists, {}, (key, text) => {
      const list = text === null ? null : parsed(text);
      if (matches(Watchlist, list)) this.watchlists.set(key, list);
      else this.watchlists.delete(key);
      if (text !== null && !this.watchlists.has(key))
        this.log.note('RULES_MESSAGE_INVALID', `watchlist ${key} breaks its schema and does not count`, { listId: key });
    });
  }

  /** Follows a bucket; resolves when everything that is in it now was taken. `take` gets null for what was deleted. */
  private async watchBucket(name: string, options: { ttlMs?: number }, take: (key: string, text: string | null) => void): Promise<void> {
    const kv = await this.options.bus.kv(name, options);
    let isComplete: () => void = () => undefined;
    const complete = new Promise<void>((resolve) => {
      isComplete = resolve;
    });
    const watch = await kv.watch({ initializedFn: () => isComplete() });
    this.stops.push(async () => watch.stop());
    void (async () => {
      for await (const entry of watch) take(entry.key, entry.operation === 'PUT' ? entry.string() : null);
    })();
    await complete;
  }

  private decide(key: string, text: string): void {
    const decision = parsed(text);
    if (!matches(AlertDecision, decision) && !matches(AlertSplit, decision)) {
      this.log.note('RULES_MESSAGE_INVALID', `the decision on alert ${key} breaks its schema`, { alertId: key });
      return;
    }
    const slot = this.cameras.get(decision.cameraId);
    if (!slot) return;
    if ('splitFrom' in decision) {
      this.areas.tell(slot.checkpoint.area, (area) => area.split(decision));
      return;
    }
    this.areas.tell(slot.checkpoint.area, (area) => area.decide(decision));
    slot.pipeline.takeDecision(slot.checkpoint.state, decision);
    this.dirty.add(decision.cameraId);
  }

  private configure(cameraId: string, text: string): void {
    let camera: CameraConfig;
    try {
      camera = parseCamera(JSON.parse(text));
    } catch (error) {
      this.log.note('RULES_CAMERA_INVALID', error instanceof Error ? error.message : String(error), { cameraId });
      return;
    }
    if (!camera.enabled) {
      this.remove(cameraId);
      return;
    }
    const pipeline = createCameraPipeline(camera);
    const area = areaKey(camera);
    this.leaveArea(cameraId, area);
    const known = this.cameras.get(cameraId)?.checkpoint ?? this.restored.get(cameraId);
    this.restored.delete(cameraId);
    this.removed.delete(cameraId);
    const checkpoint = known ?? {
      streamSeq: 0,
      ...(area === undefined ? {} : { area }),
      state: this.begin(pipeline),
      archive: newArchiveState(),
    };
    this.cameras.set(cameraId, { pipeline, checkpoint });
    this.areas.enter(area);
  }

  private begin(pipeline: CameraPipeline): PipelineState {
    const state = pipeline.start();
    for (const suppression of this.suppressions.values())
      if (suppression.cameraId === pipeline.camera.id) pipeline.takeSuppression(state, suppression);
    return state;
  }

  /** A camera that goes to another area begins anew there: what it has open is closed in the old one. */
  private leaveArea(cameraId: string, area: string | undefined): void {
    const before = this.cameras.get(cameraId)?.checkpoint ?? this.restored.get(cameraId);
    if (before && before.area !== area) this.remove(cameraId);
  }

  private remove(cameraId: string): void {
    const slot = this.cameras.get(cameraId);
    const checkpoint = slot?.checkpoint ?? this.restored.get(cameraId);
    this.cameras.delete(cameraId);
    this.restored.delete(cameraId);
    this.dirty.delete(cameraId);
    if (!checkpoint) return;
    this.removed.add(cameraId);
    this.publish(cameraId, finishPipeline(checkpoint.state), checkpoint);
    this.publishArchive(cameraId, finishArchive(checkpoint.archive, slot?.pipeline.camera ?? { id: cameraId }));
    this.forgetArea(checkpoint.area);
  }

  private forgetArea(key: string | undefined): void {
    const users = [...[...this.cameras.values()].map(({ checkpoint }) => checkpoint), ...this.restored.values()];
    if (key === undefined || !this.areas.has(key) || users.some(({ area }) => area === key)) return;
    this.areas.forget(key);
    this.removed.add(key);
  }

  /** Closes the alerts of cameras that were deleted while rules was down. */
  private finishOrphans(): void {
    for (const cameraId of [...this.restored.keys()]) this.remove(cameraId);
  }

  private async consume(): Promise<void> {
    const consumer = await this.options.bus.js.consumers.get(streams.detections.name, { opt_start_seq: this.streamSeq + 1 });
    const messages = await consumer.consume({ max_messages: 500 });
    const loop = (async () => {
      for await (const message of messages) {
        this.take(message.seq, () => message.json(), message.subject);
        if (this.outbox.length > FULL_OUTBOX) await this.outbox.stored().catch(() => undefined);
        if (this.archive.length > FULL_ARCHIVE) await this.archive.stored().catch(() => undefined);
      }
    })();
    this.stops.unshift(async () => {
      await messages.close();
      await loop;
    });
  }

  /** Takes one message; whatever is wrong with it concerns nothing else. */
  private take(streamSeq: number, read: () => unknown, subject?: string): void {
    this.streamSeq = streamSeq;
    if (subject?.startsWith(HEALTH_SUBJECTS)) {
      const message = this.readMessage(streamSeq, read, (value) => matches(CameraHealthMessage, value), "a camera's health");
      if (message) this.advance(streamSeq, message.cameraId, ({ pipeline }, state) => pipeline.takeHealth(state, message));
      return;
    }
    if (subject?.startsWith(PLATES_SUBJECTS)) {
      const message = this.readMessage(streamSeq, read, (value) => matches(PlatesRead, value), 'a reading of plates');
      const lists = [...this.watchlists.values()];
      if (message) this.advance(streamSeq, message.cameraId, ({ pipeline }, state) => pipeline.takePlates(state, message, lists));
      return;
    }
    if (subject?.startsWith(ATTRIBUTES_SUBJECTS)) {
      const message = this.readMessage(streamSeq, read, (value) => matches(TrackAttributes, value), 'a message about attributes');
      if (!message) return;
      this.advance(streamSeq, message.cameraId, ({ pipeline, checkpoint }, state) => {
        archiveLook(checkpoint.archive, message);
        return pipeline.takeAttributes(state, message);
      });
      return;
    }
    const frame = this.readFrame(streamSeq, read);
    if (!frame) return;
    this.advance(streamSeq, frame.cameraId, ({ pipeline, checkpoint }, state) => {
      this.frames++;
      const step = pipeline.step(state, frame);
      this.publishArchive(frame.cameraId, archiveStep(checkpoint.archive, step, frame, pipeline.camera));
      return step;
    });
  }

  /** Moves a camera on by one message that its checkpoint does not include yet. */
  private advance(streamSeq: number, cameraId: string, act: (slot: CameraSlot, state: PipelineState) => PipelineStep): void {
    const slot = this.cameras.get(cameraId);
    if (!slot || streamSeq <= slot.checkpoint.streamSeq) return;
    try {
      this.publish(cameraId, act(slot, slot.checkpoint.state), slot.checkpoint, streamSeq);
    } catch (error) {
      this.log.note('RULES_PIPELINE_FAILED', error instanceof Error ? (error.stack ?? error.message) : String(error), { cameraId });
      slot.checkpoint.state = this.begin(slot.pipeline);
    }
    slot.checkpoint.streamSeq = streamSeq;
    this.dirty.add(cameraId);
  }

  private readMessage<M extends { cameraId: string }>(
    streamSeq: number,
    read: () => unknown,
    isSound: (value: unknown) => value is M,
    what: string,
  ): M | undefined {
    let message: unknown;
    try {
      message = read();
    } catch {
      message = undefined;
    }
    if (isSound(message) && this.cameras.has(message.cameraId)) return message;
    this.log.note('RULES_MESSAGE_INVALID', `${what} breaks its schema or names an unknown camera`, { streamSeq });
    return undefined;
  }

  private readFrame(streamSeq: number, read: () => unknown): DetectionsFrame | undefined {
    let problem = 'a detections message breaks its schema';
    try {
      const frame = usableFrame(read());
      if (frame && this.cameras.has(frame.cameraId)) return frame;
      if (frame) problem = `no camera "${frame.cameraId}" is configured`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    this.log.note('RULES_MESSAGE_INVALID', problem, { streamSeq });
    return undefined;
  }

  private publish(cameraId: string, step: PipelineStep, checkpoint: Checkpoint, streamSeq?: number): void {
    const { bus } = this.options;
    for (const wanted of step.evidence) {
      const moments = wanted.moments.map((moment) => moment.name).join('+');
      this.outbox.push(subjects.evidenceWanted(cameraId), wanted, `${wanted.reservationId}:${wanted.action}:${moments}`);
    }
    for (const alert of this.areas.alertsOf(checkpoint, step, streamSeq))
      this.outbox.push(subjects.alerts(alert.cameraId), alert, `${alert.alertId}:${alert.revision}`);
    for (const tally of step.tallies ?? [])
      this.outbox.push(subjects.suppressionTally(tally.suppressionId), tally, `${tally.suppressionId}:${tally.hidden}`);
    const { plate } = step;
    if (plate) this.outbox.push(subjects.vehiclePlate(cameraId), plate, `${cameraId}:${plate.trackId}:${plate.plate.atMs}`);
    for (const counts of step.counts) this.outbox.push(subjects.counts(cameraId), counts, countsKey(counts));
    if (!step.tracks) return;
    const lateMs = this.nowMs() - step.tracks.capturedAtMs;
    if (step.attention && lateMs <= LATE_ATTENTION_MS) bus.publishJson(subjects.attention(cameraId), step.attention);
    if (step.platesWanted && lateMs <= LATE_TRACKS_MS) bus.publishJson(subjects.platesWanted(cameraId), step.platesWanted);
    if (lateMs <= LATE_TRACKS_MS) bus.publishJson(subjects.tracks(cameraId), step.tracks);
  }

  private publishArchive(cameraId: string, records: readonly ArchiveRecord[]): void {
    for (const record of records) this.archive.push(subjects.archive(cameraId), record, archiveKey(record));
  }

  checkpoint(): Promise<void> {
    this.saving = this.saving.then(() => this.save());
    return this.saving;
  }

  private async save(): Promise<void> {
    if (!this.areas.isChanged && this.dirty.size + this.removed.size === 0 && this.streamSeq === this.savedSeq) return;
    const changedAreas = this.areas.takeChanged();
    const texts = new Map(changedAreas);
    for (const cameraId of this.dirty) {
      const slot = this.cameras.get(cameraId);
      if (slot) texts.set(cameraId, checkpointText(slot.checkpoint));
    }
    const changed = [...this.dirty];
    const gone = [...this.removed];
    const streamSeq = this.streamSeq;
    this.dirty.clear();
    this.removed.clear();
    try {
      await Promise.all([this.outbox.stored(), this.archive.stored()]);
      await saveCheckpoints(this.bucket, texts, streamSeq);
      for (const key of gone) if (!this.cameras.has(key) && !this.areas.has(key)) await deleteCheckpoint(this.bucket, key);
      this.savedSeq = streamSeq;
    } catch (error) {
      for (const cameraId of changed) this.dirty.add(cameraId);
      this.areas.giveBack(changedAreas.keys());
      for (const key of gone) if (!this.cameras.has(key) && !this.areas.has(key)) this.removed.add(key);
      this.log.note('RULES_CHECKPOINT_FAILED', error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.backtests.close();
    for (const stop of this.stops) await stop();
    this.outbox.close();
    this.archive.close();
    await this.checkpoint();
  }
}

/** The value of a JSON text; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The message as a frame, when at least everything but single detections is sound; the pipeline sorts those out itself. */
function usableFrame(value: unknown): DetectionsFrame | undefined {
  if (matches(DetectionsFrame, value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { detections } = value as { detections?: unknown };
  if (!Array.isArray(detections) || !matches(DetectionsFrame, { ...value, detections: [] })) return undefined;
  return {
    ...(value as DetectionsFrame),
    detections: detections.filter((item) => typeof item === 'object' && item !== null).slice(0, 500),
  };
}
