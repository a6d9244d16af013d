import type { FfmpegExit } from '@safecity/platform';
import type { IngestErrorCode } from '../errors.js';

/** What is wrong with a camera, for its status: a stable code and the mend in words. Never holds credentials. */
export interface CameraProblem {
  code: IngestErrorCode;
  message: string;
}

/** What was known when ffmpeg ended. */
export interface ExitContext {
  /** Host and port of the camera, without credentials, for the message. */
  address: string;
  /** Pictures had come before it ended. */
  hadPictures: boolean;
}

type Row = readonly [pattern: RegExp, code: IngestErrorCode, message: (context: ExitContext) => string];

/** First match wins; patterns are ffmpeg's own words (5.1, the same in 6 and 7). */
const ROWS: readonly Row[] = [
  [
    /401 Unauthorized|403 Forbidden|authorization failed/i,
    'INGEST_CAMERA_UNAUTHORIZED',
    ({ address }) => `${address} refuses the user name or password: enter the right ones`,
  ],
  [
    // Nothing was set up that could be played: none of the streams offered is video.
    /method PLAY failed: 45[45]/i,
    'INGEST_CAMERA_NO_VIDEO',
    ({ address }) => `the stream of ${address} has no video: choose another stream`,
  ],
  [
    /404 (Stream )?Not Found|454 Session Not Found|method DESCRIBE failed: 4(00|04|10)/i,
    'INGEST_CAMERA_NOT_FOUND',
    ({ address }) => `${address} knows no stream at this path: correct the path of the URL`,
  ],
  [
    /461 |Unsupported Transport|Nonmatching transport/i,
    'INGEST_CAMERA_TRANSPORT',
    ({ address }) => `${address} does not offer this RTP transport: choose the other one (tcp or udp)`,
  ],
  [
    /Connection refused/i,
    'INGEST_CAMERA_REFUSED',
    ({ address }) => `${address} refuses the connection: correct the port or switch RTSP on in the camera`,
  ],
  [
    /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution/i,
    'INGEST_CAMERA_HOST_UNKNOWN',
    ({ address }) => `the host name of ${address} does not resolve: correct the URL`,
  ],
  [
    /No route to host|Network is unreachable|Host is unreachable/i,
    'INGEST_CAMERA_UNREACHABLE',
    ({ address }) => `${address} cannot be reached: check power, cable, address and firewall`,
  ],
  [
    /Output file #0 does not contain any stream|Stream map '0:v:0' matches no streams|matches no streams/i,
    'INGEST_CAMERA_NO_VIDEO',
    ({ address }) => `the stream of ${address} has no video: choose another stream`,
  ],
  [
    /Could not find tag for codec|codec not currently supported in container|Tag .* incompatible/i,
    'INGEST_CAMERA_CODEC_UNSUPPORTED',
    ({ address }) => `the video of ${address} is neither H.264 nor H.265: choose one of them in the camera`,
  ],
  [
    /Connection timed out|Operation timed out|Connection to .* failed: .*timed out/i,
    'INGEST_CAMERA_UNREACHABLE',
    ({ address }) => `${address} does not answer: check power, cable, address and firewall`,
  ],
  [
    /dimensions not set|Could not find codec parameters|unspecified size|Could not write header/i,
    'INGEST_CAMERA_STREAM_CORRUPT',
    ({ address }) => `the stream of ${address} never says what its video is: restart the camera`,
  ],
];

const NOT_RTSP =
  /Invalid data found when processing input|Protocol not found|Server returned [45]\d\d|method (OPTIONS|DESCRIBE) failed|Immediate exit requested/i;
const DAMAGED = /corrupt|error while decoding|Invalid NAL|missing picture|Application provided duration|Packet is missing PTS/i;

function notSpeakingRtsp(lines: string): boolean {
  return NOT_RTSP.test(lines);
}

/** Tells from the words ffmpeg left what is wrong with the camera. */
export function classifyExit(exit: FfmpegExit, context: ExitContext): CameraProblem {
  if (exit.missing)
    return { code: 'INGEST_FFMPEG_MISSING', message: 'ffmpeg was not found: install it (Debian, Ubuntu: apt-get install ffmpeg)' };
  const lines = exit.stderrTail.join('\n');
  for (const [pattern, code, message] of ROWS) {
    if (pattern.test(lines)) return { code, message: message(context) };
  }
  if (context.hadPictures) {
    if (DAMAGED.test(lines))
      return {
        code: 'INGEST_CAMERA_STREAM_CORRUPT',
        message: `the stream of ${context.address} is damaged: check the network to the camera`,
      };
    return { code: 'INGEST_CAMERA_ENDED', message: `${context.address} ended the stream: connecting anew` };
  }
  if (notSpeakingRtsp(lines))
    return {
      code: 'INGEST_CAMERA_NOT_RTSP',
      message: `what answers at ${context.address} does not speak RTSP: correct the address or the port`,
    };
  return { code: 'INGEST_CAMERA_ENDED', message: `${context.address} ended the connection before the first picture: check the camera` };
}
