import type { CameraSource } from '@safecity/contracts';
import type { FfmpegCommand } from '../ffmpeg/ffmpeg-process.js';

/** Length of a fragment, µs: what live view and detection wait at most, against the cost of one more `moof`. */
const FRAGMENT_US = 200_000;
/** Socket time-out, µs; the watchdog is the one that counts, this ends a connection attempt that nobody answers. */
const SOCKET_TIMEOUT_US = 5_000_000;
/**
 * What the stream is, the SDP says; nothing more is read to learn it. Where the SDP does not say, ffmpeg reads up to the
 * first keyframe all the same. (0 would mean its default of 5 s.)
 */
const ANALYSE_US = 1;

/**
 * The remuxing command of one stream: no decoding, video only, fragments cut at keyframes.
 * `-write_prft wallclock` puts the camera's own clock, known from RTCP sender reports, beside each fragment.
 * @param url may hold credentials
 */
export function remuxCommand(url: string, transport: CameraSource['transport']): FfmpegCommand {
  return {
    input: url,
    inputOptions: [
      ...['-rtsp_transport', transport, '-timeout', String(SOCKET_TIMEOUT_US), '-allowed_media_types', 'video'],
      ...['-analyzeduration', String(ANALYSE_US), '-fpsprobesize', '0'],
      ...(transport === 'udp' ? ['-buffer_size', String(2 * 1024 * 1024)] : []),
    ],
    outputOptions: [
      ...['-map', '0:v:0', '-c', 'copy', '-f', 'mp4'],
      ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration', String(FRAGMENT_US)],
      ...['-write_prft', 'wallclock', '-flush_packets', '1'],
    ],
  };
}
