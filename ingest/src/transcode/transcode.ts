import { availableParallelism } from 'node:os';
import { TRANSCODED_CODEC } from '@safecity/contracts';
import type { Logger } from '@safecity/platform';
import type { WebSocket } from 'ws';
import type { ServedCamera } from '../http/internal-http.js';
import { pause } from '../pause.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { RingReader } from '../ring/ring-reader.js';
import { FedPictures } from './fed-pictures.js';
import { type Mpeg1Exit, type Mpeg1Process, startMpeg1 } from './mpeg1-process.js';
import { transcodedSize } from './transcode-size.js';
import { type TransportPicture, TransportPictureCutter } from './transport-pictures.js';
import { type CapturedPicture, Viewer } from './viewer.js';

export interface TranscodeOptions extends ServedCamera {
  cameraId: string;
  /** Address, on loopback, at which the process gets `input()`. */
  inputUrl(): string;
  /** Default 10 s. */
  stuckAfterMs?: number;
  /** Called as soon as no viewer may join any more; possibly more than once. */
  onEnd(): void;
  logger: Logger;
}

/** Further behind the camera than this, the input goes on at the newest keyframe. */
const MAX_BEHIND_MS = 1000;
/**
 * Pictures given to the process and not come out yet: what its decoder holds back, one for each of its threads, and two
 * fragments. Beyond it waits, for what waits in sockets and pipes only makes the picture older.
 */
const MOST_IN_FLIGHT = 10 + Math.min(16, availableParallelism() + 1);
/** The same until its first picture: it looks at 20 before it begins. */
const MOST_BEFORE_FIRST = 60;
const PAUSE_MS = 500;
/** So many processes in a row without a picture, and the viewers are told. */
const FAILURES_UNTIL_REFUSED = 2;
/** A process that has got so much and then gives nothing for so long is stuck. */
const STUCK_AFTER_MS = 10_000;

/** One life of the process: one connection and init segment of the camera, from a keyframe on. */
interface Pass {
  first: RingFragment;
  reader: RingReader;
  fed: FedPictures;
  /** The process has asked for its input. */
  asked: boolean;
  shownCount: number;
  shownUntilMs: number;
  /** Called when a picture came out. */
  onProgress: () => void;
  process: Mpeg1Process | null;
}

const mostInFlight = ({ shownCount }: Pass) => (shownCount === 0 ? MOST_BEFORE_FIRST : MOST_IN_FLIGHT);

function newPass(first: RingFragment, reader: RingReader): Pass {
  const none = () => undefined;
  return { first, reader, fed: new FedPictures(), asked: false, shownCount: 0, shownUntilMs: 0, onProgress: none, process: null };
}

/**
 * One camera's video transcoded to MPEG-1, in one process for all its viewers. It runs from the first viewer to the
 * last; a process that dies, and one whose camera begins a new stream, is replaced. `close()` ends process and viewers.
 */
export class Transcode {
  readonly #options: TranscodeOptions;
  readonly #closing = new AbortController();
  readonly #viewers = new Map<WebSocket, Viewer>();
  /** Resolves when it has ended and its process is gone. */
  readonly done: Promise<void>;
  #pass: Pass | null = null;
  #init: Parameters<Viewer['begin']>[0] | null = null;
  /** Pictures since the last that can be decoded by itself: what a new viewer begins with. */
  #group: CapturedPicture[] = [];

  constructor(options: TranscodeOptions) {
    this.#options = options;
    this.done = this.#run().finally(options.onEnd);
  }

  /** Process id of the transcoder; null while there is none. */
  get pid(): number | null {
    return this.#pass?.process?.pid ?? null;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Adds a viewer until its socket closes; the last one ends the transcode. */
  join(socket: WebSocket): void {
    const viewer = new Viewer(socket);
    this.#viewers.set(socket, viewer);
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      this.#viewers.delete(socket);
      if (this.#viewers.size === 0) void this.close();
    });
    if (this.#init) viewer.begin(this.#init);
    for (const picture of this.#group) viewer.show(picture);
  }

  /** What the process reads, once: init segment and fragments of one connection; null while nothing is wanted. */
  input(): AsyncGenerator<Buffer> | null {
    const pass = this.#pass;
    if (!pass || pass.asked) return null;
    pass.asked = true;
    return this.#feed(pass);
  }

  /** Resolves when the process is gone. */
  async close(): Promise<void> {
    this.#options.onEnd();
    this.#closing.abort();
    this.#pass?.process?.kill();
    for (const viewer of this.#viewers.values()) viewer.end();
    this.#viewers.clear();
    await this.done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      const reader = new RingReader(this.#options.ring, { maxBehindMs: MAX_BEHIND_MS, signal });
      const read = await reader.read();
      if (!read) break;
      const pass = newPass(read.fragment, reader);
      const exit = await this.#transcode(pass);
      if (signal.aborted) break;
      failures = pass.shownCount > 0 ? 0 : failures + 1;
      if (failures > 0) this.#tell(exit);
      if (failures >= FAILURES_UNTIL_REFUSED) return this.#giveUp(exit);
      await pause(PAUSE_MS, signal);
    }
    for (const viewer of this.#viewers.values()) viewer.end();
  }

  async #transcode(pass: Pass): Promise<Mpeg1Exit> {
    const { cameraId, inputUrl, logger } = this.#options;
    const cutter = new TransportPictureCutter((picture) => this.#show(pass, picture));
    this.#pass = pass;
    this.#group = [];
    this.#begin(pass.first);
    const size = transcodedSize(pass.first.init);
    const onData = (chunk: Buffer) => {
      try {
        cutter.push(chunk);
      } catch {
        running.kill();
      }
    };
    const running = startMpeg1({ url: inputUrl(), ...size, onData });
    pass.process = running;
    logger.info({ cameraId, codec: pass.first.init.codec, ...size }, 'transcode started');
    const exit = await running.exited;
    this.#pass = null;
    logger.info({ cameraId, pictures: pass.shownCount }, 'transcode ended');
    return exit;
  }

  #begin({ init, recording }: RingFragment): void {
    const simulated = this.#options.simulated || recording === true;
    this.#init = { type: 'init', codec: TRANSCODED_CODEC, transcodedFrom: init.codec, ...transcodedSize(init), simulated };
    for (const viewer of this.#viewers.values()) viewer.begin(this.#init);
  }

  async *#feed(pass: Pass): AsyncGenerator<Buffer> {
    const { init, epoch } = pass.first;
    yield init.data;
    for (let fragment: RingFragment | undefined = pass.first; fragment; fragment = (await pass.reader.read())?.fragment) {
      if (fragment.init !== init || fragment.epoch !== epoch || this.#pass !== pass) break;
      pass.fed.note(fragment);
      yield fragment.media.data;
      if (!(await this.#roomIn(pass))) break;
    }
    pass.process?.kill();
  }

  /** Waits until the process may be given more; false when it is stuck or no longer wanted. */
  async #roomIn(pass: Pass): Promise<boolean> {
    const { stuckAfterMs = STUCK_AFTER_MS } = this.#options;
    while (this.#pass === pass && pass.fed.countAfter(pass.shownUntilMs) > mostInFlight(pass)) {
      const stuck = new AbortController();
      pass.onProgress = () => stuck.abort();
      const before = pass.shownCount;
      await pause(stuckAfterMs, AbortSignal.any([stuck.signal, this.#closing.signal]));
      if (pass.shownCount === before) return false;
    }
    return this.#pass === pass;
  }

  #show(pass: Pass, picture: TransportPicture): void {
    const capturedAtMs = pass.fed.capturedAt(picture.ptsTicks);
    if (capturedAtMs === null || this.#pass !== pass) return;
    const captured = { ...picture, capturedAtMs, first: pass.shownCount === 0 };
    pass.shownCount++;
    pass.shownUntilMs = capturedAtMs;
    pass.onProgress();
    if (picture.key) this.#group = [];
    this.#group.push(captured);
    for (const viewer of this.#viewers.values()) viewer.show(captured);
  }

  #tell({ missing, stderrTail }: Mpeg1Exit): void {
    const { logger, cameraId } = this.#options;
    const code = missing ? 'INGEST_FFMPEG_MISSING' : 'INGEST_TRANSCODE_FAILED';
    logger.warn({ cameraId, code, stderrTail }, 'a transcode ended without a picture');
  }

  #giveUp({ missing }: Mpeg1Exit): void {
    const message = missing ? 'the ffmpeg program is missing' : 'the video cannot be transcoded: the log of ingest says why';
    for (const viewer of this.#viewers.values()) viewer.refuse('INGEST_TRANSCODE_FAILED', message);
    this.#viewers.clear();
  }
}
