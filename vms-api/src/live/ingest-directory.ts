import { buckets, IngestWorker, matches } from '@safecity/contracts';
import { type Bus, issueInternalToken, type Logger } from '@safecity/platform';
import { failure } from '../server/failure.js';

/** Entries are renewed every 2 s and gone after 6 s; the watch does not tell of entries that went by age. */
const BUCKET_TTL_MS = 6000;
const TOKEN_MS = 60_000;
const RETRY_MS = 1000;

/** Where recordings of a camera may be asked for. */
export interface RecordingWorker {
  workerId: string;
  address: string;
  headers: { authorization: string };
  /** It holds the camera now: what it has recorded grows. */
  holds: boolean;
  /** First and last capture time of what it has, epoch ms, as it said a moment ago; null: nothing yet. */
  recorded: { fromMs: number; toMs: number } | null;
}

/** Knows which ingest worker holds which camera, and how to ask it. */
export class IngestDirectory {
  readonly #workers = new Map<string, { worker: IngestWorker; seenAtMs: number }>();
  readonly #bus: Bus;
  readonly #key: Buffer;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  #watch: { stop(): void } | undefined;
  #closed = false;

  constructor(options: { bus: Bus; key: Buffer; logger: Logger; nowMs: () => number }) {
    this.#bus = options.bus;
    this.#key = options.key;
    this.#logger = options.logger;
    this.#nowMs = options.nowMs;
  }

  start(): void {
    void this.#follow();
  }

  close(): void {
    this.#closed = true;
    this.#watch?.stop();
  }

  /**
   * Address of the worker that holds a camera, with the header that opens `scope` there for a minute.
   * @throws SafecityError `API_NO_INGEST` (503)
   */
  reach(cameraId: string, scope: string): { address: string; headers: { authorization: string } } {
    const worker = this.#present().find(({ cameraIds }) => cameraIds.includes(cameraId));
    if (!worker) throw failure('API_NO_INGEST', 503, `no ingest worker holds the camera "${cameraId}" at the moment`);
    return this.#opening(worker, scope);
  }

  /**
   * The worker that holds a camera or, for a camera that none holds, any one.
   * @throws SafecityError `API_NO_INGEST` (503)
   */
  reachAny(scope: string, cameraId?: string): ReturnType<IngestDirectory['reach']> {
    const workers = this.#present();
    const worker = workers.find(({ cameraIds }) => cameraId !== undefined && cameraIds.includes(cameraId)) ?? workers[0];
    if (!worker) throw failure('API_NO_INGEST', 503, 'no ingest worker runs at the moment: start ingest');
    return this.#opening(worker, scope);
  }

  /** Workers that have been heard of lately. */
  #present(): IngestWorker[] {
    const nowMs = this.#nowMs();
    for (const [id, { seenAtMs }] of this.#workers) if (nowMs - seenAtMs > BUCKET_TTL_MS) this.#workers.delete(id);
    return [...this.#workers.values()].map(({ worker }) => worker);
  }

  #opening({ address }: IngestWorker, scope: string) {
    return { address, headers: { authorization: `Bearer ${issueInternalToken(this.#key, scope, TOKEN_MS, this.#nowMs())}` } };
  }

  /** The workers that may have recordings of a camera, those that hold it now first, each with the header that opens `scope` there. */
  recordersOf(cameraId: string, scope: string): RecordingWorker[] {
    const found = this.#present().flatMap((worker) => {
      const holds = worker.cameraIds.includes(cameraId);
      const recorded = worker.recorded?.find((one) => one.cameraId === cameraId) ?? null;
      if (!holds && !recorded) return [];
      return [{ workerId: worker.workerId, holds, recorded, ...this.#opening(worker, scope) }];
    });
    return found.sort((a, b) => Number(b.holds) - Number(a.holds) || (a.workerId < b.workerId ? -1 : 1));
  }

  /** What the workers of now say they have recorded. */
  recorded(): { workerId: string; recorded: NonNullable<IngestWorker['recorded']> }[] {
    return this.#present().map(({ workerId, recorded = [] }) => ({ workerId, recorded }));
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#watchOnce();
      } catch (error) {
        if (!this.#closed) this.#logger.warn({ err: error }, 'list of ingest workers could not be read; trying again');
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  async #watchOnce(): Promise<void> {
    const bucket = await this.#bus.kv(buckets.ingestWorkers, { ttlMs: BUCKET_TTL_MS });
    const watch = await bucket.watch();
    this.#watch = watch;
    if (this.#closed) watch.stop();
    for await (const entry of watch) {
      if (entry.operation === 'PUT') this.#take(entry.key, entry.string());
      else this.#workers.delete(entry.key);
    }
  }

  #take(key: string, text: string): void {
    let worker: unknown;
    try {
      worker = JSON.parse(text);
    } catch {
      return;
    }
    if (matches(IngestWorker, worker)) this.#workers.set(key, { worker, seenAtMs: this.#nowMs() });
  }
}
