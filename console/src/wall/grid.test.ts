import { describe, expect, it } from 'vitest';
import { wallGrid } from './grid.js';

const space = { widthPx: 1500, heightPx: 1000, gapPx: 6, stripPx: 26 };

describe('wallGrid', () => {
  it.each([
    { count: 1, columns: 1 },
    { count: 2, columns: 1 },
    { count: 4, columns: 2 },
    { count: 5, columns: 2 },
    { count: 9, columns: 3 },
    { count: 16, columns: 4 },
  ])('$count cameras in $columns columns, all visible', ({ count, columns }) => {
    const grid = wallGrid({ ...space, count });
    expect(grid.columns).toBe(columns);
    expect(grid.scrolls).toBe(false);
    const rows = Math.ceil(count / grid.columns);
    expect(grid.columns * grid.tileWidthPx + (grid.columns - 1) * space.gapPx).toBeLessThanOrEqual(space.widthPx);
    expect(rows * ((grid.tileWidthPx * 9) / 16 + space.stripPx) + (rows - 1) * space.gapPx).toBeLessThanOrEqual(space.heightPx + rows);
  });

  it('scrolls rather than showing tiles too small to recognise anything', () => {
    const grid = wallGrid({ ...space, count: 200 });
    expect(grid.scrolls).toBe(true);
    expect(grid.tileWidthPx).toBeGreaterThanOrEqual(260);
  });

  it('a narrow window gets one column', () => {
    expect(wallGrid({ ...space, widthPx: 200, count: 3 })).toEqual({ columns: 1, tileWidthPx: 200, scrolls: false });
  });

  it('no cameras is no reason to divide by nothing', () => {
    expect(Number.isFinite(wallGrid({ ...space, count: 0 }).tileWidthPx)).toBe(true);
  });
});
