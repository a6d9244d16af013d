import { SafecityError } from '@safecity/contracts';
import { type FfmpegCommand, startFfmpeg } from '@safecity/platform';
import type { IngestErrorCode } from '../errors.js';
import { type CameraProblem, classifyExit } from '../ffmpeg/classify.js';
import type { MediaFragment } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import { FragmentedMp4Reader } from '../mp4/stream-reader.js';
import { streamAddress } from './stream-url.js';

export interface ConnectionOptions {
  command: FfmpegCommand;
  /** Host and port for messages. */
  address: string;
  /** No fragment for this long: the process is killed. Asked after each fragment. */
  stallMs(): number;
  /** The same before the first fragment, which has to wait for a keyframe. */
  firstPictureMs: number;
  nowMs: () => number;
  signal: AbortSignal;
  /** Comes once, before the first fragment. */
  onInit(init: InitSegment, arrivedAtMs: number): void;
  onFragment(init: InitSegment, media: MediaFragment, arrivedAtMs: number): void;
  onBytes(count: number): void;
}

/** ffmpeg follows a redirection by itself, to wherever it leads; it says so before it connects there. */
const REDIRECTION = /Status 3\d\d: Redirecting to (\S+)/;

/** Why a connection ended; null when it was ended on purpose. */
export type ConnectionEnd = CameraProblem | null;

function problemOf(error: unknown, address: string): CameraProblem {
  if (error instanceof SafecityError && error.code.startsWith('INGEST_'))
    return { code: error.code as IngestErrorCode, message: `${address}: ${error.message}` };
  return { code: 'INGEST_CAMERA_STREAM_CORRUPT', message: `the stream of ${address} cannot be read: restart the camera` };
}

/** Runs one connection to a camera until it ends, for whatever reason; leaves no process behind. */
export async function runConnection(options: ConnectionOptions): Promise<ConnectionEnd> {
  const { address, signal, nowMs } = options;
  let failure: CameraProblem | null = null;
  let hadPictures = false;
  let init: InitSegment | null = null;
  const fail = (problem: CameraProblem) => {
    failure ??= problem;
    ffmpeg.kill();
  };
  const ffmpeg = startFfmpeg({
    ...options.command,
    onLine: (line) => {
      const target = REDIRECTION.exec(line)?.[1];
      if (target === undefined) return options.command.onLine?.(line);
      const message = `${address} sends on to ${streamAddress(target)}, where nobody allowed to go: enter the address of the stream itself`;
      fail({ code: 'INGEST_CAMERA_REDIRECTED', message });
    },
  });
  const stalled = () => {
    const what = hadPictures
      ? `${address} has sent no picture for ${Math.round(options.stallMs() / 1000)} s`
      : `${address} sent no picture after connecting`;
    fail({ code: 'INGEST_CAMERA_STALLED', message: `${what}: connecting anew` });
  };
  let watchdog = setTimeout(stalled, options.firstPictureMs);
  const reader = new FragmentedMp4Reader({
    onInit: (segment, arrivedAtMs) => {
      init = segment;
      options.onInit(segment, arrivedAtMs);
    },
    onFragment: (media, arrivedAtMs) => {
      hadPictures = true;
      if (init) options.onFragment(init, media, arrivedAtMs);
      clearTimeout(watchdog);
      watchdog = setTimeout(stalled, options.stallMs());
    },
  });
  ffmpeg.stdout.on('data', (chunk: Buffer) => {
    if (failure || signal.aborted) return;
    options.onBytes(chunk.length);
    try {
      reader.push(chunk, nowMs());
    } catch (error) {
      fail(problemOf(error, address));
    }
  });
  signal.addEventListener('abort', ffmpeg.kill, { once: true });
  if (signal.aborted) ffmpeg.kill();
  const exit = await ffmpeg.exited;
  clearTimeout(watchdog);
  signal.removeEventListener('abort', ffmpeg.kill);
  if (signal.aborted) return null;
  return failure ?? classifyExit(exit, { address, hadPictures });
}
