import type { CameraStatus } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { CameraStatuses } from '../cameras/camera-statuses.js';
import { jsonb, type Sql } from '../database/connection.js';

/** Ingest speaks of each camera at least every 5 s; a longer silence than this is time that nobody knows of (exclusive). */
const SILENT_MS = 15_000;
const FLUSH_MS = 10_000;
/** Spans that wait for the database at most; the oldest go first, and their time is unknown. */
const MOST_WAITING = 20_000;

/** A camera in one state, from the first to the last word of it. */
export interface StateSpan {
  cameraId: string;
  state: CameraStatus['state'];
  fromMs: number;
  toMs: number;
}

/** The spans after a status, the newest one open: what has ended goes to `ended`. Late words change nothing. */
export function nextSpan(open: StateSpan | undefined, { cameraId, state, atMs }: CameraStatus): { open: StateSpan; ended?: StateSpan } {
  const fresh = { cameraId, state, fromMs: atMs, toMs: atMs };
  if (!open) return { open: fresh };
  if (atMs <= open.toMs) return { open };
  if (atMs - open.toMs > SILENT_MS) return { open: fresh, ended: open };
  // Until it says otherwise a camera is as it was last.
  const longer = { ...open, toMs: atMs };
  return open.state === state ? { open: longer } : { open: fresh, ended: longer };
}

/** Writes spans of camera states down, for statistics of how long cameras were there. */
export class CameraStateRecorder {
  readonly #sql: Sql;
  readonly #statuses: CameraStatuses;
  readonly #logger: Logger;
  readonly #open = new Map<string, StateSpan>();
  readonly #changed = new Set<string>();
  #ended: StateSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stop: () => void = () => undefined;

  constructor({ sql, statuses, logger }: { sql: Sql; statuses: CameraStatuses; logger: Logger }) {
    this.#sql = sql;
    this.#statuses = statuses;
    this.#logger = logger;
  }

  start(): void {
    this.#stop = this.#statuses.onStatus((status) => this.#take(status));
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
  }

  async close(): Promise<void> {
    this.#stop();
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Writes what has changed. A failure is logged, and what was not written waits. */
  async flush(): Promise<void> {
    const open = [...this.#changed].flatMap((cameraId) => this.#open.get(cameraId) ?? []);
    const ended = this.#ended;
    if (open.length + ended.length === 0) return;
    this.#ended = [];
    this.#changed.clear();
    try {
      await this.#write([...ended, ...open]);
    } catch (error) {
      this.#ended = [...ended, ...this.#ended].slice(-MOST_WAITING);
      for (const { cameraId } of open) this.#changed.add(cameraId);
      this.#logger.warn({ err: error }, 'states of cameras could not be stored; tried again');
    }
  }

  #take(status: CameraStatus): void {
    const { cameraId } = status;
    const { open, ended } = nextSpan(this.#open.get(cameraId), status);
    if (ended) this.#ended.push(ended);
    this.#open.set(cameraId, open);
    this.#changed.add(cameraId);
  }

  async #write(spans: readonly StateSpan[]): Promise<void> {
    const sql = this.#sql;
    await sql`
      INSERT INTO camera_state_spans (camera_id, from_ms, to_ms, state, unit_id)
      SELECT c.id, r."fromMs", r."toMs", r.state, c.unit_id
      FROM jsonb_to_recordset(${jsonb(sql, spans)}) AS r ("cameraId" text, "fromMs" float8, "toMs" float8, state text)
      JOIN cameras c ON c.id = r."cameraId"
      ON CONFLICT (camera_id, from_ms, state) DO UPDATE SET to_ms = greatest(camera_state_spans.to_ms, excluded.to_ms)`;
    // A camera that nobody speaks of any more is not kept in mind.
    const newestMs = Math.max(...[...this.#open.values()].map(({ toMs }) => toMs));
    for (const [cameraId, span] of this.#open)
      if (newestMs - span.toMs > SILENT_MS && !this.#changed.has(cameraId)) this.#open.delete(cameraId);
  }
}
