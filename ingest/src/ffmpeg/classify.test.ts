import { describe, expect, it } from 'vitest';
import { classifyExit } from './classify.js';

const context = { address: '10.0.0.7:554', hadPictures: false };

const cases = [
  {
    code: 'INGEST_CAMERA_UNAUTHORIZED',
    lines: [
      '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized',
      'rtsp://***@10.0.0.7/a: Server returned 401 Unauthorized (authorization failed)',
    ],
  },
  {
    code: 'INGEST_CAMERA_NOT_FOUND',
    lines: ['[rtsp @ 0x1] method DESCRIBE failed: 404 Not Found', 'rtsp://10.0.0.7/a: Server returned 404 Not Found'],
  },
  { code: 'INGEST_CAMERA_TRANSPORT', lines: ['[rtsp @ 0x1] method SETUP failed: 461 Unsupported Transport'] },
  { code: 'INGEST_CAMERA_REFUSED', lines: ['rtsp://10.0.0.7:554/a: Connection refused'] },
  { code: 'INGEST_CAMERA_HOST_UNKNOWN', lines: ['[tcp @ 0x1] Failed to resolve hostname nohost: Name or service not known'] },
  { code: 'INGEST_CAMERA_UNREACHABLE', lines: ['rtsp://10.0.0.7/a: No route to host'] },
  { code: 'INGEST_CAMERA_UNREACHABLE', lines: ['[tcp @ 0x1] Connection to tcp://10.0.0.7:554 failed: Connection timed out'] },
  { code: 'INGEST_CAMERA_NO_VIDEO', lines: ["Stream map '0:v:0' matches no streams."] },
  { code: 'INGEST_CAMERA_CODEC_UNSUPPORTED', lines: ['[mp4 @ 0x1] Could not find tag for codec pcm_alaw in stream #0'] },
  { code: 'INGEST_CAMERA_NOT_RTSP', lines: ['rtsp://10.0.0.7:80/a: Invalid data found when processing input'] },
  { code: 'INGEST_CAMERA_STREAM_CORRUPT', lines: ['[mp4 @ 0x1] dimensions not set'] },
  { code: 'INGEST_CAMERA_ENDED', lines: [] },
] as const;

describe('what ffmpeg says, as a problem of the camera', () => {
  it.each(cases)('$code: $lines', ({ code, lines }) => {
    const problem = classifyExit({ clean: false, missing: false, stderrTail: [...lines] }, context);
    expect(problem.code).toBe(code);
    expect(problem.message).toContain('10.0.0.7:554');
  });

  it('a stream that had pictures has ended, or is damaged', () => {
    const after = { ...context, hadPictures: true };
    expect(classifyExit({ clean: true, missing: false, stderrTail: [] }, after).code).toBe('INGEST_CAMERA_ENDED');
    expect(classifyExit({ clean: true, missing: false, stderrTail: ['Packet corrupt (stream = 0)'] }, after).code).toBe(
      'INGEST_CAMERA_STREAM_CORRUPT',
    );
  });

  it('a missing program is not blamed on the camera', () => {
    expect(classifyExit({ clean: false, missing: true, stderrTail: [] }, context).code).toBe('INGEST_FFMPEG_MISSING');
  });
});
