import { describe, expect, it } from 'vitest';
import { DamagedPictures } from './damaged-pictures.js';

const CORRUPT = 'pipe:: corrupt decoded frame in stream 0';

describe('damaged pictures', () => {
  const cases = [
    { name: 'nothing said', lines: [], damaged: 0 },
    { name: 'one picture, told by three lines', lines: ['[h264 @ 0x1] error while decoding MB 3 4, bytestream -5', CORRUPT], damaged: 1 },
    { name: 'the same line again and again', lines: [CORRUPT, '    Last message repeated 7 times'], damaged: 8 },
    {
      name: 'another line again and again',
      lines: [CORRUPT, '[h264 @ 0x1] left block unavailable', '    Last message repeated 7 times'],
      damaged: 1,
    },
    {
      name: 'a packet that gave no picture',
      lines: [
        '[hevc @ 0x1] Error parsing NAL unit #0.',
        'Error while decoding stream #0:0: Invalid data found when processing input',
        '[vist#0:0/h264 @ 0x1] Error submitting packet to decoder: Invalid data found when processing input',
      ],
      damaged: 2,
    },
    { name: 'H.265', lines: ['[hevc @ 0x1] Could not find ref with POC 12', '[hevc @ 0x1] PPS id out of range: 6'], damaged: 1 },
    { name: 'never more than were decoded', lines: [CORRUPT, '    Last message repeated 900 times'], damaged: 100 },
  ];
  it.each(cases)('$name: $damaged', ({ lines, damaged }) => {
    const pictures = new DamagedPictures(() => 0);
    pictures.noteDecoded(100);
    for (const line of lines) pictures.noteLine(line);
    expect(pictures.figures).toEqual({ damaged, decoded: 100 });
  });

  it('are forgotten after a minute', () => {
    let nowMs = 0;
    const pictures = new DamagedPictures(() => nowMs);
    pictures.noteDecoded(5);
    pictures.noteLine(CORRUPT);
    nowMs = 60_001;
    pictures.noteDecoded(3);
    expect(pictures.figures).toEqual({ damaged: 0, decoded: 3 });
  });
});
