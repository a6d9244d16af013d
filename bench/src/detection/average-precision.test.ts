import { describe, expect, it } from 'vitest';
import { averagePrecision, type PixelBox } from './average-precision.js';

const object = (box: PixelBox, image = 'a') => ({ image, class: 'car', box });
const found = (box: PixelBox, score: number, image = 'a') => ({ ...object(box, image), score });
const A: PixelBox = [0, 0, 10, 10];
const B: PixelBox = [20, 0, 30, 10];

describe('average precision', () => {
  it('is 1 when every object is found exactly', () => {
    const result = averagePrecision('car', [object(A), object(B)], [found(A, 0.9), found(B, 0.8)]);
    expect(result).toMatchObject({ objects: 2, ap50: 1, ap: 1, recall50: 1 });
  });

  it('halves, on 101 points, when the second object is never found', () => {
    expect(averagePrecision('car', [object(A), object(B)], [found(A, 0.9)])?.ap50).toBeCloseTo(51 / 101, 10);
  });

  it('counts a false box only where it stands before a true one', () => {
    const truth = [object(A)];
    expect(averagePrecision('car', truth, [found(A, 0.9), found(B, 0.8)])?.ap50).toBe(1);
    expect(averagePrecision('car', truth, [found(B, 0.9), found(A, 0.8)])?.ap50).toBeCloseTo(0.5, 10);
  });

  it('takes an object once: the second box on it is false', () => {
    expect(averagePrecision('car', [object(A), object(B)], [found(A, 0.9), found(A, 0.8), found(B, 0.7)])?.ap50).toBeCloseTo(
      (51 + 50 * (2 / 3)) / 101,
      10,
    );
  });

  it('asks for more overlap at the higher thresholds (IoU 0.8 passes 0.50 to 0.80)', () => {
    expect(averagePrecision('car', [object(A)], [found([0, 0, 10, 8], 0.9)])).toMatchObject({ ap50: 1, ap: 0.7 });
  });

  it('keeps pictures apart, and says nothing of a class without objects', () => {
    expect(averagePrecision('car', [object(A, 'a')], [found(A, 0.9, 'b')])?.ap50).toBe(0);
    expect(averagePrecision('car', [], [found(A, 0.9)])).toBeNull();
  });
});
