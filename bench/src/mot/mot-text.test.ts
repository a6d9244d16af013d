import { describe, expect, it } from 'vitest';
import { parseMotText, parseSequenceInfo } from './mot-text.js';
import { scoredSequence } from './sequence.js';
import { motText, trackMot } from './track-detections.js';

describe('parseMotText', () => {
  it.each([
    { name: 'a detection', line: '3,-1,10,20,30,40,0.5,-1,-1,-1', id: -1, confidence: 0.5, class: undefined },
    { name: 'truth with class', line: '3,7,10,20,30,40,1,1,0.25', id: 7, confidence: 1, class: 1 },
    { name: 'truth with a place in the world', line: '3,7,10,20,30,40,1,4.48,5.5,0', id: 7, confidence: 1, class: undefined },
    { name: 'blanks for commas', line: '3 7 10 20 30 40 0', id: 7, confidence: 0, class: undefined },
    { name: 'no confidence', line: '3,7,10,20,30,40', id: 7, confidence: 1, class: undefined },
  ])('reads $name', ({ line, id, confidence, class: expected }) => {
    expect(parseMotText(`\n${line}\r\n`, 'x')).toEqual([{ frame: 3, id, box: [10, 20, 40, 60], confidence, class: expected }]);
  });

  it.each(['1,2,3', 'one,1,2,3,4,5,1', '0,1,2,3,4,5,1', '1.5,1,2,3,4,5,1', '1,1,2,3,NaN,5,1'])('refuses %s with its line', (line) => {
    expect(() => parseMotText(`1,1,0,0,5,5,1\n${line}`, 'det.txt')).toThrow('det.txt, line 2: expected frame,id,x,y,w,h,score');
  });

  it('refuses an identity that stands twice in a frame', () => {
    const rows = parseMotText('1,4,0,0,5,5,1\n1,4,9,0,5,5,1', 'x');
    expect(() => scoredSequence([], rows, 1)).toThrow('results: id 4 stands twice in frame 1');
  });
});

it.each([
  { text: '[Sequence]\nname=A\nframeRate=14\nseqLength=418\n', expected: { frameRate: 14, frames: 418 } },
  { text: '[Sequence]\r\nframeRate = 29.97\r\n', expected: { frameRate: 29.97, frames: undefined } },
  { text: 'frameRate=0', expected: { frameRate: undefined, frames: undefined } },
])('seqinfo $text', ({ text, expected }) => {
  expect(parseSequenceInfo(text)).toEqual(expected);
});

describe('trackMot', () => {
  it('follows two people past each other and numbers them from 1', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      { frame: i + 1, id: -1, box: [4 * i, 100, 4 * i + 40, 200] as [number, number, number, number], confidence: 0.9, class: undefined },
      { frame: i + 1, id: -1, box: [400, 160, 440, 260] as [number, number, number, number], confidence: 0.9, class: undefined },
    ]).flat();
    const { rows: tracked, frames } = trackMot(rows, 25);
    expect(frames).toBe(40);
    expect(new Set(tracked.map(({ id }) => id))).toEqual(new Set([1, 2]));
    const lines = motText(tracked).trim().split('\n');
    expect(lines.length).toBe(tracked.length);
    expect(lines[0]).toMatch(/^2,1,[\d.]+,100\.00,40\.00,100\.00,0\.9000,-1,-1,-1$/);
  });

  it('leaves boxes without a size out, and frames without boxes in', () => {
    const flat = { frame: 5, id: -1, box: [3, 3, 3, 9] as [number, number, number, number], confidence: 0.9, class: undefined };
    expect(trackMot([flat], 25)).toMatchObject({ rows: [], frames: 5 });
  });
});
