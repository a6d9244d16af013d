import { describe, expect, it } from 'vitest';
import { PictureQueue, type WaitingPicture } from './picture-queue.js';

const picture = (captureMs: number, changes: Partial<WaitingPicture> = {}): WaitingPicture => ({
  captureMs,
  key: captureMs % 1000 === 0,
  discontinuity: false,
  bytes: new Uint8Array(0),
  ...changes,
});

function filled(...pictures: WaitingPicture[]): PictureQueue {
  const queue = new PictureQueue();
  for (const each of pictures) queue.push(each);
  return queue;
}

const timesOf = (pictures: WaitingPicture[]) => pictures.map(({ captureMs }) => captureMs);

describe('transcoded pictures that wait', () => {
  it('are handed out in order when their time has come, the very moment included', () => {
    const queue = filled(picture(1000), picture(1080), picture(1160));
    expect(timesOf(queue.takeUntil(999))).toEqual([]);
    expect(timesOf(queue.takeUntil(1080))).toEqual([1000, 1080]);
    expect(timesOf(queue.takeUntil(5000))).toEqual([1160]);
    expect(timesOf(queue.takeUntil(5000))).toEqual([]);
  });

  it('begin with one that can be decoded by itself', () => {
    expect(timesOf(filled(picture(920), picture(1000), picture(1080)).takeUntil(9999))).toEqual([1000, 1080]);
  });

  it('begin so again after a gap and in a new run', () => {
    const queue = filled(picture(1000), picture(1500, { discontinuity: true }), picture(2000), picture(2080));
    expect(timesOf(queue.takeUntil(9999))).toEqual([1000, 2000, 2080]);
    queue.restart();
    queue.push(picture(2160));
    expect(timesOf(queue.takeUntil(9999))).toEqual([]);
  });

  it('are dropped up to the newest that can be decoded by itself when too many wait', () => {
    const many = Array.from({ length: 61 }, (_, i) => picture(1000 + i * 100));
    expect(timesOf(filled(...many).takeUntil(99_999))).toEqual([7000]);
    const oneGroup = many.map((each, i) => ({ ...each, key: i === 0 }));
    expect(timesOf(filled(...oneGroup, picture(8000)).takeUntil(99_999))).toEqual([8000]);
  });

  it('know the newest even when it was handed out', () => {
    const queue = filled(picture(1000), picture(1080));
    queue.takeUntil(9999);
    expect(queue.edgeCaptureMs).toBe(1080);
    expect(new PictureQueue().edgeCaptureMs).toBeNull();
  });
});
