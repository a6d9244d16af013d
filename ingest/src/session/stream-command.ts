import type { CameraSource } from '@safecity/contracts';
import type { FfmpegCommand } from '../ffmpeg/ffmpeg-process.js';

/** Length of a fragment, µs: what live view and detection wait at most, against the cost of one more `moof`. */
const FRAGMENT_US = 200_000;
/** Socket time-out beyond the silence that is borne, ms: with pictures the watchdog is first, this ends an attempt that nobody answers. */
const SOCKET_SLACK_MS = 500;
/** Bytes read to learn what the stream is, when its SDP says it: the first picture. */
const LEAST_PROBE_BYTES = 32;
/** Where the SDP does not say, ffmpeg reads up to the first keyframe, at most 5 MB. (0 would mean its default of 5 s.) */
const ANALYSE_US = 1;

export interface RemuxOptions {
  /** How long the camera may be silent, ms. */
  silenceMs: number;
  /** The SDP holds the parameter sets, so that the first two pictures are enough to begin; otherwise five are waited for. */
  describedBySdp: boolean;
}

/**
 * The remuxing command of one stream: no decoding, video only, fragments cut at keyframes.
 * `-write_prft wallclock` puts the camera's own clock, known from RTCP sender reports, beside each fragment.
 * @param url may hold credentials
 */
export function remuxCommand(
  url: string,
  transport: CameraSource['transport'],
  { silenceMs, describedBySdp }: RemuxOptions,
): FfmpegCommand {
  const timeoutUs = Math.round((silenceMs + SOCKET_SLACK_MS) * 1000);
  return {
    input: url,
    inputOptions: [
      ...['-rtsp_transport', transport, '-timeout', String(timeoutUs), '-allowed_media_types', 'video'],
      ...['-analyzeduration', String(ANALYSE_US), '-fpsprobesize', '0'],
      ...(describedBySdp ? ['-probesize', String(LEAST_PROBE_BYTES)] : []),
      ...(transport === 'udp' ? ['-buffer_size', String(2 * 1024 * 1024)] : []),
    ],
    outputOptions: [
      ...['-map', '0:v:0', '-c', 'copy', '-f', 'mp4'],
      ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', String(FRAGMENT_US)],
      ...['-write_prft', 'wallclock', '-flush_packets', '1'],
    ],
  };
}
