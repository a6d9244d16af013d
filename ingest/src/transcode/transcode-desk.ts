import { issueInternalToken, type Logger } from '@safecity/platform';
import type { WebSocket } from 'ws';
import type { ServedCamera } from '../http/internal-http.js';
import { Transcode } from './transcode.js';
import type { TranscodeSlots } from './transcode-slots.js';
import { Viewer } from './viewer.js';

export interface TranscodeDeskOptions {
  /** One for each camera that is transcoded. */
  slots: TranscodeSlots;
  /** Key of the internal tokens. */
  key: Buffer;
  /** Where the internal HTTP listens, `http://127.0.0.1:PORT`. */
  address(): string;
  /** Default 10 s: see `Transcode`. */
  stuckAfterMs?: number;
  logger: Logger;
}

/** A process asks for its input at once; the token must not outlive that by much, for it stands on a command line. */
const TOKEN_MS = 10_000;

/** Scope of the token with which a transcoder gets its input. */
export function transcodeScope(cameraId: string): string {
  return `transcode:${cameraId}`;
}

/** The transcodes of a worker: one per camera for all its viewers, a bounded number at a time. `close()` ends them all. */
export class TranscodeDesk {
  readonly #options: TranscodeDeskOptions;
  /** Those that viewers may join. */
  readonly #running = new Map<string, Transcode>();
  /** And those whose process is not gone yet. */
  readonly #all = new Set<Transcode>();
  #refused = 0;

  constructor(options: TranscodeDeskOptions) {
    this.#options = options;
  }

  get figures() {
    const viewers = [...this.#running.values()].reduce((sum, transcode) => sum + transcode.viewers, 0);
    const { taken, limit } = this.#options.slots;
    return { running: taken, limit, viewers, refused: this.#refused };
  }

  /** Process ids of the transcoders that run now. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  /** Sends a camera transcoded until the socket closes, or says with `INGEST_TRANSCODE_EXHAUSTED` that no more is possible. */
  watch(cameraId: string, camera: ServedCamera, socket: WebSocket): void {
    const { slots } = this.#options;
    const running = this.#running.get(cameraId);
    const release = running ? undefined : slots.take();
    if (release === null) {
      this.#refused++;
      new Viewer(socket).refuse('INGEST_TRANSCODE_EXHAUSTED', `this worker transcodes at most ${slots.limit} videos at a time`);
      return;
    }
    (running ?? this.#start(cameraId, camera, release)).join(socket);
  }

  /** What the transcoder of a camera reads; null when none is wanted. */
  input(cameraId: string): AsyncGenerator<Buffer> | null {
    return this.#running.get(cameraId)?.input() ?? null;
  }

  /** Resolves when no process is left. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((transcode) => transcode.close()));
  }

  #start(cameraId: string, camera: ServedCamera, release: (() => void) | undefined): Transcode {
    const { key, address, stuckAfterMs, logger } = this.#options;
    const transcode: Transcode = new Transcode({
      ...camera,
      ...(stuckAfterMs === undefined ? {} : { stuckAfterMs }),
      cameraId,
      inputUrl: () =>
        `${address()}/cameras/${cameraId}/transcode-input?token=${issueInternalToken(key, transcodeScope(cameraId), TOKEN_MS)}`,
      onEnd: () => {
        release?.();
        if (this.#running.get(cameraId) === transcode) this.#running.delete(cameraId);
      },
      logger,
    });
    this.#running.set(cameraId, transcode);
    this.#all.add(transcode);
    void transcode.done.finally(() => this.#all.delete(transcode));
    return transcode;
  }
}
