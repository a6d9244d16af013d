import { parseCamera } from '@safecity/contracts';
import { describe, expect, test } from 'vitest';
import { wantedViews } from './wanted-views.js';

const polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
];
function viewsOf(changes: object) {
  return wantedViews(parseCamera({ id: 'c', name: 'c', source: { url: 'rtsp://10.0.0.5/main' }, ...changes }));
}
const preset = (id: string, taughtAtMs?: number) => ({ id, name: id, ...(taughtAtMs === undefined ? {} : { taughtAtMs }) });

describe('views of a camera', () => {
  test.each([{}, { presets: [] }])('without presets there is one, learnt at any time: %j', (changes) => {
    expect(viewsOf(changes)).toMatchObject([
      { presetId: null, learnFromMs: Number.NEGATIVE_INFINITY, learnUntilMs: Number.POSITIVE_INFINITY },
    ]);
  });

  test('redrawn zones make an only view void, and none of a preset', () => {
    const zones = [{ id: 'z', name: 'z', polygon }];
    expect(viewsOf({ zones })[0]?.key).not.toBe(viewsOf({})[0]?.key);
    expect(viewsOf({ zones, presets: [preset('a', 5)] })[0]?.key).toBe(viewsOf({ presets: [preset('a', 5)] })[0]?.key);
  });

  test('a preset taught again, or of another source, is void', () => {
    const key = viewsOf({ presets: [preset('a', 5)] })[0]?.key;
    expect(viewsOf({ presets: [preset('a', 6)] })[0]?.key).not.toBe(key);
    expect(viewsOf({ presets: [preset('a', 5)], source: { url: 'rtsp://10.0.0.6/main' } })[0]?.key).not.toBe(key);
  });

  test('a preset is learnt for five minutes, and only until another is taught', () => {
    const times = viewsOf({ presets: [preset('a', 1000), preset('b', 61_000), preset('c')] }).map((view) => [
      view.learnFromMs,
      view.learnUntilMs,
    ]);
    expect(times.slice(0, 2)).toEqual([
      [1000, 61_000],
      [61_000, 361_000],
    ]);
    expect(times[2]?.[0]).toBe(Number.POSITIVE_INFINITY);
  });
});
