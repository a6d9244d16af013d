import { type AlertMessage, type ArchiveRecord, archiveKey, countsKey, subjects } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import type { PipelineStep } from '../pipeline/pipeline-step.js';
import type { CountedLog } from './counted-log.js';
import { Outbox } from './outbox.js';

/** Tracks older than this are not drawn any more: a replay after a crash does not repeat them. */
const LATE_TRACKS_MS = 5000;
/** A camera that wakes catches up from its last keyframe, which may be so old: its attention still counts. */
const LATE_ATTENTION_MS = 30_000;
/** Above this many alerts not yet stored, no further detections are taken; the same for records of the archive. */
const FULL_OUTBOX = 500;
const FULL_ARCHIVE = 5000;

/**
 * Publishes what comes of the cameras' messages: through JetStream, in order and until it is stored, what must not be lost;
 * by core NATS what is worth something only now.
 */
export class StepPublisher {
  private readonly outbox: Outbox;
  /** Of its own: many tracks that end at once hold up no alert. */
  private readonly archive: Outbox;

  constructor(
    private readonly bus: Bus,
    log: CountedLog,
    private readonly nowMs: () => number,
  ) {
    this.outbox = new Outbox(bus, log);
    this.archive = new Outbox(bus, log);
  }

  /** @param alerts the step's alerts as the camera's area tells them */
  publish(cameraId: string, step: PipelineStep, alerts: readonly AlertMessage[]): void {
    const { outbox } = this;
    for (const wanted of step.evidence) {
      const moments = wanted.moments.map((moment) => moment.name).join('+');
      outbox.push(subjects.evidenceWanted(cameraId), wanted, `${wanted.reservationId}:${wanted.action}:${moments}`);
    }
    for (const alert of alerts) outbox.push(subjects.alerts(alert.cameraId), alert, `${alert.alertId}:${alert.revision}`);
    for (const tally of step.tallies ?? [])
      outbox.push(subjects.suppressionTally(tally.suppressionId), tally, `${tally.suppressionId}:${tally.hidden}`);
    const { plate } = step;
    if (plate) outbox.push(subjects.vehiclePlate(cameraId), plate, `${cameraId}:${plate.trackId}:${plate.plate.atMs}`);
    for (const counts of step.counts) outbox.push(subjects.counts(cameraId), counts, countsKey(counts));
    this.publishOfNow(cameraId, step);
  }

  /** Publishes records of a camera's archive. */
  publishArchive(cameraId: string, records: readonly ArchiveRecord[]): void {
    for (const record of records) this.archive.push(subjects.archive(cameraId), record, archiveKey(record));
  }

  /** Resolves when there is room for what comes of further messages. */
  async room(): Promise<void> {
    if (this.outbox.length > FULL_OUTBOX) await this.outbox.stored().catch(() => undefined);
    if (this.archive.length > FULL_ARCHIVE) await this.archive.stored().catch(() => undefined);
  }

  /** Resolves when everything published durably so far is stored; rejects when `close` cut it short. */
  stored(): Promise<unknown> {
    return Promise.all([this.outbox.stored(), this.archive.stored()]);
  }

  /** From now on what cannot be stored is not tried again: a replay finds it again. */
  close(): void {
    this.outbox.close();
    this.archive.close();
  }

  private publishOfNow(cameraId: string, { tracks, attention, platesWanted }: PipelineStep): void {
    if (!tracks) return;
    const { bus } = this;
    const lateMs = this.nowMs() - tracks.capturedAtMs;
    if (attention && lateMs <= LATE_ATTENTION_MS) bus.publishJson(subjects.attention(cameraId), attention);
    if (platesWanted && lateMs <= LATE_TRACKS_MS) bus.publishJson(subjects.platesWanted(cameraId), platesWanted);
    if (lateMs <= LATE_TRACKS_MS) bus.publishJson(subjects.tracks(cameraId), tracks);
  }
}
