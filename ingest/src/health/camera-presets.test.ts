import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeFile } from '../decode/decode-file.js';
import { fitPicture } from '../decode/picture-fit.js';
import { aView } from '../testing/builders.js';
import { CameraHealthJudge } from './camera-health.js';
import type { RgbInput } from './health-picture.js';
import type { WantedView } from './wanted-views.js';

const directory = temporaryDirectory('presets');
afterAll(() => directory.remove());

const INPUT = { widthPx: 320, heightPx: 320 };
const STEP_MS = 2000;
/** Left edge of each view in a scene that is wider than the picture; `gate'` is what a worn drive makes of the gate. */
const VIEWS = { gate: 0, "gate'": 4, road: 320, park: 640, bumped: 340 } as const;
type Place = keyof typeof VIEWS | 'turning' | 'dark';

/** A generated clip of one view with sensor noise, or of the way from the first to the last, one picture for each look. */
async function picturesOf(place: Place): Promise<RgbInput[]> {
  const path = join(directory.path, `${place}.mp4`);
  const world = "nullsrc=s=162x30:r=10:d=4,geq=lum='60+140*mod(abs(sin(X*12.9898+Y*78.233))*43758.5453,1)':cb=128:cr=128";
  const left = place === 'turning' ? '640*t/4' : String(place === 'dark' ? 0 : VIEWS[place]);
  const light = place === 'dark' ? ',drawbox=t=fill:color=black' : '';
  const filter = `${world},scale=972:180:flags=bicubic,crop=320:180:x='${left}':y=0${light},noise=alls=6:allf=t`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', filter, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', path]);
  const pictures: RgbInput[] = [];
  for await (const { frame, sourceWidthPx, sourceHeightPx } of decodeFile({ path, ...INPUT, targetFps: 10 })) {
    const { inputWidthPx, pictureWidthPx, pictureHeightPx } = fitPicture({ widthPx: sourceWidthPx, heightPx: sourceHeightPx }, INPUT);
    pictures.push({ rgb: frame, inputWidthPx, pictureWidthPx, pictureHeightPx, capturedAtMs: 0 });
  }
  // On its way it passes no preset within these.
  return place === 'turning' ? pictures.slice(5, 16) : pictures;
}

const pictures = new Map<Place, RgbInput[]>();
beforeAll(async () => {
  for (const place of [...(Object.keys(VIEWS) as (keyof typeof VIEWS)[]), 'turning', 'dark'] as const)
    pictures.set(place, await picturesOf(place));
});

const view = (presetId: string, learnFromMs = Number.POSITIVE_INFINITY, name = presetId): WantedView =>
  aView(`${presetId}${learnFromMs}`, { presetId, name, learnFromMs, learnUntilMs: learnFromMs + 300_000 });

/** Plays looks at places and writes down each change: seconds, preset and troubles. */
class Camera {
  readonly judge = new CameraHealthJudge();
  #views: WantedView[];
  #atMs = 0;
  #index = 0;
  #told = '';
  readonly diary: string[] = [];

  constructor(...presetIds: string[]) {
    this.#views = presetIds.map((presetId) => view(presetId));
    this.judge.keep(this.#views);
  }

  /** Somebody says that the camera stands at a preset now. */
  teach(presetId: string): this {
    this.#views = this.#views.map((one) => (one.presetId === presetId ? view(presetId, this.#atMs) : one));
    this.judge.keep(this.#views);
    return this;
  }

  remove(presetId: string): this {
    this.#views = this.#views.filter((one) => one.presetId !== presetId);
    this.judge.keep(this.#views);
    return this;
  }

  at(place: Place, forS: number): this {
    const list = pictures.get(place) as RgbInput[];
    for (const untilMs = this.#atMs + forS * 1000; this.#atMs < untilMs; this.#atMs += STEP_MS) {
      this.judge.takePicture({ ...(list[this.#index++ % list.length] as RgbInput), capturedAtMs: this.#atMs });
      const { health } = this.judge;
      const now = `${health?.presetId ?? '-'}${(health?.troubles ?? []).map(({ kind }) => ` ${kind}`).join('')}${health?.rulesPaused ? ' paused' : ''}`;
      if (now !== this.#told) this.diary.push(`${this.#atMs / 1000}: ${now}`);
      this.#told = now;
    }
    return this;
  }

  /** Stands at each of them for a minute while it is taught, then writes a new diary. */
  static taught(...places: ('gate' | 'road')[]): Camera {
    const camera = new Camera('gate', 'road');
    for (const place of places) camera.teach(place).at(place, 60);
    camera.diary.length = 0;
    return camera;
  }
}

describe('a camera with presets', () => {
  test('knows no preset before one is taught, and says so without an alarm', () => {
    const camera = new Camera('gate', 'road').at('gate', 120);
    expect(camera.diary).toEqual(['0: -']);
    expect(camera.judge.learntPresets).toEqual([]);
    expect(camera.judge.health).toEqual({ troubles: [], rulesPaused: false, presetId: null });
  });

  test('learns each while it is taught', () => {
    const camera = new Camera('gate', 'road').at('gate', 10).teach('gate').at('gate', 50).teach('road').at('road', 60);
    expect(camera.diary).toEqual(['0: -', '44: gate', '60: -', '94: road']);
    expect(camera.judge.learntPresets).toEqual(['gate', 'road']);
  });

  test('goes from one to the other without an alarm, and there and back', () => {
    const camera = Camera.taught('gate', 'road').at('turning', 8).at('gate', 30).at('turning', 8).at('road', 30).at('gate', 30);
    expect(camera.diary).toEqual(['120: -', '130: gate', '158: -', '168: road', '196: -', '198: gate']);
  });

  test('stands at a preset that it does not hit quite', () => {
    const camera = Camera.taught('gate', 'road').at("gate'", 40).at('road', 20).at("gate'", 20);
    expect(camera.diary).toEqual(['120: -', '122: gate', '160: -', '162: road', '180: -', '182: gate']);
  });

  test('at a view that is none of them is told as moved, with the nearest, and what belongs to no preset goes on', () => {
    const camera = Camera.taught('gate', 'road').at('park', 60);
    expect(camera.diary).toEqual(['120: -', '150: - moved']);
    expect(camera.judge.health).toMatchObject({ rulesPaused: false, presetId: null });
    expect(camera.judge.health?.troubles[0]?.reason.text.en).toMatch(
      /^Another view than the nearest preset “(gate|road)”: only \d+ % still agrees$/,
    );
    camera.at('gate', 30);
    expect(camera.diary.slice(2)).toEqual(['182: gate moved', '186: gate']);
  });

  test('that was bumped is told in numbers', () => {
    const camera = Camera.taught('gate', 'road').at('bumped', 40);
    expect(camera.diary).toEqual(['120: -', '130: - moved']);
    expect(camera.judge.health?.troubles[0]?.reason.text.en).toMatch(
      /^The view has shifted by -6 % across and 0 % down.* against the nearest preset “road”$/,
    );
  });

  test('stays at its preset while it is covered, with all rules paused', () => {
    const camera = Camera.taught('gate', 'road').at('dark', 20).at('road', 20);
    expect(camera.diary).toEqual(['126: road covered paused', '146: road']);
  });

  test('does not learn a preset from the view of another', () => {
    const camera = new Camera('gate', 'road').teach('gate').at('gate', 60).teach('road').at('gate', 60);
    expect(camera.judge.learntPresets).toEqual(['gate']);
    camera.at('road', 60);
    expect(camera.judge.learntPresets).toEqual(['gate', 'road']);
  });

  test('forgets a preset that is taken out, and takes up a view that is taught anew', () => {
    const camera = Camera.taught('gate', 'road').remove('road').at('road', 40);
    expect(camera.diary).toEqual(['120: -', '150: - moved']);
    camera.teach('gate').at('road', 60);
    expect(camera.diary.at(-1)).toMatch(/: gate$/);
  });
});
