import type { CameraSource } from '@safecity/contracts';
import type { FfmpegCommand } from '@safecity/platform';
import { MASKED_HANDLER } from '../mp4/init-segment.js';

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
  /** Chain of filters that paints the privacy masks; null where nothing is to be hidden. */
  maskFilter?: string | null;
}

/** Without encoding; the camera's own clock, known from RTCP sender reports, beside each fragment. */
const COPY = ['-c', 'copy', '-write_prft', 'wallclock'];
/** Seconds between keyframes of masked video. */
const MASKED_KEY_S = 2;
/** Also after timestamps that jump, either way. */
const MASKED_KEYS = `expr:isnan(prev_forced_t)+gte(t,prev_forced_t+${MASKED_KEY_S})+lt(t,prev_forced_t)`;

/**
 * Painted and encoded anew: no picture waits for another, times and user data (the simulator's mark) stay as they are. A
 * noisy night picture takes no more than 16 Mbit/s.
 */
function maskedOptions(maskFilter: string): string[] {
  return [
    ...['-vf', maskFilter, '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '4', '-udu_sei', '1'],
    ...['-crf', '23', '-maxrate', '16M', '-bufsize', '16M', '-bf', '0', '-sc_threshold', '0', '-force_key_frames', MASKED_KEYS],
    ...['-metadata:s:v:0', `handler_name=${MASKED_HANDLER}`],
  ];
}

/**
 * The remuxing command of one stream: no decoding unless it is masked, video only, fragments cut at keyframes.
 * @param url may hold credentials
 */
export function remuxCommand(
  url: string,
  transport: CameraSource['transport'],
  { silenceMs, describedBySdp, maskFilter = null }: RemuxOptions,
): FfmpegCommand {
  const timeoutUs = Math.round((silenceMs + SOCKET_SLACK_MS) * 1000);
  return {
    input: url,
    inputOptions: [
      // Only with these words does it tell that it is being sent elsewhere.
      ...['-loglevel', 'info', '-nostats'],
      ...(maskFilter === null ? [] : ['-threads', '1']),
      ...['-rtsp_transport', transport, '-timeout', String(timeoutUs), '-allowed_media_types', 'video'],
      ...['-analyzeduration', String(ANALYSE_US), '-fpsprobesize', '0'],
      ...(describedBySdp ? ['-probesize', String(LEAST_PROBE_BYTES)] : []),
      ...(transport === 'udp' ? ['-buffer_size', String(2 * 1024 * 1024)] : []),
    ],
    outputOptions: [
      ...['-map', '0:v:0', ...(maskFilter === null ? COPY : maskedOptions(maskFilter)), '-f', 'mp4'],
      ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', String(FRAGMENT_US)],
      ...['-flush_packets', '1'],
    ],
  };
}
