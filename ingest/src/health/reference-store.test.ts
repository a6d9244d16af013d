import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aView } from '../testing/builders.js';
import { CameraHealthJudge } from './camera-health.js';
import { ReferenceStore } from './reference-store.js';
import type { ViewReference } from './view-reference.js';
import type { WantedView } from './wanted-views.js';

const SIZE = { widthPx: 200, heightPx: 120 };
let dir: string;
let warned: string[];
let store: ReferenceStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'safecity-views-'));
  warned = [];
  store = new ReferenceStore(join(dir, 'views'), { warn: ((_: object, text: string) => warned.push(text)) as never });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function play(judge: CameraHealthJudge, shiftPx: number, fromMs: number, forMs: number): void {
  for (let atMs = fromMs; atMs < fromMs + forMs; atMs += 2000) {
    const rgb = Buffer.alloc(SIZE.widthPx * SIZE.heightPx * 3);
    for (let at = 0; at < SIZE.widthPx * SIZE.heightPx; at++) {
      const x = (at % SIZE.widthPx) + shiftPx;
      const hash = Math.sin(Math.floor(x / 9) * 12.9898 + Math.floor(at / SIZE.widthPx / 9) * 78.233) * 43_758.5453;
      rgb.fill(60 + Math.floor(140 * (hash - Math.floor(hash))) + ((at + atMs / 2000) % 3), at * 3, at * 3 + 3);
    }
    judge.takePicture({ rgb, inputWidthPx: SIZE.widthPx, pictureWidthPx: 200, pictureHeightPx: 120, capturedAtMs: atMs });
  }
}

async function learn(): Promise<ViewReference> {
  const learnt: ViewReference[] = [];
  const judge = new CameraHealthJudge((_, reference) => learnt.push(reference));
  judge.keep([aView('view')]);
  play(judge, 0, 0, 40_000);
  expect(learnt.length).toBe(1);
  await store.save('cam1', aView('view'), learnt[0] as ViewReference);
  return learnt[0] as ViewReference;
}

describe('references of cameras', () => {
  it('outlast a restart: a camera that was turned meanwhile is found out', async () => {
    const learnt = await learn();
    const kept = await store.load('cam1', aView('view'));
    expect(kept?.cells).toEqual(learnt.cells);
    const judge = new CameraHealthJudge();
    judge.keep([aView('view')]);
    judge.adopt('view', kept as ViewReference);
    play(judge, 15, 100_000, 40_000);
    expect(judge.health?.troubles.map(({ kind }) => kind)).toEqual(['moved']);
  });

  it('are void for other zones, and gone with their camera', async () => {
    const learnt = await learn();
    expect(await store.load('cam1', aView('other zones'))).toBeNull();
    const judge = new CameraHealthJudge();
    judge.keep([aView('other zones')]);
    judge.adopt('view', learnt);
    expect(judge.reference).toBeNull();
    await store.keepOnly('cam1', []);
    expect(await readdir(join(dir, 'views'))).toEqual([]);
    expect(await store.load('cam1', aView('view'))).toBeNull();
    expect(warned).toEqual([]);
  });

  it('of presets lie side by side, and go with their preset alone', async () => {
    const learnt = await learn();
    const [gate, road] = ['gate', 'road'].map((presetId) => aView(presetId, { presetId })) as [WantedView, WantedView];
    for (const camera of ['cam1', 'cam10']) for (const view of [gate, road]) await store.save(camera, view, learnt);
    await store.keepOnly('cam1', [road]);
    expect((await readdir(join(dir, 'views'))).toSorted()).toEqual(['cam1.road.json', 'cam10.gate.json', 'cam10.road.json']);
    expect((await store.load('cam1', road))?.cells).toEqual(learnt.cells);
    expect([await store.load('cam1', gate), await store.load('cam1', { ...road, key: 'taught again' })]).toEqual([null, null]);
    expect(warned).toEqual([]);
  });

  it('that are damaged are told of and left out', async () => {
    const learnt = await learn();
    await store.save('cam1', aView('view'), { ...learnt, widthPx: 1 });
    expect(await store.load('cam1', aView('view'))).toBeNull();
    await writeFile(join(dir, 'views', 'cam1.json'), '{"key":');
    expect(await store.load('cam1', aView('view'))).toBeNull();
    expect(warned.length).toBe(2);
  });

  it('that cannot be written are told of', async () => {
    const learnt = await learn();
    const blocked = new ReferenceStore(join(dir, 'views', 'cam1.json'), {
      warn: ((_: object, text: string) => warned.push(text)) as never,
    });
    await blocked.save('cam1', aView('view'), learnt);
    expect(warned.length).toBe(1);
  });
});
