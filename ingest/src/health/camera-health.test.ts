import { describe, expect, test } from 'vitest';
import { aView } from '../testing/builders.js';
import { CameraHealthJudge } from './camera-health.js';

const SIZE = { widthPx: 320, heightPx: 180 };

/** A fixed scene of blocks; the same number for the same place. */
function scene(x: number, y: number): number {
  const hash = Math.sin(Math.floor(x / 9) * 12.9898 + Math.floor(y / 9) * 78.233) * 43_758.5453;
  return 60 + 140 * (hash - Math.floor(hash));
}

let seed = 1;
function noise(): number {
  seed = (seed * 48_271) % 0x7fffffff;
  return (seed % 3) - 1;
}

type Look = (x: number, y: number) => number;

function play(judge: CameraHealthJudge, look: Look, fromMs: number, forMs: number, isNoisy = true): void {
  const still = Uint8Array.from({ length: SIZE.widthPx * SIZE.heightPx }, (_, at) =>
    Math.max(4, Math.min(250, look(at % SIZE.widthPx, Math.floor(at / SIZE.widthPx)))),
  );
  for (let atMs = fromMs; atMs < fromMs + forMs; atMs += 2000) {
    const rgb = Buffer.alloc(still.length * 3);
    for (let at = 0; at < still.length; at++) {
      const value = (still[at] as number) + (isNoisy ? noise() : 0);
      rgb[at * 3] = value;
      rgb[at * 3 + 1] = value;
      rgb[at * 3 + 2] = value;
    }
    judge.takePicture({
      rgb,
      inputWidthPx: SIZE.widthPx,
      pictureWidthPx: SIZE.widthPx,
      pictureHeightPx: SIZE.heightPx,
      capturedAtMs: atMs,
    });
  }
}

function healthyCamera(): CameraHealthJudge {
  const judge = new CameraHealthJudge();
  judge.keep([aView('view')]);
  play(judge, scene, 0, 60_000);
  return judge;
}

const kinds = (judge: CameraHealthJudge) => judge.health?.troubles.map(({ kind }) => kind);

function blurred(x: number, y: number): number {
  let sum = 0;
  for (let dy = -4; dy <= 4; dy += 2) for (let dx = -4; dx <= 4; dx += 2) sum += scene(x + dx, y + dy);
  return sum / 25;
}

describe("a camera's health", () => {
  test('is not known at first, and good after half a minute of an ordinary scene', () => {
    const judge = new CameraHealthJudge();
    judge.keep([aView('view')]);
    play(judge, scene, 0, 10_000);
    expect(judge.health).toBeNull();
    play(judge, scene, 10_000, 60_000);
    expect(judge.health).toEqual({ troubles: [], rulesPaused: false });
  });

  test.each<{ name: string; look: Look; noisy?: boolean; expected: string[] }>([
    { name: 'a dark night', look: (x, y) => 8 + scene(x, y) * 0.3, expected: [] },
    { name: 'bright light', look: (x, y) => 40 + scene(x, y) * 0.8, expected: [] },
    { name: 'a bus in the middle', look: (x, y) => (x > 100 && x < 200 && y > 50 ? 200 : scene(x, y)), expected: [] },
    { name: 'a covered lens', look: () => 30, expected: ['covered'] },
    { name: 'white', look: () => 250, expected: ['covered'] },
    { name: 'blur', look: blurred, expected: ['defocused'] },
    { name: 'a turn', look: (x, y) => scene(x + 15, y - 7), expected: ['moved'] },
    { name: 'another view', look: (x, y) => scene(1003.5 - x * 1.9, y * 0.55 + 504), expected: ['moved'] },
    { name: 'a picture that stands', look: scene, noisy: false, expected: ['frozen'] },
  ])('$name: $expected, and over when it is over', ({ look, noisy, expected }) => {
    const judge = healthyCamera();
    play(judge, look, 60_000, 60_000, noisy ?? true);
    expect(kinds(judge)).toEqual(expected);
    expect(judge.health?.rulesPaused).toBe(expected.length > 0);
    play(judge, scene, 120_000, 30_000);
    expect(kinds(judge)).toEqual([]);
  });

  test('passing trouble of a few seconds is none', () => {
    const judge = healthyCamera();
    play(judge, () => 30, 60_000, 4000);
    play(judge, scene, 64_000, 2000);
    expect(kinds(judge)).toEqual([]);
  });

  test('tells of a shift in numbers', () => {
    const judge = healthyCamera();
    play(judge, (x, y) => scene(x + 16, y), 60_000, 30_000);
    expect(judge.health?.troubles[0]?.reason.text.en).toMatch(/shifted by -5 % across and 0 % down/);
  });

  test('redrawn zones make the present view the reference', () => {
    const judge = healthyCamera();
    play(judge, (x, y) => scene(x + 15, y), 60_000, 30_000);
    expect(kinds(judge)).toEqual(['moved']);
    judge.keep([aView('other zones')]);
    expect(kinds(judge)).toEqual([]);
    play(judge, (x, y) => scene(x + 15, y), 90_000, 60_000);
    expect(kinds(judge)).toEqual([]);
  });

  test('a silent camera is offline after ten seconds, and back after three', () => {
    const judge = new CameraHealthJudge();
    for (let atMs = 0; atMs <= 9000; atMs += 1000) judge.takeConnection(false, null, atMs);
    expect(judge.health).toBeNull();
    judge.takeConnection(false, null, 10_000);
    expect(judge.health).toMatchObject({ troubles: [{ kind: 'offline', sinceMs: 0 }], rulesPaused: false });
    for (let atMs = 11_000; atMs <= 14_000; atMs += 1000) judge.takeConnection(true, atMs, atMs);
    expect(kinds(judge)).toEqual([]);
  });
});
