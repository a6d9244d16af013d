import {
  type BacktestResult,
  type BacktestStatus,
  BacktestWanted,
  buckets,
  MOST_BACKTEST_FINDINGS,
  matches,
  parseCamera,
  subjects,
} from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import { emptyArchive, type TrackArchive, takeArchiveLine } from '../archive/archive-lines.js';
import { type Backtest, backtestInTurns } from '../archive/backtest.js';
import type { CountedLog } from '../shell/counted-log.js';

/** Backtests that may wait behind the one that runs. */
const MOST_WAITING = 2;
/** Longest time that one may run. */
const LONGEST_RUN_MS = 10 * 60_000;
/** Pause between two turns of a few milliseconds: detections that came meanwhile go first. */
const PAUSE_MS = 1;
const REPORT_MS = 500;
/** The object store of the same name keeps what was handed over as long as the bucket keeps its status. */
const KEPT_MS = 3_600_000;
const LINES_A_TURN = 200;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));

type Store = Awaited<ReturnType<Bus['js']['views']['os']>>;
type Bucket = Awaited<ReturnType<Bus['kv']>>;

function resultOf({ tracks, gapMs, revisions, rules, findings }: Backtest): BacktestResult {
  const told = findings.slice(0, MOST_BACKTEST_FINDINGS).map((finding) => ({
    ...{ type: finding.type, rule: finding.ruleId, startMs: finding.startMs, raisedAtMs: finding.raisedAtMs },
    ...(finding.class === undefined ? {} : { class: finding.class }),
    ...(finding.endMs === undefined ? {} : { endMs: finding.endMs }),
    ...{ confidence: finding.confidence, reason: finding.reason.text },
  }));
  return { tracks, gapMs, revisions, rules, findings: told };
}

/**
 * Runs backtests for vms-api, one at a time, in turns of a few milliseconds with a pause after each, so that live rules
 * are not held up. Camera and archive come as JSON lines through an object store, the camera first; how it goes stands in
 * the bucket `backtests`. Every rules process listens in one queue group.
 */
export class BacktestRunner {
  #waiting = 0;
  #closed = false;
  #tail: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly log: CountedLog,
    private readonly nowMs: () => number,
  ) {}

  start(): void {
    const subscription = this.bus.nc.subscribe(subjects.backtestWanted, {
      queue: 'rules',
      callback: (error, message) => {
        if (error) return;
        const accepted = this.#accept(() => message.json());
        message.respond(new TextEncoder().encode(JSON.stringify({ accepted })));
      },
    });
    this.#stop = () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await this.#tail;
  }

  #accept(read: () => unknown): boolean {
    let wanted: unknown;
    try {
      wanted = read();
    } catch {
      wanted = undefined;
    }
    if (!matches(BacktestWanted, wanted) || this.#closed || this.#waiting > MOST_WAITING) return false;
    const { id, cameraId, fromMs, toMs } = wanted;
    const status = { ...{ id, cameraId, fromMs, toMs }, state: 'waiting' as const, progress: 0, atMs: this.nowMs() };
    this.#waiting++;
    this.#tail = this.#tail.then(() => this.#run(status)).finally(() => this.#waiting--);
    return true;
  }

  async #run(status: BacktestStatus): Promise<void> {
    try {
      const bucket = await this.bus.kv(buckets.backtests, { ttlMs: KEPT_MS });
      const store = await this.bus.js.views.os(buckets.backtests, { ttl: KEPT_MS * 1e6 });
      try {
        const result = await this.#backtest(store, status, (progress) => this.#tell(bucket, { ...status, state: 'running', progress }));
        await this.#tell(bucket, { ...status, state: 'done', progress: 1, result });
      } catch (error) {
        await this.#tell(bucket, { ...status, state: 'failed', problem: error instanceof Error ? error.message : String(error) });
      } finally {
        await store.delete(status.id);
      }
    } catch (error) {
      this.log.note('RULES_BACKTEST_FAILED', error instanceof Error ? error.message : String(error), { backtestId: status.id });
    }
  }

  async #tell(bucket: Bucket, status: BacktestStatus): Promise<void> {
    await bucket.put(status.id, JSON.stringify({ ...status, atMs: this.nowMs() }));
  }

  async #backtest(store: Store, { id, fromMs, toMs }: BacktestStatus, report: (share: number) => Promise<void>): Promise<BacktestResult> {
    const deadlineMs = this.nowMs() + LONGEST_RUN_MS;
    await report(0);
    const { camera, archive } = await readHandOver(store, id);
    const turns = backtestInTurns(camera, archive, { fromMs, toMs });
    let reportedMs = this.nowMs();
    for (let turn = turns.next(); ; turn = turns.next()) {
      if (turn.done) return resultOf(turn.value);
      if (this.#closed) throw new Error('rules was stopped: start the backtest again');
      if (this.nowMs() > deadlineMs) throw new Error(`it took longer than ${LONGEST_RUN_MS / 60_000} min: take a shorter time`);
      if (this.nowMs() - reportedMs >= REPORT_MS) {
        reportedMs = this.nowMs();
        await report((turn.value.atMs - fromMs) / (toMs - fromMs));
      }
      await pause();
    }
  }
}

/** Reads what was handed over: the first line is the camera, the others are those of an archive file. */
async function readHandOver(store: Store, id: string): Promise<{ camera: ReturnType<typeof parseCamera>; archive: TrackArchive }> {
  const bytes = await store.getBlob(id);
  if (!bytes) throw new Error('what was handed over is gone: start the backtest again');
  const [first = '', ...rest] = new TextDecoder().decode(bytes).split('\n');
  const camera = parseCamera(JSON.parse(first));
  const archive = emptyArchive();
  for (const [index, line] of rest.entries()) {
    if (line !== '' && !takeArchiveLine(archive, JSON.parse(line) as Record<string, unknown>))
      throw new Error(`line ${index + 2} is none of an archive`);
    if (index % LINES_A_TURN === 0) await pause();
  }
  return { camera, archive };
}
