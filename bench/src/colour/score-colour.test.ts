import { expect, it } from 'vitest';
import { type ColourAnswer, scoreColours } from './score-colour.js';

it('counts what is said and right, and leaves out what nobody looked at', () => {
  const answer = (colours: ColourAnswer['colours'], said: ColourAnswer['said'], isTracked = true) => ({ colours, said, isTracked });
  const score = scoreColours([
    answer(['white'], 'white'),
    answer(['white', 'grey'], 'grey'),
    answer(['white'], 'grey'),
    answer(['red'], null),
    answer([], 'black'),
    answer([], null),
    answer(['red'], null, false),
  ]);
  expect(score).toMatchObject({ labels: 7, tracked: 6, said: 4, right: 2, accuracy: 0.5, unknownShare: 1 / 3 });
  expect(score.confusion).toEqual({ white: { white: 2, grey: 1 }, red: { unknown: 1 }, none: { black: 1, unknown: 1 } });
  expect(scoreColours([answer(['red'], null, false)])).toMatchObject({ tracked: 0, accuracy: null, unknownShare: null });
});
