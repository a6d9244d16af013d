import { describe, expect, it } from 'vitest';
import { editDistance, plateCalibration, plateFigures, wilsonInterval } from './plate-metrics.js';

it.each([
  ['', '', 0],
  ['51F', '', 3],
  ['51F31118', '51F31118', 0],
  ['51F31118', '51F3111B', 1],
  ['RK755AJ', 'K755AJX', 2],
])('from %s to %s it takes %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

it('the Wilson interval of 8 in 10', () => {
  expect(wilsonInterval(8, 10)).toEqual([expect.closeTo(0.4902, 3), expect.closeTo(0.9433, 3)]);
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
});

describe('figures of plates', () => {
  const truths = ['A', 'B', 'C', 'D'].map((name) => ({ file: `${name}.jpg`, text: '51F-311.18' }));
  const results = [
    { image: 'A.jpg', plates: [{ text: '51F31118', score: 0.99 }] },
    {
      image: 'B.jpg',
      plates: [
        { text: '51F3111', score: 0.6 },
        { text: '51F31118', score: 0.5 },
      ],
    },
    { image: 'C.jpg', plates: [] },
  ];

  it('count what is right, what is among the readings, wrong and unread', () => {
    expect(plateFigures(truths, results)).toMatchObject({
      pictures: 4,
      exact: 0.25,
      any: 0.5,
      characterError: (0 + 1 / 8 + 1 + 1) / 4,
      wrongCharacters: 0.5,
      unread: 2,
      falseReadings: 1,
    });
  });

  it('say how often a score is right', () => {
    const [low, high] = plateCalibration(truths, results, [0, 0.9, 1]);
    expect(low).toMatchObject({ readings: 1, right: 0, meanScore: 0.6 });
    expect(high).toMatchObject({ readings: 1, right: 1, meanScore: 0.99 });
  });
});
