import { buckets, streams } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';
import { archiveStep } from '../archive/camera-archive.js';
import { BacktestRunner } from '../backtest/backtest-runner.js';
import { Areas } from './areas.js';
import { CheckpointKeeper } from './checkpoint-keeper.js';
import { loadCheckpoints, type StoredCheckpoints } from './checkpoints.js';
import { Configuration } from './configuration.js';
import { CountedLog } from './counted-log.js';
import { LiveCameras } from './live-cameras.js';
import { StepPublisher } from './step-publisher.js';
import { readStreamMessage } from './stream-message.js';
import { SuppressionsInForce } from './suppressions-in-force.js';

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

const CHECKPOINT_MS = 2000;

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
  private readonly log: CountedLog;
  private readonly publisher: StepPublisher;
  private readonly backtests: BacktestRunner;
  private readonly areas = new Areas();
  private readonly cameras: LiveCameras;
  private readonly configuration: Configuration;
  private keeper!: CheckpointKeeper;
  private streamSeq = 0;
  private frames = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopConsuming: () => Promise<void> = async () => undefined;

  constructor(private readonly options: RulesOptions) {
    const { bus, logger, clock: nowMs = Date.now } = options;
    this.log = new CountedLog(logger, nowMs);
    this.publisher = new StepPublisher(bus, this.log, nowMs);
    this.backtests = new BacktestRunner(bus, this.log, nowMs);
    const { areas, publisher, log } = this;
    this.cameras = new LiveCameras({ areas, suppressions: new SuppressionsInForce(nowMs), publisher, log });
    this.configuration = new Configuration(bus, this.cameras, log);
  }

  cameraIds(): string[] {
    return this.cameras.ids();
  }

  counts(): { frames: number; invalidMessages: number } {
    return { frames: this.frames, invalidMessages: this.log.total('RULES_MESSAGE_INVALID') };
  }

  position(): number {
    return this.streamSeq;
  }

  async start(): Promise<void> {
    const bucket = await this.options.bus.kv(buckets.rulesCheckpoints);
    await this.placeInStream(await loadCheckpoints(bucket, this.log));
    this.keeper = new CheckpointKeeper(
      {
        bucket,
        areas: this.areas.unsaved,
        cameras: this.cameras.unsaved,
        position: () => this.streamSeq,
        stored: () => this.publisher.stored(),
      },
      this.streamSeq,
      this.log,
    );
    await this.configuration.start();
    this.cameras.finishOrphans();
    await this.consume();
    this.backtests.start();
    this.timer = setInterval(() => void this.checkpoint(), this.options.checkpointMs ?? CHECKPOINT_MS);
  }

  checkpoint(): Promise<void> {
    return this.keeper.save();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.backtests.close();
    // First of all: while NATS is away, reading waits for room in it, which comes only when it gives up.
    this.publisher.close();
    await this.stopConsuming();
    this.configuration.close();
    await this.checkpoint();
  }

  /** Where to go on. A stream that was made anew counts from 1 again: then stored sequences mean nothing. */
  private async placeInStream({ position, cameras, areas }: StoredCheckpoints): Promise<void> {
    const { state } = await this.options.bus.jsm.streams.info(streams.detections.name);
    const isSameStream = position <= state.last_seq;
    this.streamSeq = isSameStream ? position : 0;
    for (const checkpoint of [...cameras.values(), ...areas.values()])
      if (!isSameStream || checkpoint.streamSeq > state.last_seq) checkpoint.streamSeq = 0;
    this.cameras.restore(cameras);
    this.areas.restore(areas);
  }

  private async consume(): Promise<void> {
    const consumer = await this.options.bus.js.consumers.get(streams.detections.name, { opt_start_seq: this.streamSeq + 1 });
    const messages = await consumer.consume({ max_messages: 500 });
    const loop = (async () => {
      for await (const message of messages) {
        this.take(message.seq, message.subject, () => message.json());
        await this.publisher.room();
      }
    })();
    this.stopConsuming = async () => {
      await messages.close();
      await loop;
    };
  }

  /** Takes one message; whatever is wrong with it concerns nothing else. */
  private take(streamSeq: number, subject: string, read: () => unknown): void {
    this.streamSeq = streamSeq;
    const message = readStreamMessage(subject, read, (cameraId) => this.cameras.has(cameraId));
    if (typeof message === 'string') {
      this.log.note('RULES_MESSAGE_INVALID', message, { streamSeq });
      return;
    }
    this.cameras.advance(streamSeq, message.value.cameraId, ({ pipeline, checkpoint: { archive } }, state) => {
      if (message.kind === 'health') return pipeline.takeHealth(state, message.value);
      if (message.kind === 'plates') return pipeline.takePlates(state, message.value, this.configuration.watchlists);
      if (message.kind === 'attributes') return pipeline.takeAttributes(state, message.value);
      this.frames++;
      const step = pipeline.step(state, message.value);
      this.publisher.publishArchive(pipeline.camera.id, archiveStep(archive, step, message.value, pipeline.camera));
      return step;
    });
  }
}
