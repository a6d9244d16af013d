import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { redactCredentials } from '@safecity/platform';

/** What node-rtsp-stream gives; it has no types of its own. */
interface VideoStream extends EventEmitter {
  stream: ChildProcess;
  mpeg1Muxer: EventEmitter;
  pipeStreamToSocketServer(): void;
}
type VideoStreamOptions = { name: string; streamUrl: string; ffmpegOptions: Record<string, string> };

const VideoStreamOfPackage = createRequire(import.meta.url)('node-rtsp-stream') as new (options: VideoStreamOptions) => VideoStream;

/**
 * The package opens a WebSocket server of its own for each stream, on every interface and open to everybody. Its
 * pictures are taken from the event `camdata` instead, and the server is never made.
 */
class ServerlessStream extends VideoStreamOfPackage {
  override pipeStreamToSocketServer(): void {}
}

/** What to transcode, and to which size (even numbers). */
export interface Mpeg1Command {
  /** Of our own loopback HTTP. It holds a token: never logged. */
  url: string;
  widthPx: number;
  heightPx: number;
  onData(chunk: Buffer): void;
}

/** How a transcoding process ended. */
export interface Mpeg1Exit {
  /** The program could not be started at all. */
  missing: boolean;
  /** Last lines of standard error, credentials and tokens blanked. */
  stderrTail: string[];
}

/** A running transcode. Whoever started it calls `kill()`. */
export interface Mpeg1Process {
  readonly pid: number | null;
  exited: Promise<Mpeg1Exit>;
  /** Ends it at once (SIGKILL); safe to call more than once. */
  kill(): void;
}

/** At most so many pictures a second; a camera of 25 gives every second one. */
const MOST_PER_SECOND = 15;
/** Pictures this much too early still count as due: steps between pictures are rounded. */
const EARLY_S = 0.004;
/** Rate of the encoder's clock: times are kept to ±10 ms. MPEG-1 knows only some rates, 15 is none of them. */
const CLOCK_PER_SECOND = 50;
/** Pictures from one that can be decoded by itself to the next: about a second. */
const GROUP_PICTURES = 12;
/** 2 (best) to 31: 0.3 to 1 Mb/s at 640x360. */
const QUALITY = 5;
const STDERR_TAIL_LINES = 10;

/** All of them stand after `-i`: the package leaves no other place. An empty value is an option without one. */
function optionsOf({ widthPx, heightPx }: Mpeg1Command): Record<string, string> {
  const due = `isnan(prev_selected_t)+gte(t-prev_selected_t,1/${MOST_PER_SECOND}-${EARLY_S})`;
  return {
    '-nostdin': '',
    '-loglevel': 'error',
    '-map': '0:v:0',
    // Presentation times stay those of the input: they tell when each picture was captured.
    '-copyts': '',
    '-avoid_negative_ts': 'disabled',
    '-vf': `select='${due}',scale=${widthPx}:${heightPx}`,
    '-r': String(CLOCK_PER_SECOND),
    '-fps_mode': 'vfr',
    '-g': String(GROUP_PICTURES),
    '-q:v': String(QUALITY),
    // Without B-frames nothing need be held back; `unofficial` allows the encoder to know that with MPEG-1.
    '-flags': '+low_delay',
    '-strict': 'unofficial',
    '-threads': '1',
    '-muxdelay': '0',
    '-muxpreload': '0',
    '-omit_video_pes_length': '0',
    '-flush_packets': '1',
  };
}

const withoutToken = (line: string) => redactCredentials(line).replace(/token=[^\s'"&]+/g, 'token=…');

/** The package prints everything ffmpeg says to our standard error, and the end of a stream too: both are taken over. */
function takeErrors(video: VideoStream, tail: string[]): void {
  video.mpeg1Muxer.removeAllListeners('ffmpegStderr');
  video.stream.removeAllListeners('exit');
  video.mpeg1Muxer.on('ffmpegStderr', (chunk: Buffer) => {
    tail.push(...chunk.toString().split('\n').filter(Boolean).map(withoutToken));
    tail.splice(0, tail.length - STDERR_TAIL_LINES);
  });
}

/** Starts a transcode to MPEG-1 in a transport stream through node-rtsp-stream. The only place that knows that package. */
export function startMpeg1(command: Mpeg1Command): Mpeg1Process {
  const video = new ServerlessStream({ name: 'transcode', streamUrl: command.url, ffmpegOptions: optionsOf(command) });
  const { stream: child } = video;
  const tail: string[] = [];
  takeErrors(video, tail);
  video.on('camdata', command.onData);
  const exited = new Promise<Mpeg1Exit>((resolve) => {
    child.once('error', () => resolve({ missing: true, stderrTail: tail }));
    child.once('close', () => resolve({ missing: false, stderrTail: tail }));
  });
  return {
    get pid() {
      return child.pid ?? null;
    },
    exited,
    kill: () => void child.kill('SIGKILL'),
  };
}
