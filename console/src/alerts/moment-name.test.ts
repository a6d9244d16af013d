import { describe, expect, it } from 'vitest';
import { en } from '../text/en.js';
import { vi } from '../text/vi.js';
import { momentName } from './moment-name.js';

describe('momentName', () => {
  it.each([
    ['raised', 'When raised', 'Lúc báo'],
    ['again-1', 'Finding 2', 'Lần 2'],
    ['also-2-before-line', 'Before the line (finding 3)', 'Trước vạch (lần 3)'],
    ['raised-2', 'When raised 2', 'Lúc báo 2'],
    ['something-new', 'something-new', 'something-new'],
  ])('%s', (moment, english, vietnamese) => {
    expect([momentName(en, moment), momentName(vi, moment)]).toEqual([english, vietnamese]);
  });
});
