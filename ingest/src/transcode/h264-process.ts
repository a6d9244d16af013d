import { type FfmpegExit, startFfmpeg } from '@safecity/platform';

/** Video to be encoded anew as H.264. */
export interface H264Command {
  /** Fragmented MP4, the whole of it. */
  input: readonly Buffer[];
  /** Pictures of these media times of the input, seconds: inclusive, exclusive. */
  fromS: number;
  beforeS: number;
  /** Even numbers. */
  widthPx: number;
  heightPx: number;
  onData(chunk: Buffer): void;
}

/** A running encoder. Whoever started it calls `kill()`. */
export interface H264Process {
  readonly pid: number | null;
  /** Resolves at its end, after the last `onData`. */
  exited: Promise<FfmpegExit>;
  /** Ends it at once (SIGKILL); safe to call more than once. */
  kill(): void;
}

/** From here on decoding may begin: a seek within what the player holds goes no further back. */
const GROUP_PICTURES = 25;
/** Times of the input are whole ticks: half a millisecond is less than any step between pictures. */
const HALF_MS_S = 0.0005;
const TICKS_PER_SECOND = 90_000;

function optionsOf({ fromS, beforeS, widthPx, heightPx }: H264Command): string[] {
  const wanted = `gte(t,${(fromS - HALF_MS_S).toFixed(4)})*lt(t,${(beforeS - HALF_MS_S).toFixed(4)})`;
  return [
    // Presentation times stay those of the input: they tell when each picture was captured.
    ...['-map', '0:v:0', '-copyts', '-avoid_negative_ts', 'disabled', '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
    ...['-vf', `select='${wanted}',scale=${widthPx}:${heightPx}`],
    // Without B-frames, so that a piece ends where its last picture does; what every browser plays.
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-crf', '24', '-maxrate', '4M', '-bufsize', '8M'],
    ...['-g', String(GROUP_PICTURES), '-pix_fmt', 'yuv420p', '-video_track_timescale', String(TICKS_PER_SECOND)],
    ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont', '-f', 'mp4'],
  ];
}

/** Starts an ffmpeg that decodes the input from its first picture on and encodes what is wanted of it, as fast as it can. */
export function startH264(command: H264Command): H264Process {
  const ffmpeg = startFfmpeg({ input: 'stdin', inputOptions: ['-f', 'mp4'], outputOptions: optionsOf(command) });
  ffmpeg.stdout.on('data', command.onData);
  const ended = new Promise<void>((resolve) => ffmpeg.stdout.once('close', resolve).once('end', resolve));
  for (const part of command.input) ffmpeg.stdin?.write(part);
  ffmpeg.stdin?.end();
  return {
    get pid() {
      return ffmpeg.pid;
    },
    exited: ffmpeg.exited.then(async (exit) => {
      await ended;
      return exit;
    }),
    kill: () => ffmpeg.kill(),
  };
}
