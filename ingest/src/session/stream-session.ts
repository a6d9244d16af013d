import { type CameraSource, type Discontinuity, SafecityError } from '@safecity/contracts';
import type { CameraNetworks, FfmpegCommand } from '@safecity/platform';
import type { CameraProblem } from '../ffmpeg/classify.js';
import { DamagedPictures, type DamageFigures } from '../ffmpeg/damaged-pictures.js';
import type { MediaFragment } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import { sequenceParameterSets } from '../mp4/parameter-sets.js';
import { pause } from '../pause.js';
import { RateMeter } from '../rate-meter.js';
import type { PlacedFragment, RingFragment } from '../ring/ring-fragment.js';
import { BackOff } from './back-off.js';
import { type ConnectionEnd, runConnection } from './connection.js';
import { FragmentPlacer } from './fragment-placer.js';
import { Patience } from './patience.js';
import { type MaskPolygons, privacyMaskFilter } from './privacy-mask-filter.js';
import { type RemuxOptions, remuxCommand } from './stream-command.js';
import { streamAddress, urlWithCredentials } from './stream-url.js';

export interface StreamSessionOptions {
  source: Pick<CameraSource, 'url' | 'transport'>;
  /** Painted black before anything comes into the ring. */
  masks?: MaskPolygons;
  /** Opens the credentials (`user:password`); asked at each connection, so that they are held no longer than needed. */
  openCredentials(): string | null;
  /** Takes the fragments; its newest says where the capture times of a new connection go on. */
  ring: { readonly newest: RingFragment | null; append(placed: PlacedFragment): unknown };
  nowMs?: () => number;
  /** Least silence after which a camera is given up; grows with the camera's own pace. Default 5 s. */
  stallMs?: number;
  /** The same until the first picture, which has to wait for a keyframe. Default 15 s. */
  firstPictureMs?: number;
  backOff?: BackOff;
  /** Called when the state or the problem changes. */
  onChange?(): void;
  /** Checks and pins the address at each connection; without it every address may be reached. */
  networks?: CameraNetworks;
  /** Tests feed streams that do not come by RTSP. */
  command?: (url: string, transport: CameraSource['transport'], options: RemuxOptions) => FfmpegCommand;
}

/** What is wrong with an address that may not be reached or does not resolve; null for other errors. */
export function addressProblem(error: unknown): ConnectionEnd {
  if (!(error instanceof SafecityError)) return null;
  const { code, message } = error;
  if (code === 'PLATFORM_ADDRESS_REFUSED') return { code: 'INGEST_CAMERA_ADDRESS_REFUSED', message };
  return code === 'PLATFORM_HOST_UNKNOWN' ? { code: 'INGEST_CAMERA_HOST_UNKNOWN', message } : null;
}

const STALL_MS = 5000;
const FIRST_PICTURE_MS = 15_000;
/** Cameras lock an account after a few wrong passwords, for everybody. A new configuration is tried at once all the same. */
const UNAUTHORISED_MS = 30_000;
/** How a connection ends that was one; the other codes say that there was none. */
const REACHED: readonly string[] = ['INGEST_CAMERA_STALLED', 'INGEST_CAMERA_ENDED', 'INGEST_CAMERA_STREAM_CORRUPT', 'INGEST_MP4_CORRUPT'];

/**
 * Keeps one stream URL connected for as long as it is open: one remuxing ffmpeg at a time, its fragments placed in time
 * and put into the ring, every end a loss that is followed by a new attempt. `close()` ends it for good.
 */
export class StreamSession {
  readonly #options: StreamSessionOptions;
  readonly #nowMs: () => number;
  readonly #closing = new AbortController();
  readonly #bytes: RateMeter;
  readonly #backOff: BackOff;
  readonly #patience: Patience;
  readonly #done: Promise<void>;
  #placer: FragmentPlacer | null = null;
  #init: InitSegment | null = null;
  #state: 'connecting' | 'online' | 'offline' = 'connecting';
  #problem: CameraProblem | null = null;
  #reconnects = 0;
  #describedBySdp = true;
  #maskFilter: Promise<string> | null = null;
  readonly #damage: DamagedPictures | null;
  #cameraClockOffsetMs: number | null = null;

  constructor(options: StreamSessionOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#backOff = options.backOff ?? new BackOff();
    this.#patience = new Patience(options.stallMs ?? STALL_MS, options.firstPictureMs ?? FIRST_PICTURE_MS);
    this.#bytes = new RateMeter(10_000, this.#nowMs);
    this.#damage = options.masks?.length ? new DamagedPictures(this.#nowMs) : null;
    this.#done = this.#run();
  }

  get state(): 'connecting' | 'online' | 'offline' {
    return this.#state;
  }

  get problem(): CameraProblem | null {
    return this.#problem;
  }

  /** Of the present or last connection; null before the first picture. */
  get init(): InitSegment | null {
    return this.#init;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  get bitrateBps(): number {
    return this.#bytes.perSecond() * 8;
  }

  /** How many pictures came damaged; null where none is decoded here, because nothing is masked. */
  get damage(): DamageFigures | null {
    return this.#damage?.figures ?? null;
  }

  get cameraClockOffsetMs(): number | null {
    return this.#cameraClockOffsetMs;
  }

  /** Ends the connection and stops trying; resolves when its process is gone. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    let reason: Discontinuity = 'start';
    while (!this.#closing.signal.aborted) {
      const { end, clockJump, newVideo } = await this.#connect(reason);
      if (this.#closing.signal.aborted) return;
      if (this.#placer) reason = clockJump ? 'clock-jump' : 'reconnect';
      if (!clockJump && !newVideo) {
        this.#change('offline', end);
        await pause(end?.code === 'INGEST_CAMERA_UNAUTHORIZED' ? UNAUTHORISED_MS : this.#backOff.next(), this.#closing.signal);
      }
      this.#reconnects++;
    }
  }

  async #connect(discontinuity: Discontinuity): Promise<{ end: ConnectionEnd; clockJump: boolean; newVideo: boolean }> {
    const { source, ring } = this.#options;
    const nowMs = this.#nowMs;
    const patience = this.#patience;
    let url: string;
    try {
      url = urlWithCredentials({ url: await this.#pinned() }, this.#options.openCredentials());
    } catch (error) {
      const refused = addressProblem(error);
      if (refused) return { end: refused, clockJump: false, newVideo: false };
      const message = 'the stored credentials cannot be opened: enter user name and password again';
      return { end: { code: 'INGEST_CREDENTIALS_UNREADABLE', message }, clockJump: false, newVideo: false };
    }
    const connection = new AbortController();
    const stop = () => connection.abort();
    this.#closing.signal.addEventListener('abort', stop, { once: true });
    // Before the first wait: whoever opens this session may empty the ring afterwards.
    const notBeforeMs = ring.newest?.lastCaptureMs ?? null;
    const epoch = (ring.newest?.epoch ?? 0) + 1;
    let placer = new FragmentPlacer({ epoch, discontinuity, notBeforeMs, sinceMs: nowMs() });
    let clockJump = false;
    let newVideo = false;
    let parameterSets: Buffer | null = null;
    let hadPictures = false;
    patience.begin(nowMs());
    const maskFilter = await this.#drawMasks();
    const end = await runConnection({
      command: {
        ...(this.#options.command ?? remuxCommand)(url, source.transport, {
          silenceMs: Math.max(STALL_MS, patience.ms),
          describedBySdp: this.#describedBySdp,
          maskFilter,
        }),
        onLine: (line) => this.#damage?.noteLine(line),
      },
      address: streamAddress(source.url),
      stallMs: () => patience.ms,
      firstPictureMs: patience.firstMs,
      nowMs,
      signal: connection.signal,
      onBytes: (count) => this.#bytes.add(count),
      onInit: (_, sinceMs) => {
        placer = new FragmentPlacer({ epoch, discontinuity, notBeforeMs, sinceMs });
      },
      onFragment: (init, media, arrivedAtMs) => {
        hadPictures = true;
        this.#damage?.noteDecoded(media.samples.length);
        patience.note(arrivedAtMs);
        // ffmpeg writes one init segment for a connection: pictures of another size need a connection of their own.
        const sets = sequenceParameterSets(init, media);
        newVideo ||= sets !== null && parameterSets !== null && !sets.equals(parameterSets);
        if (newVideo) {
          connection.abort();
          return;
        }
        parameterSets ??= sets;
        this.#take(placer, init, media, arrivedAtMs);
        if (!placer.standing) return;
        clockJump = true;
        connection.abort();
      },
    });
    const silent = patience.end(nowMs(), end === null || REACHED.includes(end.code));
    if (end?.code === 'INGEST_CAMERA_STREAM_CORRUPT' && !hadPictures && !silent) this.#describedBySdp = false;
    this.#closing.signal.removeEventListener('abort', stop);
    return { end, clockJump, newVideo };
  }

  async #drawMasks(): Promise<string | null> {
    const { masks = [] } = this.#options;
    if (masks.length > 0) this.#maskFilter ??= privacyMaskFilter(masks);
    return this.#maskFilter;
  }

  /** The camera's URL, with the address that may be reached in the place of its name. */
  async #pinned(): Promise<string> {
    const { source, networks } = this.#options;
    return networks ? networks.pin(source.url) : source.url;
  }

  #take(placer: FragmentPlacer, init: InitSegment, media: MediaFragment, arrivedAtMs: number): void {
    const placed = placer.push(init, media, arrivedAtMs);
    if (placed.length === 0) return;
    this.#placer = placer;
    this.#init = init;
    this.#cameraClockOffsetMs = placer.cameraClockOffsetMs;
    for (const fragment of placed) this.#options.ring.append(fragment);
    this.#backOff.reset();
    this.#change('online', null);
  }

  #change(state: 'online' | 'offline', problem: CameraProblem | null): void {
    const same = this.#state === state && this.#problem?.code === problem?.code;
    this.#state = state;
    this.#problem = problem;
    if (!same) this.#options.onChange?.();
  }
}
