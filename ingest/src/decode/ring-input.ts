/**
 * ffmpeg's input options for init segment and fragments of the ring on standard input. An MP4 says in its first box what
 * it holds: little is read ahead, so that the first picture comes soon.
 */
export const RING_INPUT_OPTIONS: readonly string[] = [
  ...['-threads', '1', '-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'],
  ...['-ignore_editlist', '1', '-f', 'mp4'],
];
